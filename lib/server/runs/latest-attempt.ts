import 'server-only';
import { getStorage } from '@/lib/server/storage';
import { type RunKeys, RunStatus } from './run-status';
import { readJson } from './stored-json';

/** The latest attempt at a run: its number, and how it stands. */
export type LatestAttempt = { attempt: number; key: string; status: RunStatus };

/** @returns null where nothing is stored of a run */
export async function readLatestAttempt(run: RunKeys): Promise<LatestAttempt | null> {
  let attempt = 0;
  for await (const { key } of getStorage().list(run.attempts))
    attempt = Math.max(attempt, Number(key.split('/').at(-2)));
  const key = attempt === 0 ? run.onlyStatus : run.attempt(attempt).status;
  const status = await readJson(key, RunStatus);
  return status && { attempt, key, status };
}
