import 'server-only';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { StartAnalysis } from '@/lib/contracts/analysis';
import { AppError, ERRORS } from '@/lib/errors';
import { stateOf } from '@/lib/server/analyses/describe-analysis';
import { cancelAnalysis, startAnalysis } from '@/lib/server/analyses/run-analysis';
import { readRecord, readSnapshot } from '@/lib/server/analyses/stored-analysis';
import { toProblem } from '@/lib/server/http/problem-answer';
import { isShared } from '@/lib/server/jobs';
import { getLog } from '@/lib/server/log';
import { processWide } from '@/lib/server/process-wide';
import { isActive } from '@/lib/server/runs/liveness';
import { isEnding, ownRuns } from '@/lib/server/runs/own-runs';
import { getStorage } from '@/lib/server/storage';
import { type Handed, listMembers, type Member, type Order, readHanded, readOrder, writeHanded } from './batch-record';

/** Runs of one batch that wait or work at once. The queue has room left for what others send meanwhile. */
const RUNS_AT_ONCE = 3;
const RETRY_MS = 1_000;
/** Between two looks at an analysis that another process works on. */
const LOOK_MS = 2_000;
const MAX_RETRY_MS = 30_000;

/** The batches that this server feeds to the queue. */
const feeding = processWide('fed-batches', () => new Map<string, { isToLookAgain: boolean }>());

/** An order that is not handed to the queue yet. */
export const isWaiting = (order: Order | null, handed: { order: string } | null): order is Order =>
  order !== null && !order.isCancelled && order.order !== handed?.order;

/**
 * Hands the waiting analyses of a batch to the queue, a few at a time, until none waits. It goes on after the caller has
 * its answer. Two servers may feed one batch: an analysis that runs with the same options is not started again.
 */
export function feedQueue(id: string): void {
  const earlier = feeding.get(id);
  if (earlier) {
    earlier.isToLookAgain = true;
    return;
  }
  const state = { isToLookAgain: true };
  feeding.set(id, state);
  void (async () => {
    try {
      while (state.isToLookAgain && !isEnding()) {
        state.isToLookAgain = false;
        const waiting = await findWaiting(id);
        await Promise.all(Array.from({ length: RUNS_AT_ONCE }, () => feedOneByOne(waiting)));
      }
    } catch (err) {
      getLog().error({ err }, 'batch not fed to the queue');
    } finally {
      // In the same step as the last look: an order that comes after it begins anew.
      feeding.delete(id);
    }
  })();
}

async function findWaiting(id: string): Promise<Member[]> {
  const waiting: Member[] = [];
  for (const member of await listMembers(id))
    if (isWaiting(await readOrder(member), await readHanded(member))) waiting.push(member);
  return waiting;
}

async function feedOneByOne(waiting: Member[]): Promise<void> {
  for (let member = waiting.shift(); member; member = waiting.shift()) {
    if (isEnding()) return;
    await hand(member).catch((err: unknown) => getLog().error({ err }, 'analysis of a batch not started'));
  }
}

/** Starts the analysis of a member, and waits until it has ended. */
async function hand(member: Member): Promise<void> {
  for (let tries = 1; ; tries++) {
    // It may have been cancelled, or handed over by another server, since it was listed.
    const order = await readOrder(member);
    if (!isWaiting(order, await readHanded(member))) return;
    const requestId = randomUUID();
    let run: string | null = null;
    try {
      const record = await readRecord(member.analysis);
      if (record.source === null) return; // Its image is still to come.
      run = record.run?.id ?? null;
      await startAnalysis(member.analysis, order.options, requestId);
      const latest = await note(member, { order: order.order, problem: null, run: null });
      if (latest === null || latest.isCancelled) await cancelAnalysis(member.analysis);
      return await untilEnded(member.analysis);
    } catch (error) {
      const active = await optionsOfActive(member.analysis);
      const isServed = active !== null && isDeepStrictEqual(active, order.options);
      if (!isPassing(error) && (active === null || isServed)) {
        const problem = isServed ? null : toProblem(error, requestId);
        await note(member, { order: order.order, problem, run });
        return;
      }
      await delay(Math.min(tries * RETRY_MS, MAX_RETRY_MS), undefined, { ref: false });
    }
    if (isEnding()) return;
  }
}

/** Writes down what was handed to the queue, and deletes it again if the batch was deleted meanwhile. @returns the order as it is now */
async function note(member: Member, handed: Handed): Promise<Order | null> {
  await writeHanded(member, handed);
  const latest = await readOrder(member);
  if (latest === null) await getStorage().delete(member.keys.folder);
  return latest;
}

const isPassing = (error: unknown) => error instanceof AppError && ERRORS[error.code].status === 503;

/**
 * What a running analysis was started with; null if it does not run. If these are the options of the order, the order is
 * done. If not, the order waits until that run has ended.
 */
async function optionsOfActive(analysis: string): Promise<StartAnalysis | null> {
  const snapshot = await readSnapshot(analysis).catch(() => null);
  const state = snapshot && stateOf(snapshot);
  return state === 'queued' || state === 'running' ? (snapshot?.record.run?.started ?? null) : null;
}

/** Waits until an analysis has ended, whichever process works on it. */
async function untilEnded(analysis: string): Promise<void> {
  const { run } = (await readSnapshot(analysis)).record;
  if (!run) return;
  await ownRuns().get(run.id)?.over;
  while (isShared() && !isEnding()) {
    // One that is deleted, or that the storage keeps to itself for a while, does not hold up the next.
    const { record, status } = (await readSnapshot(analysis).catch(() => null)) ?? {};
    if (record?.run?.id !== run.id || !status || !isActive(status)) return;
    await delay(LOOK_MS, undefined, { ref: false });
  }
}
