import type { Polygon } from '@/lib/scoring/gate/roi';
import { withoutOthers, type Zone } from './zones';

/** Where outlines cross, their width is taken at so many heights of the zone at least. */
const FEWEST_LINES = 2048;

type Edge = {
  readonly top: number;
  readonly bottom: number;
  readonly x: number;
  readonly slope: number;
  readonly owner: number;
};
type Role = 'include' | 'within' | 'exclude';

/**
 * The area of a zone in pixels, within the slide.
 *
 * A polygon is what lies within an odd number of its rings, as in `insideRoi`. The zone's width is taken half way between the
 * heights of every two neighbouring corners, which is exact where no outlines cross between them; elsewhere the error is
 * below the product of 1 / 2048 of the zone's height and the width of the crossing.
 */
export function zoneArea(zone: Zone, slide: { width: number; height: number }): number {
  const { edges, roles } = edgesOf(withoutOthers(zone));
  if (!roles.includes('include')) return 0;
  const heights = cutHeights(edges, slide.height);
  const hasWithin = roles.includes('within');
  const isInside = new Uint8Array(roles.length);
  const depth = { include: 0, within: 0, exclude: 0 };
  let active: Edge[] = [];
  let next = 0;
  let area = 0;
  const crossings: { x: number; owner: number }[] = [];
  for (let h = 0; h + 1 < heights.length; h++) {
    const [top, bottom] = [heights[h], heights[h + 1]];
    const y = (top + bottom) / 2;
    while (next < edges.length && edges[next].top <= y) active.push(edges[next++]);
    active = active.filter((edge) => edge.bottom > y);
    crossings.length = 0;
    for (const { x, slope, top: from, owner } of active) crossings.push({ x: x + slope * (y - from), owner });
    crossings.sort((a, b) => a.x - b.x);
    isInside.fill(0);
    [depth.include, depth.within, depth.exclude] = [0, 0, 0];
    let width = 0;
    for (let c = 0; c + 1 < crossings.length; c++) {
      const { x, owner } = crossings[c];
      isInside[owner] ^= 1;
      depth[roles[owner]] += isInside[owner] === 1 ? 1 : -1;
      if (depth.include === 0 || depth.exclude > 0 || (hasWithin && depth.within === 0)) continue;
      width += Math.max(0, Math.min(slide.width, crossings[c + 1].x) - Math.max(0, x));
    }
    area += width * (bottom - top);
  }
  return area;
}

/** Edges from their upper ends, in the order of these, and what each polygon does. */
function edgesOf(zone: Zone): { edges: Edge[]; roles: Role[] } {
  const edges: Edge[] = [];
  const roles: Role[] = [];
  for (const role of ['include', 'within', 'exclude'] as const)
    for (const polygon of zone[role]) addEdges(edges, polygon, roles.push(role) - 1);
  return { edges: edges.sort((a, b) => a.top - b.top), roles };
}

function addEdges(edges: Edge[], polygon: Polygon, owner: number): void {
  for (const ring of polygon)
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [[ax, ay], [bx, by]] = [ring[j], ring[i]];
      if (ay === by) continue;
      const slope = (bx - ax) / (by - ay);
      edges.push({ top: Math.min(ay, by), bottom: Math.max(ay, by), x: ay < by ? ax : bx, slope, owner });
    }
}

/** The heights of all corners on the slide, and more between those that are far apart. */
function cutHeights(edges: readonly Edge[], slideHeight: number): Float64Array {
  const clamp = (y: number) => Math.max(0, Math.min(slideHeight, y));
  const corners = new Float64Array(2 * edges.length);
  for (const [i, { top, bottom }] of edges.entries()) {
    corners[2 * i] = clamp(top);
    corners[2 * i + 1] = clamp(bottom);
  }
  corners.sort();
  const thickest = (corners[corners.length - 1] - corners[0]) / FEWEST_LINES;
  const heights: number[] = [];
  for (let i = 0; i < corners.length; i++) {
    const before = heights[heights.length - 1];
    if (corners[i] === before) continue;
    const parts = before === undefined ? 1 : Math.ceil((corners[i] - before) / thickest);
    for (let part = 1; part < parts; part++) heights.push(before + ((corners[i] - before) * part) / parts);
    heights.push(corners[i]);
  }
  return Float64Array.from(heights);
}
