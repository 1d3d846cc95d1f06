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

/** Cells by their turns. */
export const byTurns = (cells: readonly number[], grid: Pick<CellGrid, 'columns'>): number[] =>
  [...cells].sort((a, b) => turnOf(a, grid) - turnOf(b, grid) || a - b);

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
    const [column, row] = [index % columns, Math.floor(index / columns)];
    for (const y of [row - 1, row, row + 1])
      for (const x of [column - 1, column, column + 1]) {
        const other = y * columns + x;
        if (x >= 0 && x < columns && missing.has(other) && turnOf(other, grid) < turn) return false;
      }
    return true;
  });
}
