import 'server-only';
import { AppError } from '@/lib/errors';
import { stateOf } from './describe-analysis';
import type { AnalysisRecord, StoredResult, StoredSource } from './record';
import { readSnapshot } from './stored-analysis';

/** An analysis that has a result. */
export type Done = {
  record: AnalysisRecord;
  run: NonNullable<AnalysisRecord['run']>;
  source: StoredSource;
  result: StoredResult;
};

/** @throws AppError `analysis_not_found`; `wrong_state` while there is no result */
export async function readDone(id: string): Promise<Done> {
  const snapshot = await readSnapshot(id);
  const { record, result } = snapshot;
  const { run, source } = record;
  if (stateOf(snapshot) === 'done' && result && run && source) return { record, run, source, result };
  throw new AppError('wrong_state', `An analysis that is ${stateOf(snapshot)} has no result.`);
}
