import { AppError } from '@/lib/errors';
import { ALONE, type MembraneSectors, NOBODY, SECTORS } from '@/lib/scoring/membrane/measure-membranes';
import { CENTRE_STEPS, type CellNuclei, type SlideCell, type SlideNuclei } from '@/lib/scoring/slide/slide-nuclei';
import { type Block, type BlockValues, readBlocks, writeBlocks } from './blocks';
import { decodeCell, isSlideCell, joinCells } from './slide-nuclei';

/**
 * The file of what was measured of the membranes of one cell's nuclei, before any cut point (`blocks.ts` says how blocks are
 * stored). It lies beside the file of the nuclei, and has as many, in the same order.
 *
 * Blocks: `density` and `facing` (uint8, `SECTORS` numbers a nucleus, see `MembraneSectors`), `cytoplasm` (uint8, hundredths),
 * `neighbour_count` (uint8, a nucleus), `neighbour` (int32: an entry of this cell, or -1 - n for the nth nucleus of other cells) and
 * `foreign` (int32, x and y of these nuclei in 1 / 256 px, as `centre` in their own file).
 */
const FORMAT = { magic: 'RMEM', version: 1 } as const;

/** Membranes of one cell. A neighbour beyond `count` is entry `neighbour - count` of `foreign`. */
export type CellMembranes = {
  readonly cell: SlideCell;
  readonly sectors: MembraneSectors;
  /** x and y of the centres of nuclei in other cells, in 1 / 256 px. */
  readonly foreign: Int32Array;
};

/** Writes the file of one cell. */
export function encodeMembranes({ cell, sectors, foreign }: CellMembranes): Uint8Array {
  const { count, density, facing, neighbours, firstNeighbour, cytoplasm } = sectors;
  const blocks: Block[] = [
    { name: 'density', values: density },
    { name: 'facing', values: facing },
    { name: 'cytoplasm', values: Uint8Array.from(cytoplasm, (value) => Math.round(100 * value)) },
    {
      name: 'neighbour_count',
      values: Uint8Array.from({ length: count }, (_, k) => firstNeighbour[k + 1] - firstNeighbour[k]),
    },
    { name: 'neighbour', values: neighbours.map((entry) => (entry < count ? entry : count - 1 - entry)) },
    { name: 'foreign', values: foreign },
  ];
  return writeBlocks(FORMAT, { cell, count }, blocks);
}

const damaged = (what: string) => new AppError('internal', `a file of membranes has damaged ${what}`);

/** Reads the file of one cell. @throws AppError `internal` as `decodeCell` */
export function decodeMembranes(bytes: Uint8Array): CellMembranes {
  const { facts, block } = readBlocks(FORMAT, bytes);
  const { cell, count } = (facts ?? {}) as { cell?: unknown; count?: unknown };
  if (!isSlideCell(cell) || !Number.isSafeInteger(count) || (count as number) < 0) throw damaged('facts');
  const total = count as number;
  const column = <T extends BlockValues>(name: string, length: number | null, type: new (n: number) => T): T => {
    const values = block(name);
    if (!(values instanceof type) || (length !== null && values.length !== length)) throw damaged(name);
    return values;
  };
  const counts = column('neighbour_count', total, Uint8Array);
  const firstNeighbour = new Int32Array(total + 1);
  for (let k = 0; k < total; k++) firstNeighbour[k + 1] = firstNeighbour[k] + counts[k];
  const foreign = column('foreign', null, Int32Array);
  const stored = column('neighbour', firstNeighbour[total], Int32Array);
  const facing = column('facing', SECTORS * total, Uint8Array);
  for (let s = 0; s < facing.length; s++)
    if (facing[s] !== ALONE && facing[s] >= counts[Math.floor(s / SECTORS)]) throw damaged('facing');
  const neighbours = stored.map((entry) => (entry >= 0 ? entry : total - 1 - entry));
  if (foreign.length % 2 !== 0 || neighbours.some((entry) => entry >= total + foreign.length / 2))
    throw damaged('neighbour');
  const cytoplasm = Float32Array.from(column('cytoplasm', total, Uint8Array), (value) => value / 100);
  const density = column('density', SECTORS * total, Uint8Array);
  return { cell, foreign, sectors: { count: total, density, facing, neighbours, firstNeighbour, cytoplasm } };
}

