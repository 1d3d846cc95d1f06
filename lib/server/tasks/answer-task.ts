import 'server-only';
import type { TaskAccepted, TaskStatus } from '@/lib/contracts/task';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { toProblem } from '@/lib/server/http/problem-answer';
import { json } from '@/lib/server/http/route';
import { noWorker } from '@/lib/server/jobs/passing-queue';
import type { JobSnapshot } from '@/lib/server/jobs/queue';
import type { ComposedResult } from '@/lib/server/results/compose-result';
import { resultResponse } from '@/lib/server/results/result-body';
import { queueOfTask } from './task-queues';

const taskUrl = (id: string) => `/api/batch/infer/${id}`;

/** The answer to a client that will poll. */
export function acceptedResponse(id: string, status: 200 | 202): Response {
  return json({ task_id: id } satisfies TaskAccepted, { status, headers: { Location: taskUrl(id) } });
}

/**
 * The answer to a client that waits: the result, of which nothing is kept afterwards; past the synchronous limit, the
 * task to poll. A client that goes away cancels the work.
 */
export async function answerInTime(id: string, signal: AbortSignal): Promise<Response> {
  const queue = await queueOfTask(id);
  let timer: NodeJS.Timeout | undefined;
  let leave = () => {};
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, getEnv().limits.syncSeconds * 1000, 'late');
  });
  const gone = new Promise<'gone'>((resolve) => {
    leave = () => resolve('gone');
    signal.addEventListener('abort', leave);
    if (signal.aborted) leave();
  });
  try {
    const first = await Promise.race([queue.ended(id), late, gone]);
    if (first === 'late' && (await queue.isServed())) return acceptedResponse(id, 202);
    if (first === 'late') {
      await queue.cancel(id);
      throw noWorker();
    }
    if (first === 'gone') {
      await queue.cancel(id);
      throw new AppError('cancelled', 'The client went away before the answer.');
    }
    await queue.forget(id);
    if (first.result !== undefined) return resultResponse(first.result);
    throw first.error ?? new AppError('cancelled', 'The analysis was cancelled.');
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', leave);
  }
}

/** Where a task stands, with its result once it has one. */
export async function answerStatus(id: string, requestId: string): Promise<Response> {
  const snapshot = await knownTask(id);
  if (snapshot.state !== 'SUCCESS') return json(describeTask(snapshot, requestId));
  if (snapshot.result === undefined)
    throw new AppError(
      'result_dropped',
      'The analysis finished, but its result was deleted within the hour to make room for newer ones. Submit it again.',
    );
  const status = JSON.stringify(describeTask(snapshot, requestId));
  return resultResponse(snapshot.result, { before: `${status.slice(0, -1)},"result":`, after: '}' });
}

/** Revokes an unfinished task; drops what is kept of a finished one. */
export async function cancelTask(id: string, requestId: string): Promise<Response> {
  const queue = await queueOfTask(id);
  await knownTask(id);
  await queue.cancel(id);
  const status = describeTask(await knownTask(id), requestId);
  if (status.state !== 'REVOKED') await queue.forget(id);
  return json(status);
}

async function knownTask(id: string): Promise<JobSnapshot<ComposedResult>> {
  const snapshot = await (await queueOfTask(id)).get(id);
  if (snapshot !== undefined) return snapshot;
  const minutes = getEnv().jobs.keepSeconds / 60;
  throw new AppError(
    'task_not_found',
    `There is no such task. Finished ones are kept for ${minutes} minutes, none over a restart of the server.`,
  );
}

function describeTask(snapshot: JobSnapshot<ComposedResult>, requestId: string): Omit<TaskStatus, 'result'> {
  const { state, progress, queuePosition, stage, tilesDone, tiles, error } = snapshot;
  return {
    state,
    progress: Math.round(progress * 1000) / 1000,
    queue_position: queuePosition,
    ...(stage !== undefined && { stage }),
    ...(tilesDone !== undefined && { tiles_done: tilesDone }),
    ...(tiles !== undefined && { tiles }),
    ...(error !== undefined && { error: toProblem(error, requestId) }),
  };
}
