import 'server-only';
import { z } from 'zod';
import { AppError } from '@/lib/errors';
import { readJson } from '@/lib/server/runs/stored-json';
import { getStorage } from '@/lib/server/storage';
import { readObject } from '@/lib/server/storage/storage';
import { placeName, type SlidePlan } from './slide-plan';

/** A cell whose nuclei are stored. */
export type FoundCell = {
  readonly index: number;
  readonly key: string;
  readonly finished: number;
  /** Of its membranes; null where they were not measured. */
  readonly membranes: string | null;
};

/** Tiles of the pyramid that cannot be decoded. */
export const DamagedTiles = z.array(z.object({ column: z.int(), row: z.int() }));
export type DamagedTiles = z.infer<typeof DamagedTiles>;

export const binKey = (folder: string, cell: { column: number; row: number }): string =>
  `${folder}${placeName(cell)}.bin`;
export const membranesKey = (folder: string, cell: { column: number; row: number }): string =>
  `${folder}${placeName(cell)}.membranes`;
export const damageKey = (folder: string, cell: { column: number; row: number }): string =>
  `${folder}${placeName(cell)}.damage.json`;

const NAME = /\/(\d+)-(\d+)\.(bin|membranes|damage\.json)$/;

/** Whether nothing is left to do in a cell. */
export const isFinished = ({ membranes }: FoundCell, areMembranesWanted: boolean): boolean =>
  !areMembranesWanted || membranes !== null;

/** The cells in a folder of nuclei, in the order in which they were finished, and which of them hold damaged tiles. */
export async function listFound(
  folder: string,
  { cells }: Pick<SlidePlan, 'cells'>,
): Promise<{ found: FoundCell[]; damaged: { index: number; key: string }[] }> {
  const nuclei: Omit<FoundCell, 'membranes'>[] = [];
  const membranes = new Map<number, string>();
  const damaged: { index: number; key: string }[] = [];
  for await (const { key, modified } of getStorage().list(folder)) {
    const [, column, row, kind] = NAME.exec(key) ?? [];
    if (kind === undefined) continue;
    const index = Number(row) * cells.columns + Number(column);
    if (kind === 'bin') nuclei.push({ index, key, finished: modified.getTime() });
    else if (kind === 'membranes') membranes.set(index, key);
    else damaged.push({ index, key });
  }
  const found = nuclei.map((cell) => ({ ...cell, membranes: membranes.get(cell.index) ?? null }));
  found.sort((a, b) => a.finished - b.finished || a.index - b.index);
  return { found, damaged };
}

/** The damaged tiles in some cells, each once. */
export async function readDamage(damaged: readonly { key: string }[]): Promise<DamagedTiles> {
  const tiles = new Map<string, DamagedTiles[number]>();
  for (const { key } of damaged)
    for (const tile of (await readJson(key, DamagedTiles)) ?? []) tiles.set(placeName(tile), tile);
  return [...tiles.values()];
}

/** As many files of the storage as are read at once. */
const AT_ONCE = 8;

/**
 * The files of all cells, in shared memory.
 *
 * @param areMembranesWanted - then those of membranes too, behind, where they are there
 * @throws AppError `slide_not_found` where the slide is deleted meanwhile
 */
export async function readFound(found: readonly FoundCell[], areMembranesWanted: boolean): Promise<Uint8Array[]> {
  const measured = areMembranesWanted ? found.flatMap(({ membranes }) => membranes ?? []) : [];
  const keys = [...found.map(({ key }) => key), ...measured];
  const files = new Array<Uint8Array>(keys.length);
  const entries = keys.entries();
  const lane = async () => {
    for (const [i, key] of entries) {
      const bytes = await readObject(getStorage(), key);
      if (!bytes) throw new AppError('slide_not_found', 'The slide was deleted meanwhile.');
      const file = new Uint8Array(new SharedArrayBuffer(bytes.length));
      file.set(bytes);
      files[i] = file;
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, keys.length) }, lane));
  return files;
}
