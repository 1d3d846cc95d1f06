import 'server-only';
import { AnalysisDraft, Feedback } from '@/lib/contracts/analysis';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { readLatestAttempt } from '@/lib/server/runs/latest-attempt';
import { isOrphaned } from '@/lib/server/runs/liveness';
import type { RunStatus } from '@/lib/server/runs/run-status';
import { readJson, writeJson } from '@/lib/server/runs/stored-json';
import { getStorage } from '@/lib/server/storage/index';
import { readObject } from '@/lib/server/storage/storage';
import { deleteTraces } from './delete-traces';
import { AnalysisRecord, type KeysOfRun, keysOf, OnlyResult, StoredResult, StoredView } from './record';

/** What is known of an analysis, as it was read at one moment. */
export type Snapshot = {
  record: AnalysisRecord;
  status: RunStatus | null;
  /** Whether the run is to be done, but no living server has it. */
  isOrphaned: boolean;
  result: StoredResult | null;
  draft: AnalysisDraft | null;
  feedback: Feedback | null;
};

/** @throws AppError `analysis_not_found`, also when its time is over: then every trace of it goes now; `read_only` for a view link. */
export async function readRecord(id: string): Promise<AnalysisRecord> {
  const record = await readJson(keysOf(id).record, AnalysisRecord);
  if (record && Date.parse(record.expiresAt) > Date.now()) return record;
  if (record) await deleteTraces(id);
  else if (await readView(id))
    throw new AppError(
      'read_only',
      'This is the view link of the analysis. Its edit link is needed to change anything.',
    );
  const { keepHours } = getEnv().analyses;
  throw new AppError(
    'analysis_not_found',
    `There is no such analysis. It may have been deleted: each is kept for ${keepHours} hours at most.`,
  );
}

/** The analysis of a view link; null where it is none, or its time is over. */
async function readView(id: string): Promise<string | null> {
  const view = await readJson(keysOf(id).view, StoredView);
  return view && Date.parse(view.expiresAt) > Date.now() ? view.analysis : null;
}

/** Reads an analysis by its edit link or its view link. @param read - is given the id under which the analysis lies */
export async function byEitherLink<T>(id: string, read: (id: string) => Promise<T>): Promise<T> {
  try {
    return await read(id);
  } catch (error) {
    const viewed = error instanceof AppError && error.code === 'read_only' ? await readView(id) : null;
    if (viewed === null) throw error;
    return read(viewed);
  }
}

export async function readSnapshot(id: string): Promise<Snapshot> {
  const keys = keysOf(id);
  const record = await readRecord(id);
  const run = record.run && keys.run(record.run.id);
  // A result is written before its status: read the other way round, one that is just done would have none.
  const latest = run && (await readLatestAttempt(run));
  const [result, draft, feedback] = await Promise.all([
    run && readLatestResult(run),
    readJson(keys.draft, AnalysisDraft),
    readJson(keys.feedback, Feedback),
  ]);
  const orphaned = record.run && latest ? await isOrphaned(record.run.id, latest.key, latest.status) : false;
  return { record, status: latest?.status ?? null, isOrphaned: orphaned, result, draft, feedback };
}

export async function listRevisions(run: KeysOfRun): Promise<number[]> {
  const revisions: number[] = [];
  for await (const { key } of getStorage().list(run.results)) revisions.push(Number(key.split('/').at(-2)));
  return revisions;
}

/** The result of the highest revision; null when a run has none. */
async function readLatestResult(run: KeysOfRun): Promise<StoredResult | null> {
  const revisions = await listRevisions(run);
  if (revisions.length === 0) return readJson(run.onlyResult, OnlyResult);
  // Where it has gone since it was listed, there are later ones, or the analysis was deleted.
  return (await readJson(run.result(Math.max(...revisions)), StoredResult)) ?? readLatestResult(run);
}

export const writeRecord = (record: AnalysisRecord) => writeJson(keysOf(record.id).record, record);

/** Whether a run is the current one of its analysis: not after a deletion or a later start. */
export async function isCurrentRun(id: string, run: string): Promise<boolean> {
  const record = await readJson(keysOf(id).record, AnalysisRecord);
  return record?.run?.id === run;
}

/** Deletes what late work has written of an analysis that was deleted meanwhile. */
export async function dropIfDeleted(id: string): Promise<void> {
  if ((await readObject(getStorage(), keysOf(id).record)) === null) await deleteTraces(id);
}
