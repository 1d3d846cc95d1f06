import 'server-only';
import { mergeLooks } from '@/lib/exchange/merge-looks';
import { intersect, type TileRegion, unite } from '@/lib/imaging/tiles/plan-tiles';
import { expand, searchCell } from '@/lib/scoring/find/cell-nuclei';
import { cellAt } from '@/lib/scoring/slide/slide-cells';
import { retryWhileStorageIsAway } from '@/lib/server/runs/retry-storage';
import { writeJson } from '@/lib/server/runs/stored-json';
import { getStorage } from '@/lib/server/storage';
import { findCell } from '@/workers/protocol';
import { runFairly, searchInTurn } from './fair-pool';
import { binKey, type DamagedTiles, damageKey } from './found-cells';
import type { SlideMaps } from './slide-maps';
import type { SlidePixels } from './slide-pixels';
import type { SlidePlan } from './slide-plan';

/** Nuclei of a cell reach hardly further beyond it. */
const NUCLEUS_UM = 16;

/** What the cells of a scoring are made of. */
export type CellWork = {
  plan: SlidePlan;
  probThresh: number;
  pixels: SlidePixels;
  maps: SlideMaps;
  /** Where nuclei lie in the storage. */
  folder: string;
  scoring: string;
  signal: AbortSignal;
};

/**
 * Finds the nuclei of one cell and stores them. Done twice, also by two servers at once, it ends with the same objects.
 *
 * @param index - of the cell, counted row by row
 */
export async function scoreCell(work: CellWork, index: number): Promise<void> {
  const { plan, probThresh, pixels, maps, folder, scoring, signal } = work;
  const { slide, micronsPerPixel } = plan;
  const cell = cellAt(plan, index);
  const rules = { ...plan.rules, probThresh };
  const own: TileRegion = { x: cell.x, y: cell.y, width: cell.width, height: cell.height };
  const around = expand(own, Math.ceil(NUCLEUS_UM / micronsPerPixel), slide);
  const looks = await searchCell(own, slide, rules, (region, focus) =>
    maps.lend(region, async (part) => {
      const lookWith = (scanned: TileRegion) =>
        searchInTurn(scoring, signal, () =>
          pixels.lend(scanned, async ({ picture: image, tiles, damaged }) => {
            const search = { image, own, damaged: damaged.map((tile) => tile.region), focus };
            const look = await runFairly(scoring, findCell, { maps: part, tiles, search, rules, cell }, signal);
            return { ...look, damaged };
          }),
        );
      const look = await lookWith(around);
      return look.missingPixels ? lookWith(unite(around, look.missingPixels)) : look;
    }),
  );
  const damaged = (looks[0]?.damaged ?? []).filter((tile) => intersect(tile.region, own) !== null);
  const tiles: DamagedTiles = damaged.map(({ column, row }) => ({ column, row }));
  if (tiles.length > 0) await retryWhileStorageIsAway(() => writeJson(damageKey(folder, cell), tiles), signal);
  const bytes = mergeLooks(looks);
  await retryWhileStorageIsAway(() => getStorage().put(binKey(folder, cell), bytes), signal);
}
