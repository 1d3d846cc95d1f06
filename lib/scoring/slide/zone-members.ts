import { insideRoi, type Polygon } from '@/lib/scoring/gate/roi';
import { CORNER, type NucleusGrid } from './nucleus-grid';
import type { SlideNuclei } from './slide-nuclei';
import { boundsOf, withoutOthers, type Zone } from './zones';

type Centres = Pick<SlideNuclei, 'centroidX' | 'centroidY'>;

const [OUTSIDE, INSIDE, MIXED] = [0, 1, 2] as const;

/**
 * The nuclei whose centres lie in a zone, by the rule of `insideRoi`, in the order of the grid.
 *
 * Squares of the grid that no outline crosses are taken or left as a whole, so the cost follows the outlines and the number
 * of nuclei found.
 */
export function nucleiInZone(nuclei: Centres, grid: NucleusGrid, whole: Zone): Int32Array {
  const zone = withoutOthers(whole);
  const { columns, starts, members } = grid;
  const [include, within, exclude] = [zone.include, zone.within, zone.exclude].map(insideRoi);
  const hasWithin = zone.within.length > 0;
  const isIn = (x: number, y: number) => include(x, y) && (!hasWithin || within(x, y)) && !exclude(x, y);
  const box = boxOf(zone.include, grid);
  const state = judgeSquares([...zone.include, ...zone.within, ...zone.exclude], grid, box, isIn);
  const found: Int32Array = new Int32Array(countAtMost(grid, box, state));
  let count = 0;
  for (let row = box.top, s = 0; row <= box.bottom; row++)
    for (let column = box.left; column <= box.right; column++, s++) {
      if (state[s] === OUTSIDE) continue;
      const square = row * columns + column;
      for (let m = starts[square]; m < starts[square + 1]; m++) {
        const k = members[m];
        if (state[s] === INSIDE || isIn(nuclei.centroidX[k] + CORNER, nuclei.centroidY[k] + CORNER)) found[count++] = k;
      }
    }
  return found.subarray(0, count);
}

/** In squares of the grid; `right` and `bottom` inclusive. Empty if `right` is less than `left`. */
type Box = { left: number; top: number; right: number; bottom: number };

function boxOf(polygons: readonly Polygon[], { x, y, side, columns, rows }: NucleusGrid): Box {
  const { left, top, right, bottom } = boundsOf(polygons);
  return {
    left: Math.max(0, Math.floor((left - x) / side)),
    top: Math.max(0, Math.floor((top - y) / side)),
    right: Math.min(columns - 1, Math.floor((right - x) / side)),
    bottom: Math.min(rows - 1, Math.floor((bottom - y) / side)),
  };
}

const widthOf = (box: Box) => Math.max(0, box.right - box.left + 1);
const heightOf = (box: Box) => Math.max(0, box.bottom - box.top + 1);

/** For each square of the box, whether all, none or some of its points lie in the zone. */
function judgeSquares(
  polygons: readonly Polygon[],
  { x, y, side }: NucleusGrid,
  box: Box,
  isIn: (x: number, y: number) => boolean,
): Uint8Array {
  const width = widthOf(box);
  const state = new Uint8Array(width * heightOf(box));
  for (const polygon of polygons)
    for (const ring of polygon)
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
        // In squares, from the box's corner.
        const at = ([px, py]: readonly [number, number]): [number, number] => [
          (px - x) / side - box.left,
          (py - y) / side - box.top,
        ];
        markEdge(state, width, at(ring[j]), at(ring[i]));
      }
  for (let row = 0, s = 0; row < heightOf(box); row++) {
    // A square that no outline crosses is like its left neighbour, if none crosses that either.
    let left: number = MIXED;
    for (let column = 0; column < width; column++, s++) {
      if (state[s] !== MIXED && left !== MIXED) state[s] = left;
      else if (state[s] !== MIXED) {
        const [cx, cy] = [x + (box.left + column + 0.5) * side, y + (box.top + row + 0.5) * side];
        state[s] = isIn(cx, cy) ? INSIDE : OUTSIDE;
      }
      left = state[s];
    }
  }
  return state;
}

/** Rounding may put a point on the other side of a square's edge: squares so close to an edge count as crossed. */
const MARGIN = 1e-6;

/** Marks all squares that an edge passes, row by row. */
function markEdge(state: Uint8Array, width: number, a: readonly [number, number], b: readonly [number, number]): void {
  if (width === 0) return;
  const [[ax, ay], [bx, by]] = a[1] <= b[1] ? [a, b] : [b, a];
  const height = state.length / width;
  const first = Math.max(0, Math.floor(ay - MARGIN));
  const last = Math.min(height - 1, Math.floor(by + MARGIN));
  const slope = by === ay ? 0 : (bx - ax) / (by - ay);
  for (let row = first; row <= last; row++) {
    const from = by === ay ? ax : ax + slope * (Math.max(ay, row - MARGIN) - ay);
    const to = by === ay ? bx : ax + slope * (Math.min(by, row + 1 + MARGIN) - ay);
    const left = Math.max(0, Math.floor(Math.min(from, to) - MARGIN));
    const right = Math.min(width - 1, Math.floor(Math.max(from, to) + MARGIN));
    if (left <= right) state.fill(MIXED, row * width + left, row * width + right + 1);
  }
}

function countAtMost({ columns, starts }: NucleusGrid, box: Box, state: Uint8Array): number {
  let count = 0;
  for (let row = box.top, s = 0; row <= box.bottom; row++)
    for (let column = box.left; column <= box.right; column++, s++)
      if (state[s] !== OUTSIDE) count += starts[row * columns + column + 1] - starts[row * columns + column];
  return count;
}
