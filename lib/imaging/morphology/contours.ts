import type { LabelMap } from '@/lib/imaging/raster';

/** Column and row steps to the eight neighbours, clockwise on the screen from east. */
const STEP_X = [1, 1, 0, -1, -1, -1, 0, 1];
const STEP_Y = [0, 1, 1, 1, 0, -1, -1, -1];

/**
 * Traces the outer boundary of one label, clockwise on the screen, through the centres of its boundary pixels.
 *
 * Straight runs are reduced to their ends; the last point connects to the first. A spur one pixel wide is traced there
 * and back.
 *
 * @param firstPixel - index of the label's topmost, then leftmost pixel.
 * @param points - receives x, y, x, y, ...
 * @see Pavlidis 1982, Algorithms for Graphics and Image Processing, ch. 7; Jacob's stopping criterion
 */
export function traceContour(labelMap: LabelMap, label: number, firstPixel: number, points: number[]): void {
  const { data, width, height } = labelMap;
  const startX = firstPixel % width;
  const startY = (firstPixel - startX) / width;
  // No pixel of the label is above the start, or left of it in its row: the first step goes east or south.
  const firstWay = nextWay(data, width, height, label, startX, startY, 0);
  points.push(startX, startY);
  if (firstWay < 0) return;
  let x = startX + STEP_X[firstWay];
  let y = startY + STEP_Y[firstWay];
  let way = firstWay;
  for (;;) {
    // The neighbours that were checked on the way here are outside: the search goes on from the next one.
    const next = nextWay(data, width, height, label, x, y, way % 2 === 0 ? way + 7 : way + 6);
    if (x === startX && y === startY && next === firstWay) return;
    if (next !== way) points.push(x, y);
    x += STEP_X[next];
    y += STEP_Y[next];
    way = next;
  }
}

/** First neighbour that carries the label, looking clockwise from direction `from`; -1 when there is none. */
function nextWay(
  data: Int32Array,
  width: number,
  height: number,
  label: number,
  x: number,
  y: number,
  from: number,
): number {
  const isInside = x > 0 && y > 0 && x < width - 1 && y < height - 1;
  for (let turn = 0; turn < 8; turn++) {
    const way = (from + turn) & 7;
    const nx = x + STEP_X[way];
    const ny = y + STEP_Y[way];
    if ((isInside || (nx >= 0 && ny >= 0 && nx < width && ny < height)) && data[ny * width + nx] === label) return way;
  }
  return -1;
}
