import { intersect, type TileRegion } from '@/lib/imaging/tiles/plan-tiles';
import { insideRoi, type Polygon } from '@/lib/scoring/gate/roi';
import type { SlideCell } from './slide-nuclei';

/** How a slide is cut into cells of work: squares from its upper left corner on, the last ones cut by its edge. */
export type SlideCells = {
  /** Pixels of the full resolution, as the side of a cell. */
  readonly slide: { readonly width: number; readonly height: number };
  readonly cells: { readonly side: number; readonly columns: number; readonly rows: number };
  readonly micronsPerPixel: number;
};

/** Cells are numbered row by row. */
export function cellAt({ slide, cells }: Pick<SlideCells, 'slide' | 'cells'>, index: number): SlideCell {
  const { side, columns } = cells;
  const [column, row] = [index % columns, Math.floor(index / columns)];
  const [x, y] = [column * side, row * side];
  return { column, row, x, y, width: Math.min(side, slide.width - x), height: Math.min(side, slide.height - y) };
}

/** The cells that hold some of a region. */
export function cellsIn({ slide, cells }: Pick<SlideCells, 'slide' | 'cells'>, region: TileRegion): number[] {
  const found: number[] = [];
  const inside = intersect(region, { x: 0, y: 0, ...slide });
  if (!inside) return found;
  const { side, columns } = cells;
  const { x, y, width, height } = inside;
  for (let row = Math.floor(y / side); row * side < y + height; row++)
    for (let column = Math.floor(x / side); column * side < x + width; column++) found.push(row * columns + column);
  return found;
}

/** A nucleus of a cluster that is cut may lie so many µm beyond the cell that it belongs to. */
const MARGIN_UM = 1;

/**
 * The cells that hold some of some polygons, in rising order.
 *
 * @param polygons - in pixels of the full resolution, from the slide's corner
 */
export function cellsOfPolygons(plan: SlideCells, polygons: readonly Polygon[]): number[] {
  const { cells, micronsPerPixel } = plan;
  const found = new Set<number>();
  const margin = Math.ceil(MARGIN_UM / micronsPerPixel);
  for (const rings of polygons)
    for (const ring of rings)
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i++)
        for (const index of cellsOfEdge(plan, ring[j] as Point, ring[i] as Point, margin)) found.add(index);
  const isInside = insideRoi(polygons);
  for (let index = 0; index < cells.columns * cells.rows; index++) {
    if (found.has(index)) continue;
    const { x, y, width, height } = cellAt(plan, index);
    // No edge is near, so the cell is inside or outside as a whole.
    if (isInside(x + width / 2, y + height / 2)) found.add(index);
  }
  return [...found].sort((a, b) => a - b);
}

type Point = readonly [x: number, y: number];

/** The cells that a straight line comes near, row by row of the grid. */
function* cellsOfEdge(plan: SlideCells, [ax, ay]: Point, [bx, by]: Point, margin: number): Generator<number> {
  const { side, rows } = plan.cells;
  const [top, bottom] = [Math.min(ay, by) - margin, Math.max(ay, by) + margin];
  const at = (y: number) => (ay === by ? ax : ax + ((bx - ax) * (y - ay)) / (by - ay));
  const [low, high] = [Math.min(ax, bx), Math.max(ax, bx)];
  const clamp = (x: number) => Math.min(high, Math.max(low, x));
  for (let row = Math.max(0, Math.floor(top / side)); row < rows && row * side <= bottom; row++) {
    const end = Math.min((row + 1) * side, plan.slide.height);
    // Along a flat line all of it lies in the row.
    const ends = ay === by ? [low, high] : [clamp(at(row * side - margin)), clamp(at(end + margin))];
    const [left, right] = [Math.min(...ends) - margin, Math.max(...ends) + margin];
    const [from, to] = [Math.max(row * side, top), Math.min(end, bottom)];
    if (from < to) yield* cellsIn(plan, { x: left, y: from, width: right - left, height: to - from });
  }
}

/**
 * Whether all cells that polygons touch are there: only then are numbers of them final.
 *
 * @param polygons - null: all of the slide
 * @param isThere - of a cell, counted row by row: scored, or glass alone
 */
export function areCellsThere(
  plan: SlideCells,
  polygons: readonly Polygon[] | null,
  isThere: (index: number) => boolean,
): boolean {
  if (polygons) return cellsOfPolygons(plan, polygons).every(isThere);
  for (let index = 0; index < plan.cells.columns * plan.cells.rows; index++) if (!isThere(index)) return false;
  return true;
}
