import 'server-only';
import { randomUUID } from 'node:crypto';
import { AppError } from '@/lib/errors';
import { toProblem } from '@/lib/server/http/problem-answer';
import { getJobQueue } from '@/lib/server/jobs';
import { getLog } from '@/lib/server/log';
import { isOrphaned } from './liveness';
import { isEnding } from './own-runs';
import { type AnalysisRecord, keysOf, newStatus, type RunStatus } from './record';
import { RUN_JOB } from './run-job';
import { dropIfDeleted, exists, type LatestAttempt, readLatestAttempt, writeNewJson } from './stored-analysis';
import { trackRun } from './track-run';

/** Once so many servers have crashed while they worked on a run, the run is held to be the reason. */
const MAX_CRASHES = 3;

type Attempt = { attempt: number; crashes: number; requestId: string };

/** Queues an attempt at the run of a record; its status is stored already, and is this server's to write. */
export async function takeUpRun(record: AnalysisRecord, { attempt, crashes, requestId }: Attempt): Promise<void> {
  const { id: analysis, run, source } = record;
  if (!run || !source) throw new AppError('internal', 'there is no run to take up');
  const data = { analysis, run: run.id, attempt, requestId };
  // A run that may have crashed a server is worked on alone, so that no other run is held to be the reason.
  const pixels = crashes > 0 ? Number.POSITIVE_INFINITY : source.width * source.height;
  const job = await getJobQueue<void>().submit(RUN_JOB, data, { pixels, isAdmitted: true });
  trackRun({ analysis, run: run.id, attempt, crashes, job, requestId });
}

/**
 * Takes over those runs that no living server has: first what was being worked on, then what waited, each in its order.
 * Does nothing about runs that have ended, or that another server takes over at the same moment.
 */
export async function takeOverOrphans(records: readonly AnalysisRecord[]): Promise<void> {
  // A run that fails here must not keep the others waiting.
  const log = (err: unknown) => getLog().error({ err }, 'orphaned run not taken over');
  const orphans: Orphan[] = [];
  for (const record of records) {
    const orphan = await findOrphan(record).catch(log);
    if (orphan) orphans.push(orphan);
  }
  const place = ({ latest: { status } }: Orphan) => (status.state === 'running' ? -1 : status.progress.queue_position);
  orphans.sort((a, b) => place(a) - place(b));
  for (const orphan of orphans) await takeOver(orphan).catch(log);
}

type Orphan = { record: AnalysisRecord; run: string; latest: LatestAttempt };

async function findOrphan(record: AnalysisRecord): Promise<Orphan | null> {
  if (!record.run) return null;
  const run = record.run.id;
  const latest = await readLatestAttempt(keysOf(record.id).run(run));
  return latest && (await isOrphaned(run, latest.key, latest.status)) ? { record, run, latest } : null;
}

async function takeOver({ record, run, latest: { attempt: before, status } }: Orphan): Promise<void> {
  if (isEnding()) return;
  const inRun = keysOf(record.id).run(run);
  const requestId = randomUUID();
  const hasCrashed = !status.isReleased && (await exists(inRun.attempt(before).begun));
  const crashes = status.crashes + (hasCrashed ? 1 : 0);
  const attempt = before + 1;
  const next = (await exists(inRun.cancel)) ? newStatus({ state: 'cancelled' }) : statusAfter(crashes, requestId);
  if (!(await writeNewJson(inRun.attempt(attempt).status, next))) return;
  getLog().info({ requestId, attempt, crashes, state: next.state }, 'orphaned run taken over');
  if (next.state === 'queued') await takeUpRun(record, { attempt, crashes, requestId });
  else await dropIfDeleted(record.id);
}

function statusAfter(crashes: number, requestId: string): RunStatus {
  if (crashes < MAX_CRASHES) return newStatus({ crashes });
  const problem = new AppError(
    'interrupted',
    `The server stopped ${crashes} times while it worked on this analysis, so it is not started again by itself. The image may need more memory than the server has.`,
  );
  return newStatus({ state: 'failed', crashes, problem: toProblem(problem, requestId) });
}
