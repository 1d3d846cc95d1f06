import 'server-only';
import { randomUUID } from 'node:crypto';
import { AppError } from '@/lib/errors';
import { toProblem } from '@/lib/server/http/problem-answer';
import { isShared } from '@/lib/server/jobs';
import { getLog } from '@/lib/server/log';
import { type LatestAttempt, readLatestAttempt } from './latest-attempt';
import { isOrphaned } from './liveness';
import { isEnding } from './own-runs';
import { type Attempt, newStatus, type RunOwner, type RunStatus } from './run-status';
import { exists, writeNewJson } from './stored-json';
import { trackRun, workOfJob } from './track-run';

/** Once so many servers have crashed while they worked on a run, the run is held to be the reason. */
const MAX_CRASHES = 3;

/** The status of a run that is about to be queued. In a shared queue no server has it: whichever takes it out, has it. */
export function queuedStatus(waiting: number): RunStatus {
  const { progress } = newStatus();
  return newStatus({ isReleased: isShared(), progress: { ...progress, queue_position: waiting } });
}

/** Queues an attempt at a run; its status is stored already, and, unless the queue is shared, this server's to write. */
export async function takeUpRun(owner: RunOwner, attempt: Attempt): Promise<void> {
  if (isShared()) await queueAgain(owner, attempt);
  else void trackRun({ ...attempt, owner, work: workOfJob(owner.lane, await owner.submit(attempt)) });
}

/** Sees to it that a run waits in the shared queue. Where that is away, whoever looks at the run later does it. */
async function queueAgain(owner: RunOwner, attempt: Attempt): Promise<void> {
  try {
    await owner.submit(attempt);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'queue_unavailable') throw error;
    getLog().warn({ requestId: attempt.requestId }, 'a run is stored, and is queued when Redis is back');
  }
}

/**
 * Takes over those runs that no living server has: first what was being worked on, then what waited, each in its order.
 * Does nothing about runs that have ended, or that another server takes over at the same moment.
 *
 * With a shared queue it is a worker that takes a run over (`work-on-run.ts`); here each is put into the queue again,
 * which does nothing where it is there.
 */
export async function takeOverOrphans(owners: readonly RunOwner[]): Promise<void> {
  // A run that fails here must not keep the others waiting.
  const log = (err: unknown) => getLog().error({ err }, 'orphaned run not taken over');
  const orphans: Orphan[] = [];
  for (const owner of owners) {
    const orphan = await findOrphan(owner).catch(log);
    if (orphan) orphans.push(orphan);
  }
  const place = ({ latest: { status } }: Orphan) => (status.state === 'running' ? -1 : status.progress.queue_position);
  orphans.sort((a, b) => place(a) - place(b));
  for (const orphan of orphans) await takeOver(orphan).catch(log);
}

type Orphan = { owner: RunOwner; latest: LatestAttempt };

async function findOrphan(owner: RunOwner): Promise<Orphan | null> {
  const latest = await readLatestAttempt(owner.keys);
  return latest && (await isOrphaned(owner.run, latest.key, latest.status)) ? { owner, latest } : null;
}

async function takeOver({ owner, latest }: Orphan): Promise<void> {
  if (isEnding()) return;
  const { attempt, status } = latest;
  if (isShared()) return queueAgain(owner, { attempt, crashes: status.crashes, requestId: randomUUID() });
  const taken = await takeAttempt(owner, latest);
  if (taken) await takeUpRun(owner, taken);
}

/**
 * Makes the next attempt at an orphaned run this server's.
 *
 * @returns null where there is nothing to do: another server was faster, or the run has come to its end
 */
export async function takeAttempt(
  owner: RunOwner,
  { attempt: before, status }: LatestAttempt,
): Promise<Attempt | null> {
  const { keys } = owner;
  const requestId = randomUUID();
  const hasCrashed = !status.isReleased && (await exists(keys.attempt(before).begun));
  const crashes = status.crashes + (hasCrashed ? 1 : 0);
  const attempt = before + 1;
  const next = (await exists(keys.cancel))
    ? newStatus({ state: 'cancelled' })
    : statusAfter(crashes, requestId, owner.what);
  if (!(await writeNewJson(keys.attempt(attempt).status, next))) return null;
  getLog().info({ requestId, attempt, crashes, state: next.state }, 'orphaned run taken over');
  if (next.state === 'queued') return { attempt, crashes, requestId };
  await owner.dropIfDeleted();
  return null;
}

function statusAfter(crashes: number, requestId: string, what: string): RunStatus {
  if (crashes < MAX_CRASHES) return newStatus({ crashes });
  const problem = new AppError(
    'interrupted',
    `The server stopped ${crashes} times while it worked on this ${what}, so it is not started again by itself. The ${what} may need more memory than the server has.`,
  );
  return newStatus({ state: 'failed', crashes, problem: toProblem(problem, requestId) });
}
