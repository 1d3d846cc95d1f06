import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Analysis } from '@/lib/contracts/analysis';
import { analysisOf, api, follow, sendAndVerify } from '@/lib/server/analyses/__fixtures__/site';
import { keysOf } from '@/lib/server/analyses/record';
import { readRecord } from '@/lib/server/analyses/stored-analysis';
import { getRedis } from '@/lib/server/redis/redis';
import { readLatestAttempt } from '@/lib/server/runs/latest-attempt';
import { exists } from '@/lib/server/runs/stored-json';
import type { WorkerProcesses } from './worker-processes';

/** Work of seconds each: at 10x, pictures are read at a finer scale. */
export const START = { resolution: '10x' };
/** All that a person gets of an analysis, in a few bytes. */
export async function digestOf({ result }: Analysis): Promise<string> {
  const { pictures: links, scoring, warnings, revision } = result!;
  const hash = createHash('sha256').update(JSON.stringify({ scoring, warnings, revision }));
  for (const name of Object.keys(links).sort()) {
    const { url } = links[name as keyof typeof links]!;
    hash.update(name).update(Buffer.from(await (await follow(url)).arrayBuffer()));
  }
  return hash.digest('hex');
}

export async function startAll(bytes: readonly Buffer[]): Promise<string[]> {
  const ids: string[] = [];
  for (const one of bytes) {
    const id = await sendAndVerify(one);
    await analysisOf(api.start(id, START));
    ids.push(id);
  }
  return ids;
}

export const runOf = async (id: string) => (await readRecord(id)).run!.id;

/** The process that took a run out of the queue last, as Redis knows it; NaN before any has. */
async function workerOf(run: string): Promise<number> {
  const name = await getRedis()
    .hget(`restain:jobs:${run}`, 'pb')
    .catch(() => null);
  return Number(name?.split('/').at(-1) ?? Number.NaN);
}

/**
 * Waits until a worker works on an analysis.
 *
 * @param after - the attempt that is not meant any more; the first one is that it was queued
 * @returns the worker's process id; null where the waiting was over before
 */
export async function whenWorkedOn(
  id: string,
  workers: WorkerProcesses,
  { after = 1, signal }: { after?: number; signal?: AbortSignal } = {},
): Promise<number | null> {
  const run = await runOf(id);
  const keys = keysOf(id).run(run);
  while (!signal?.aborted) {
    const latest = await readLatestAttempt(keys);
    const hasBegun = latest && latest.attempt > after && (await exists(keys.attempt(latest.attempt).begun));
    const pid = await workerOf(run);
    if (hasBegun && workers.has(pid)) return pid;
    await delay(50);
  }
  return null;
}
