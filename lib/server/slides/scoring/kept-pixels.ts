import 'server-only';
import type { Annotation } from '@/lib/contracts/annotation';
import { ownedBy, tilesIn } from '@/lib/imaging/tiles/slide-grid';
import { cellAt, cellsOfPolygons } from '@/lib/scoring/slide/slide-cells';

import { readFacts } from './slide-facts';
import type { SlidePlan } from './slide-plan';

/**
 * How many pixels of some cells maps and nuclei will be kept of: those of tiles that are not glass. Before the slide is measured these
 * are the tiles that the outline of the tissue touches, all of a slide that has none.
 *
 * @param factsKey - of what is measured on the slide
 */
export async function keptPixels(
  plan: SlidePlan,
  cells: readonly number[],
  factsKey: string,
  annotations: readonly Annotation[],
): Promise<number> {
  const { grid } = plan;
  const facts = await readFacts(factsKey, plan);
  const withTissue = facts ? null : tilesOfTissue(plan, annotations);
  const isKept = (column: number, row: number) =>
    facts ? !facts.isGlass(column, row) : withTissue === null || withTissue.has(row * grid.columns + column);
  let pixels = 0;
  for (const index of cells) {
    const { columns, rows } = tilesIn(grid, cellAt(plan, index));
    for (let row = rows.from; row < rows.to; row++)
      for (let column = columns.from; column < columns.to; column++) {
        if (!isKept(column, row)) continue;
        const { width, height } = ownedBy(grid, column, row);
        pixels += width * height;
      }
  }
  return pixels;
}

function tilesOfTissue(plan: SlidePlan, annotations: readonly Annotation[]): Set<number> | null {
  const tissue = annotations.filter((annotation) => annotation.class === 'tissue');
  if (tissue.length === 0) return null;
  const { side, columns, rows } = plan.grid;
  const polygons = tissue.flatMap((annotation) => annotation.polygons);
  return new Set(cellsOfPolygons({ ...plan, cells: { side, columns, rows } }, polygons));
}
