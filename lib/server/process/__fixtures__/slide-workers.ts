import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { getRedis } from '@/lib/server/redis/redis';
import type { Picture } from '@/lib/server/slides/__fixtures__/draw-slide';
import { keysOf } from '@/lib/server/slides/record';
import { drawDiscs, rowOfDiscs } from '@/lib/server/slides/scoring/__fixtures__/draw-discs';
import { scoresOf } from '@/lib/server/slides/scoring/__fixtures__/scoring-site';
import { markOf } from '@/lib/server/slides/scoring/cell-jobs';
import { laneOf } from '@/lib/server/slides/scoring/scoring-pin';
import { readScoring } from '@/lib/server/slides/scoring/scoring-record';
import { getStorage } from '@/lib/server/storage';
import { readObject } from '@/lib/server/storage/storage';
import type { WorkerProcesses } from './worker-processes';

/** The fixture network at a pixel size of its own, so that a slide of some pixels has many cells. @returns the folder of models */
export function modelAt(micronsPerPixel: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'restain-models-'));
  const [from, to] = ['workers/__fixtures__/models/blobs', join(folder, 'blobs')];
  mkdirSync(to);
  copyFileSync(join(from, 'model.onnx'), join(to, 'model.onnx'));
  const manifest = JSON.parse(readFileSync(join(from, 'model.json'), 'utf8')) as object;
  const tile = { size: 256, halo: 5, multiple: 4 };
  writeFileSync(join(to, 'model.json'), JSON.stringify({ ...manifest, micronsPerPixel, tile }));
  return folder;
}

/** The side of a cell of that network, in pixels of its own size. */
export const cellSide = (micronsPerPixel: number) => 240 * Math.max(2, 2 * Math.round(900 / (240 * micronsPerPixel) / 2));

/** A picture of so many cells, with nuclei all over it and over their borders. */
export function drawCells(columns: number, rows: number, micronsPerPixel: number): Picture {
  const side = cellSide(micronsPerPixel);
  const [width, height] = [columns * side - 37, rows * side - 21];
  const pitch = 29;
  const discs = rowOfDiscs({ x: 9, y: 9 }, Math.floor((width - 9) / pitch), Math.floor((height - 9) / pitch), pitch);
  return drawDiscs(width, height, discs);
}

/** What scorings have found on a slide: its files by their names, hashed, and when each was written. */
export async function foundOn(viewId: string): Promise<Map<string, { hash: string; modified: number }>> {
  const found = new Map<string, { hash: string; modified: number }>();
  const { folder } = keysOf(viewId);
  for (const part of ['facts/', 'maps/', 'nuclei/'])
    for await (const { key, modified } of getStorage().list(`${folder}${part}`)) {
      const bytes = (await readObject(getStorage(), key)) ?? Buffer.alloc(0);
      const hash = createHash('sha256').update(bytes).digest('hex');
      found.set(key.slice(folder.length), { hash, modified: modified.getTime() });
    }
  return found;
}

/** All that a person gets of a scored slide, and all files that are stored of it, hashed. @param id - of its edit link */
export async function resultOfSlide(id: string, viewId: string) {
  const files = [...(await foundOn(viewId))].map(([name, { hash }]) => `${name} ${hash}`).sort();
  return { files, scores: await scoresOf(id) };
}

/** Deletes what scorings have found on a slide. */
export async function forgetFound(viewId: string): Promise<void> {
  for (const part of ['facts/', 'maps/', 'nuclei/']) await getStorage().delete(`${keysOf(viewId).folder}${part}`);
}

/** How many cells of a slide are there. */
export const cellsOn = async (viewId: string): Promise<number> =>
  [...(await foundOn(viewId)).keys()].filter((name) => name.endsWith('.bin')).length;

/** The queue in Redis that the cells of a scoring wait in. */
export async function laneOfScoring(viewId: string, scoring: string) {
  const stored = await readScoring(viewId, scoring);
  if (!stored) throw new Error('a scoring that is not stored');
  return laneOf(stored.pin);
}

/** The workers that work on cells of a scoring at the moment, by their process ids. */
export async function workersOf(viewId: string, scoring: string, cell?: number): Promise<number[]> {
  const lane = await laneOfScoring(viewId, scoring);
  const redis = getRedis();
  const active = await redis.lrange(`restain:${lane}:active`, '0', '-1').catch(() => [] as string[]);
  const own = active.filter((id) => (cell === undefined ? id.startsWith(`${scoring}.`) : id === markOf(scoring, cell)));
  const names = await Promise.all(own.map((id) => redis.hget(`restain:${lane}:${id}`, 'pb').catch(() => null)));
  return [...new Set(names.map((name) => Number(name?.split('/').at(-1) ?? Number.NaN)))].filter(Number.isFinite);
}

/** Waits until a worker that lives works on cells of a scoring. @returns null where the waiting was over before */
export async function whenCellsAreWorkedOn(
  viewId: string,
  scoring: string,
  workers: WorkerProcesses,
  { cell, signal, besides = [] }: { cell?: number; signal?: AbortSignal; besides?: readonly (number | null)[] } = {},
): Promise<number | null> {
  while (!signal?.aborted) {
    const pids = await workersOf(viewId, scoring, cell);
    const pid = pids.find((one) => workers.has(one) && !besides.includes(one));
    if (pid !== undefined) return pid;
    await delay(20);
  }
  return null;
}
