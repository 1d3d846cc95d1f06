import 'server-only';
import { AppError } from '@/lib/errors';
import { analysisId } from './answer-analysis';
import type { AnalysisRecord } from './record';
import { readRecord } from './stored-analysis';

/**
 * The upload of an analysis whose file offers a choice: it is kept until the choice is made.
 *
 * @throws AppError `analysis_not_found`, `wrong_state` where the pixels are taken
 */
export async function readOfferedUpload(id: string): Promise<AnalysisRecord['upload']> {
  const { upload, source } = await readRecord(analysisId(id));
  if (source?.slide) return upload;
  throw new AppError('wrong_state', 'The file of this analysis is not kept any more. Send it as a slide.');
}
