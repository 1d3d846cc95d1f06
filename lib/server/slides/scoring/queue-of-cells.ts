import 'server-only';
import type { CellGrid } from '@/lib/contracts/slide-scoring';
import { getJobQueue } from '@/lib/server/jobs';
import type { JobQueue } from '@/lib/server/jobs/queue';
import { laneOf } from './scoring-pin';
import type { StoredScoring } from './scoring-record';

/** The queue that the cells of a scoring wait in. */
export const queueOfCells = ({ pin }: StoredScoring): JobQueue<void> => getJobQueue<void>(laneOf(pin));

/**
 * Neighbours need some of the same tiles: one after another they find them stored, and at once each would infer them. So with
 * several workers each cell has one of four turns: those of one turn touch nowhere.
 */
const turnOf = (index: number, { columns }: Pick<CellGrid, 'columns'>) =>
  2 * (Math.floor(index / columns) % 2) + ((index % columns) % 2);

/** Those cells of some that touch a cell. */
function neighboursIn(cells: ReadonlySet<number>, index: number, columns: number): number[] {
  const [column, row] = [index % columns, Math.floor(index / columns)];
  const found: number[] = [];
  for (const y of [row - 1, row, row + 1])
    for (const x of [column - 1, column, column + 1]) {
      const other = y * columns + x;
      if (x >= 0 && x < columns && other !== index && cells.has(other)) found.push(other);
    }
  return found;
}

/**
 * Cells by their turns. Of one turn those with the most neighbours come first: they infer the most tiles, and what
 * takes longest and begins last is waited for by all workers.
 */
export function byTurns(cells: readonly number[], grid: Pick<CellGrid, 'columns'>): number[] {
  const all = new Set(cells);
  const neighbours = new Map(cells.map((index) => [index, neighboursIn(all, index, grid.columns).length]));
  const fewer = (a: number, b: number) => (neighbours.get(b) ?? 0) - (neighbours.get(a) ?? 0);
  return [...cells].sort((a, b) => turnOf(a, grid) - turnOf(b, grid) || fewer(a, b) || a - b);
}

/**
 * Those of some cells whose turn has come: none of their neighbours of an earlier turn is missing.
 *
 * @param cells - that are missing
 */
export function readyOf(cells: readonly number[], grid: Pick<CellGrid, 'columns'>): number[] {
  const missing = new Set(cells);
  const { columns } = grid;
  return cells.filter((index) => {
    const turn = turnOf(index, grid);
    return neighboursIn(missing, index, columns).every((other) => turnOf(other, grid) >= turn);
  });
}