/** The files of a slide's cells, nuclei and membranes, in any order. */
export function decodeCells(files: readonly Uint8Array[]): { cells: CellNuclei[]; membranes: CellMembranes[] } {
  const isOfMembranes = (bytes: Uint8Array) => String.fromCharCode(...bytes.subarray(0, 4)) === FORMAT.magic;
  return {
    cells: files.filter((bytes) => !isOfMembranes(bytes)).map(decodeCell),
    membranes: files.filter(isOfMembranes).map(decodeMembranes),
  };
}

/** All nuclei of a slide, with their membranes where all of its cells have them. @throws AppError as `joinCells`, `decodeCell` */
export function joinFiles(files: readonly Uint8Array[]): SlideNuclei {
  const { cells, membranes } = decodeCells(files);
  const joined = joinCells(cells, 'watershed');
  return membranes.length === 0 ? joined : { ...joined, membranes: joinMembranes(joined, cells, membranes) };
}

/**
 * Joins the membranes of a slide's cells to those of its table. A neighbour in a cell that is not there is `NOBODY`.
 *
 * @param nuclei - of `joinCells`
 * @param cells - those that were joined
 * @returns null where a cell has nuclei, but no membranes
 * @throws AppError `internal` where a cell has more or fewer membranes than nuclei
 */
export function joinMembranes(
  nuclei: Pick<SlideNuclei, 'count' | 'centroidX' | 'centroidY'>,
  cells: readonly CellNuclei[],
  membranes: readonly CellMembranes[],
): MembraneSectors | null {
  const byCell = new Map(membranes.map((one) => [placeOf(one.cell), one]));
  const ordered = [...cells].sort((a, b) => a.cell.row - b.cell.row || a.cell.column - b.cell.column);
  const used = ordered.map(({ cell, count }) => ({ count, own: byCell.get(placeOf(cell)) }));
  if (used.some(({ count, own }) => count > 0 && !own)) return null;
  const { count } = nuclei;
  const density = new Uint8Array(SECTORS * count);
  const facing = new Uint8Array(SECTORS * count);
  const cytoplasm = new Float32Array(count);
  const firstNeighbour = new Int32Array(count + 1);
  const neighbours = new Int32Array(used.reduce((sum, { own }) => sum + (own?.sectors.neighbours.length ?? 0), 0));
  const entryAt = findCentres(nuclei, membranes);
  let [at, next] = [0, 0];
  for (const { count: own, own: found } of used) {
    if (own === 0 || !found) continue;
    const { sectors, foreign } = found;
    if (sectors.count !== own) throw damaged('count');
    density.set(sectors.density, SECTORS * at);
    facing.set(sectors.facing, SECTORS * at);
    cytoplasm.set(sectors.cytoplasm, at);
    for (let k = 0; k < own; k++) firstNeighbour[at + k + 1] = next + sectors.firstNeighbour[k + 1];
    for (const entry of sectors.neighbours)
      neighbours[next++] =
        entry < own ? at + entry : entryAt(foreign[2 * (entry - own)], foreign[2 * (entry - own) + 1]);
    at += own;
  }
  return { count, density, facing, neighbours, firstNeighbour, cytoplasm };
}

const placeOf = ({ column, row }: SlideCell): string => `${column} ${row}`;

/** Finds the nuclei that cells name as neighbours in others. */
function findCentres(
  { count, centroidX, centroidY }: Pick<SlideNuclei, 'count' | 'centroidX' | 'centroidY'>,
  membranes: readonly CellMembranes[],
): (x: number, y: number) => number {
  // Of a million nuclei few have the x of one that is looked for.
  const byX = new Map<number, Map<number, number>>();
  for (const { foreign } of membranes)
    for (let n = 0; n < foreign.length; n += 2) if (!byX.has(foreign[n])) byX.set(foreign[n], new Map());
  for (let k = 0; k < count; k++) byX.get(centroidX[k] * CENTRE_STEPS)?.set(centroidY[k] * CENTRE_STEPS, k);
  return (x, y) => byX.get(x)?.get(y) ?? NOBODY;
}
