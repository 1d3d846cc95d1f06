/** A label map that is drawn into, with the box of every label: x1 and y1 exclusive. Label k is entry k - 1. */
export type LabelCanvas = {
  readonly data: Int32Array;
  readonly width: number;
  readonly height: number;
  readonly boxes: Box[];
};

type Box = { x0: number; y0: number; x1: number; y1: number };

/** A stroke from one point to another: image pixels, counted from the corner. */
export type Line = { readonly x: number; readonly y: number; readonly x2: number; readonly y2: number };

/** Distance between the points of a stroke at which it is asked what lies below, in pixels. */
const STROKE_STEP = 0.5;

/** Gives a new label to the free pixels of a disc that are connected with its centre. @returns its entry */
export function drawDisc({ data, width, height, boxes }: LabelCanvas, centre: number, radius: number): number {
  const [column, row] = [centre % width, Math.floor(centre / width)];
  const box = { x0: column, y0: row, x1: column + 1, y1: row + 1 };
  const label = boxes.push(box);
  const open = [centre];
  data[centre] = label;
  for (let i = open.pop(); i !== undefined; i = open.pop()) {
    const [x, y] = [i % width, Math.floor(i / width)];
    widen(box, x, y);
    for (const [nextX, nextY] of [
      [x - 1, y],
      [x + 1, y],
      [x, y - 1],
      [x, y + 1],
    ] as const) {
      if (nextX < 0 || nextX >= width || nextY < 0 || nextY >= height) continue;
      const next = nextY * width + nextX;
      if (data[next] !== 0 || (nextX - column) ** 2 + (nextY - row) ** 2 > radius ** 2) continue;
      data[next] = label;
      open.push(next);
    }
  }
  return label - 1;
}

/**
 * Cuts the nucleus that a stroke covers most, along the straight line through the stroke's ends. The smaller part gets a new label.
 *
 * @returns entries of the nucleus and of its new part; -1 where there is none: the line must leave pixels on both sides
 */
export function cutNucleus(canvas: LabelCanvas, line: Line): [nucleus: number, part: number] {
  const { data, width, boxes } = canvas;
  const label = labelBelow(canvas, line);
  if (label === 0) return [-1, -1];
  const { x0, y0, x1, y1 } = boxes[label - 1];
  const isLeft = (x: number, y: number) =>
    (line.x2 - line.x) * (y + 0.5 - line.y) - (line.y2 - line.y) * (x + 0.5 - line.x) > 0;
  const sides: [right: number[], left: number[]] = [[], []];
  for (let y = y0; y < y1; y++)
    for (let x = x0; x < x1; x++) if (data[y * width + x] === label) sides[isLeft(x, y) ? 1 : 0].push(y * width + x);
  const [small, large] = sides.sort((a, b) => a.length - b.length);
  if (small.length === 0) return [label - 1, -1];
  const part = boxes.push(boxOf(small, width));
  boxes[label - 1] = boxOf(large, width);
  for (const pixel of small) data[pixel] = part;
  return [label - 1, part - 1];
}

/** The label under most of a stroke; 0 where it meets none. */
function labelBelow({ data, width, height }: LabelCanvas, { x, y, x2, y2 }: Line): number {
  const steps = Math.max(1, Math.ceil(Math.hypot(x2 - x, y2 - y) / STROKE_STEP));
  const counts = new Map<number, number>();
  for (let i = 0; i <= steps; i++) {
    const [column, row] = [Math.floor(x + ((x2 - x) * i) / steps), Math.floor(y + ((y2 - y) * i) / steps)];
    if (!(column >= 0 && column < width && row >= 0 && row < height)) continue;
    const label = data[row * width + column];
    if (label > 0) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best), [0, 0])[0];
}

/**
 * Gives the pixels of one nucleus to another that touches it, also through a corner. Where a single free pixel is between them,
 * it is filled.
 *
 * @returns whether they touch
 */
export function joinNuclei({ data, width, height, boxes }: LabelCanvas, into: number, from: number): boolean {
  if (into < 0 || from < 0 || into === from) return false;
  const { x0, y0, x1, y1 } = boxes[from];
  const ofFrom: number[] = [];
  const between: number[] = [];
  let isTouching = false;
  for (let y = Math.max(0, y0 - 1); y < Math.min(height, y1 + 1); y++)
    for (let x = Math.max(0, x0 - 1); x < Math.min(width, x1 + 1); x++) {
      const pixel = y * width + x;
      const label = data[pixel];
      if (label !== 0 && label !== from + 1) continue;
      const meets = (label: number, corners: boolean) => isBeside({ data, width, height }, x, y, label, corners);
      if (label === 0) {
        if (meets(into + 1, false) && meets(from + 1, false)) between.push(pixel);
        continue;
      }
      ofFrom.push(pixel);
      isTouching ||= meets(into + 1, true);
    }
  if (!isTouching && between.length === 0) return false;
  for (const pixel of isTouching ? ofFrom : [...ofFrom, ...between]) {
    data[pixel] = into + 1;
    widen(boxes[into], pixel % width, Math.floor(pixel / width));
  }
  return true;
}

/** Whether a pixel meets a label through an edge, or through a corner too. */
function isBeside(
  { data, width, height }: Pick<LabelCanvas, 'data' | 'width' | 'height'>,
  x: number,
  y: number,
  label: number,
  corners: boolean,
): boolean {
  for (let nextY = Math.max(0, y - 1); nextY <= Math.min(height - 1, y + 1); nextY++)
    for (let nextX = Math.max(0, x - 1); nextX <= Math.min(width - 1, x + 1); nextX++)
      if (data[nextY * width + nextX] === label && (corners || nextX === x || nextY === y)) return true;
  return false;
}

function boxOf(pixels: readonly number[], width: number): Box {
  const first = pixels[0];
  const [x, y] = [first % width, Math.floor(first / width)];
  const box = { x0: x, y0: y, x1: x + 1, y1: y + 1 };
  for (const pixel of pixels) widen(box, pixel % width, Math.floor(pixel / width));
  return box;
}

function widen(box: Box, x: number, y: number): void {
  box.x0 = Math.min(box.x0, x);
  box.y0 = Math.min(box.y0, y);
  box.x1 = Math.max(box.x1, x + 1);
  box.y1 = Math.max(box.y1, y + 1);
}
