import 'server-only';
import { AppError } from '@/lib/errors';
import { getSharedSlides } from '@/lib/server/readers/shared-slides';
import { analysisId } from './answer-analysis';
import { openUploadKey } from './delete-traces';
import type { AnalysisRecord } from './record';
import { readRecord } from './stored-analysis';

/**
 * The upload of an analysis that may become a slide: it is kept until its pixels are taken, also where it was too large
 * for an analysis.
 *
 * @throws AppError `analysis_not_found`, `wrong_state` where the pixels are taken
 */
export async function readOfferedUpload(id: string): Promise<AnalysisRecord['upload']> {
  const { upload, source, isForSlide } = await readRecord(analysisId(id));
  if (source?.slide || isForSlide) {
    // The slide joins the parts by itself.
    await getSharedSlides().close(openUploadKey(id));
    return upload;
  }
  throw new AppError('wrong_state', 'The file of this analysis is not kept any more. Send it as a slide.');
}
