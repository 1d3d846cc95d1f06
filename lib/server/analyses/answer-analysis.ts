import 'server-only';
import { AnalysisId } from '@/lib/contracts/analysis';
import type { Upload } from '@/lib/contracts/upload';
import { AppError } from '@/lib/errors';
import { json } from '@/lib/server/http/route';
import { takeOverOrphans } from '@/lib/server/runs/take-up-run';
import { describeAnalysis } from './describe-analysis';
import { ownerOf } from './run-owner';
import { byEitherLink, readSnapshot } from './stored-analysis';

/** An id from an address. @throws AppError `analysis_not_found` for what cannot be one, before it becomes a key. */
export function analysisId(text: string): string {
  const parsed = AnalysisId.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new AppError('analysis_not_found', 'This is not the id of an analysis.');
}

/**
 * The answer of every endpoint: the analysis as it stands now. Where its run has no server any more, this one takes it
 * over: whoever watches an analysis need not wait for the sweeper.
 */
export async function answerAnalysis(id: string, { status = 200, upload }: { status?: number; upload?: Upload } = {}) {
  const snapshot = await byEitherLink(id, readSnapshot);
  const owner = snapshot.isOrphaned ? ownerOf(snapshot.record) : null;
  if (owner) await takeOverOrphans([owner]);
  const analysis = await describeAnalysis(snapshot, id);
  return json(
    { ...analysis, ...(upload && { upload }) },
    { status, ...(status !== 200 && { headers: { Location: `/api/analyses/${id}` } }) },
  );
}
