import 'server-only';
import type { z } from 'zod';
import { AnalysisDraft, Feedback } from '@/lib/contracts/analysis';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { getStorage } from '@/lib/server/storage/index';
import { readObject } from '@/lib/server/storage/storage';
import { deleteTraces } from './delete-traces';
import { isOrphaned } from './liveness';
import { AnalysisRecord, type KeysOfRun, keysOf, OnlyResult, RunStatus, StoredResult } from './record';

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

/** @throws AppError `analysis_not_found`, also when its time is over: then every trace of it goes now. */
export async function readRecord(id: string): Promise<AnalysisRecord> {
  const record = await readJson(keysOf(id).record, AnalysisRecord);
  if (record && Date.parse(record.expiresAt) > Date.now()) return record;
  if (record) await deleteTraces(id);
  const { keepHours } = getEnv().analyses;
  throw new AppError(
    'analysis_not_found',
    `There is no such analysis. It may have been deleted: each is kept for ${keepHours} hours at most.`,
  );
}

export async function readSnapshot(id: string): Promise<Snapshot> {
  const keys = keysOf(id);
  const record = await readRecord(id);
  const run = record.run && keys.run(record.run.id);
  const [latest, result, draft, feedback] = await Promise.all([
    run && readLatestAttempt(run),
    run && readLatestResult(run),
    readJson(keys.draft, AnalysisDraft),
    readJson(keys.feedback, Feedback),
  ]);
  const orphaned = record.run && latest ? await isOrphaned(record.run.id, latest.key, latest.status) : false;
  return { record, status: latest?.status ?? null, isOrphaned: orphaned, result, draft, feedback };
}

/** The latest attempt at a run: its number, and how it stands. */
export type LatestAttempt = { attempt: number; key: string; status: RunStatus };

/** @returns null where nothing is stored of a run */
export async function readLatestAttempt(run: KeysOfRun): Promise<LatestAttempt | null> {
  let attempt = 0;
  for await (const { key } of getStorage().list(run.attempts))
    attempt = Math.max(attempt, Number(key.split('/').at(-2)));
  const key = attempt === 0 ? run.onlyStatus : run.attempt(attempt).status;
  const status = await readJson(key, RunStatus);
  return status && { attempt, key, status };
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

export async function exists(key: string): Promise<boolean> {
  const object = await getStorage().get(key);
  object?.body.destroy();
  return object !== null;
}

export function writeJson(key: string, value: unknown): Promise<void> {
  return getStorage().put(key, Buffer.from(JSON.stringify(value)));
}

/** Writes an object where there is none. Of several servers at once one gets `true`. */
export function writeNewJson(key: string, value: unknown): Promise<boolean> {
  return getStorage().putNew(key, Buffer.from(JSON.stringify(value)));
}

export async function readJson<T>(key: string, schema: z.ZodType<T>): Promise<T | null> {
  const bytes = await readObject(getStorage(), key);
  if (bytes === null) return null;
  try {
    return schema.parse(JSON.parse(bytes.toString()));
  } catch (cause) {
    // Torn by a storage that is not atomic, or written by another version of this server.
    throw new AppError('storage_unavailable', 'What is stored of this analysis cannot be read.', { cause });
  }
}
