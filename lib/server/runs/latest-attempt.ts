import 'server-only';
import { AppError } from '@/lib/errors';
import { toProblem } from '@/lib/server/http/problem-answer';
import { getStorage } from '@/lib/server/storage';
import { newStatus, type RunKeys, RunStatus } from './run-status';
import { readJson, whenDamaged } from './stored-json';

/** The latest attempt at a run: its number, and how it stands. */
export type LatestAttempt = { attempt: number; key: string; status: RunStatus };

/** @returns null where nothing is stored of a run; one whose status is damaged has failed */
export async function readLatestAttempt(run: RunKeys): Promise<LatestAttempt | null> {
  let attempt = 0;
  for await (const { key } of getStorage().list(run.attempts))
    attempt = Math.max(attempt, Number(key.split('/').at(-2)));
  const key = attempt === 0 ? run.onlyStatus : run.attempt(attempt).status;
  const status = await readJson(key, RunStatus).catch(whenDamaged(failed));
  return status && { attempt, key, status };
}

/** Nobody knows any more how it stood. It may be started again, and hides nothing else. */
function failed(): RunStatus {
  const problem = new AppError(
    'stored_damaged',
    'What was stored of how this work stands cannot be read. Start it anew.',
  );
  return newStatus({ state: 'failed', problem: toProblem(problem, '') });
}
