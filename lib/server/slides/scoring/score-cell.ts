import 'server-only';
import { mergeLooks } from '@/lib/exchange/merge-looks';
import { intersect, type TileRegion, unite } from '@/lib/imaging/tiles/plan-tiles';
import { expand, searchCell } from '@/lib/scoring/find/cell-nuclei';
import { reachOfMembranes } from '@/lib/scoring/membrane/measure-membranes';
import { cellAt } from '@/lib/scoring/slide/slide-cells';
import { retryWhileStorageIsAway } from '@/lib/server/runs/retry-storage';
import { writeJson } from '@/lib/server/runs/stored-json';
import { getStorage } from '@/lib/server/storage';
import { findCell, measureCellMembranes } from '@/workers/protocol';
import { runFairly, searchInTurn } from './fair-pool';
import { binKey, type DamagedTiles, damageKey, membranesKey } from './found-cells';
import type { SlideMaps } from './slide-maps';
import type { SlidePixels } from './slide-pixels';
import type { SlidePlan } from './slide-plan';

/** Nuclei of a cell reach hardly further beyond it. */
const NUCLEUS_UM = 16;

/** What the cells of a scoring are made of. */
export type CellWork = {
  plan: SlidePlan;
  probThresh: number;
  /** White balance by which membranes are measured; null where they are not wanted. */
  gains: readonly number[] | null;
  pixels: SlidePixels;
  maps: SlideMaps;
  /** Where nuclei lie in the storage. */
  folder: string;
  scoring: string;
  signal: AbortSignal;
};

/**
 * Finds the nuclei of one cell, measures their membranes where these are wanted, and stores both. Done twice, also by two servers at once, it ends with the same objects.
 *
 * @param index - of the cell, counted row by row
 */
export async function scoreCell(work: CellWork, index: number): Promise<void> {
  const { plan, probThresh, gains, pixels, maps, folder, scoring, signal } = work;
  const { slide, micronsPerPixel } = plan;
  const cell = cellAt(plan, index);
  const rules = { ...plan.rules, probThresh };
  const own: TileRegion = { x: cell.x, y: cell.y, width: cell.width, height: cell.height };
  const lookIn = (part: TileRegion, wanted?: TileRegion) =>
    searchCell(
      own,
      slide,
      rules,
      (region, focus) =>
        maps.lend(region, async (found) => {
          const lookWith = (scanned: TileRegion) =>
            searchInTurn(scoring, signal, () =>
              pixels.lend(scanned, async ({ picture: image, tiles, damaged }) => {
                const holes = damaged.map((tile) => tile.region);
                const search = { image, own, damaged: holes, focus, ...(wanted && { around: wanted }) };
                const look = await runFairly(scoring, findCell, { maps: found, tiles, search, rules, cell }, signal);
                return { ...look, damaged };
              }),
            );
          const look = await lookWith(part);
          return look.missingPixels ? lookWith(unite(part, look.missingPixels)) : look;
        }),
      wanted,
    );
  const { looks, nuclei, membranes } = gains ? await measured(gains) : await found();
  const damaged = (looks[0]?.damaged ?? []).filter((tile) => intersect(tile.region, own) !== null);
  const tiles: DamagedTiles = damaged.map(({ column, row }) => ({ column, row }));
  if (tiles.length > 0) await retryWhileStorageIsAway(() => writeJson(damageKey(folder, cell), tiles), signal);
  // A cell whose nuclei are there is held to be done where membranes are not wanted: so these come first.
  if (membranes) await retryWhileStorageIsAway(() => getStorage().put(membranesKey(folder, cell), membranes), signal);
  await retryWhileStorageIsAway(() => getStorage().put(binKey(folder, cell), nuclei), signal);

  async function found() {
    const looks = await lookIn(expand(own, Math.ceil(NUCLEUS_UM / micronsPerPixel), slide));
    return { looks, nuclei: mergeLooks(looks), membranes: null };
  }

  /** Looks for what is around the nuclei of the cell, too, and measures their membranes. */
  async function measured(gains: readonly number[]) {
    const margin = Math.ceil(NUCLEUS_UM / micronsPerPixel) + reachOfMembranes(micronsPerPixel);
    for (let around = expand(own, margin, slide); ; ) {
      const region = around;
      const looks = await lookIn(region, region);
      const answer = await searchInTurn(scoring, signal, () =>
        pixels.lend(region, ({ picture: image, tiles }) =>
          runFairly(scoring, measureCellMembranes, { looks, tiles, image, micronsPerPixel, gains }, signal),
        ),
      );
      if (!('needed' in answer)) return { looks, ...answer };
      around = answer.needed;
    }
  }
}
