import 'server-only';
import { getEnv } from '@/lib/server/env';
import { processWide } from '@/lib/server/process-wide';
import { createSharedQueue, type SharedQueue } from './bullmq';
import { type Lane, queueName } from './lane';
import { createLocalQueue } from './local';
import { PixelLine, placesLine } from './pixel-line';
import type { JobQueue } from './queue';

/** Slides that a process takes in at once. */
const INGESTS = 2;
/** Scorings that a process sees to at once: each looks into the storage every 0.1 to 5 s. */
const SCORINGS = 16;
/** Cells that a process works on at once: while the nuclei of one are found, the next is inferred. */
const CELLS = 2;

/** The lines of this process: what it works on at once, wherever it comes from. */
const lines = () =>
  processWide('job-lines', () => {
    const { jobs } = getEnv();
    const cells = placesLine(CELLS, jobs);
    const others = {
      images: new PixelLine(jobs),
      ingests: placesLine(INGESTS, jobs),
      scorings: placesLine(SCORINGS, jobs),
    };
    return (lane: Lane) => (lane in others ? others[lane as keyof typeof others] : cells);
  });

const ownQueues = () => processWide('jobs', () => new Map<Lane, JobQueue<unknown>>());
const sharedQueues = () => processWide('shared-jobs', () => new Map<Lane, SharedQueue>());

function entryOf<T>(queues: Map<Lane, T>, lane: Lane, create: () => T): T {
  const known = queues.get(lane);
  if (known) return known;
  const created = create();
  queues.set(lane, created);
  return created;
}

/** Whether other processes may do the work that is queued here. */
export const isShared = (): boolean => getEnv().jobs.provider === 'bullmq';

/** The queue of what only this process can do: its data is held in memory. */
export const getOwnQueue = <Result>(lane: Lane = 'images'): JobQueue<Result> =>
  entryOf(ownQueues(), lane, () => createLocalQueue<unknown>(getEnv().jobs, lines()(lane))) as JobQueue<Result>;

/** The queue of work on what is stored. Any process that shares the storage and the queue may do it. */
export const getJobQueue = <Result>(lane: Lane = 'images'): JobQueue<Result> =>
  isShared() ? (getSharedQueue(lane) as JobQueue<unknown> as JobQueue<Result>) : getOwnQueue<Result>(lane);

/** A queue in Redis. Only with `JOBS_PROVIDER=bullmq`. */
export const getSharedQueue = (lane: Lane = 'images'): SharedQueue =>
  entryOf(sharedQueues(), lane, () => createSharedQueue(queueName(lane), getEnv().jobs, lines()(lane)));

/** All queues that this process has used so far, by their lanes. */
export const knownQueues = (): { lane: Lane; isShared: boolean; queue: JobQueue<unknown> }[] => [
  ...[...ownQueues()].map(([lane, queue]) => ({ lane, isShared: false, queue })),
  ...[...sharedQueues()].map(([lane, queue]) => ({ lane, isShared: true, queue })),
];

/** Takes no more work out of Redis. Resolves when what was taken in some lanes is done, or after so many ms. */
export async function drainShared(ms: (lane: Lane) => number): Promise<void> {
  await Promise.all([...sharedQueues()].map(([lane, queue]) => queue.drain(ms(lane))));
}

/** Stops all work that was taken out of Redis, and gives it back. */
export async function handBackShared(): Promise<void> {
  await Promise.all([...sharedQueues().values()].map((queue) => queue.handBack()));
}

/** Closes all queues in Redis. */
export async function closeShared(): Promise<void> {
  const queues = [...sharedQueues().values()];
  sharedQueues().clear();
  await Promise.all(queues.map((queue) => queue.close()));
}
