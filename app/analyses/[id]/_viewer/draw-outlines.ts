import {
  casingOf,
  FINEST_STEP_PX,
  type OutlinePaths,
  type OutlinePen,
  strokeOutlines,
} from '@/app/_viewer/stroke-outlines';
import type { OutlinedNuclei } from '@/lib/scoring/find/outlined-nuclei';
import type { Correction } from '@/lib/scoring/gate/apply-corrections';
import type { Outlines } from '../_pictures/view-settings';
import type { GatedColumns } from '../_preview/live-protocol';

/** The place of the image on a canvas: canvas pixel = `scale` x image pixel + offset. */
export type Placement = { scale: number; offsetX: number; offsetY: number; width: number; height: number };

export type DrawnNuclei = {
  found: OutlinedNuclei;
  gated: Pick<GatedColumns, 'kept' | 'positive'> & { counted?: Uint8Array };
};

type Pen = OutlinePen & Pick<CanvasRenderingContext2D, 'save' | 'restore' | 'setTransform'>;

/** Opacity of nuclei outside the regions. */
const ALPHA_NOT_COUNTED = 0.35;
/** Radius of the mark on a nucleus that was corrected by hand, in screen pixels. */
const MARK_PX = 3;
/** Radius of the ring on a selected nucleus, in screen pixels. */
const SELECTED_PX = 6;

/** Draws the outlines of the kept nuclei that are in sight, at the resolution of the screen. */
export function drawOutlines(
  pen: Pen,
  { found, gated }: DrawnNuclei,
  { scale, offsetX, offsetY, width, height }: Placement,
  outlines: Outlines,
  pixelRatio: number,
): void {
  const sight = {
    x0: -offsetX / scale,
    y0: -offsetY / scale,
    x1: (width - offsetX) / scale,
    y1: (height - offsetY) / scale,
  };
  const zoom = scale / pixelRatio;
  pen.save();
  pen.setTransform(scale, 0, 0, scale, offsetX, offsetY);
  strokeOutlines(pen, pathsOf({ found, gated }, sight, FINEST_STEP_PX / zoom), outlines, zoom);
  pen.restore();
}

/** The contours in sight by how they are drawn; only styles that some nucleus has. */
function pathsOf({ found, gated }: DrawnNuclei, sight: Sight, step: number): OutlinePaths[] {
  const paths: (Path2D | null)[] = [null, null, null, null];
  for (let k = 0; k < found.count; k++) {
    if (gated.kept[k] !== 1 || !isInSight(found.bbox, k, sight)) continue;
    const style = 2 * (gated.counted?.[k] ?? 1) + (gated.positive[k] ?? 0);
    const path = paths[style] ?? new Path2D();
    paths[style] = path;
    addContour(path, found, k, step);
  }
  return paths.flatMap((path, i) =>
    path ? [{ path, isPositive: i % 2 === 1, alpha: i >= 2 ? 1 : ALPHA_NOT_COUNTED }] : [],
  );
}

/** Marks the places at which nuclei were corrected by hand. */
export function drawCorrected(
  pen: Pen,
  corrections: readonly Correction[],
  { scale, offsetX, offsetY }: Placement,
  { positiveColour, negativeColour }: Outlines,
  pixelRatio: number,
): void {
  const radius = (MARK_PX * pixelRatio) / scale;
  pen.save();
  pen.setTransform(scale, 0, 0, scale, offsetX, offsetY);
  for (const correction of corrections) {
    if (correction.kind === 'delete') continue;
    if (correction.kind === 'split' || correction.kind === 'join') {
      drawStroke(pen, correction, pixelRatio / scale);
      continue;
    }
    const { x, y, positive } = correction;
    const mark = new Path2D();
    mark.moveTo(x, y - radius);
    mark.lineTo(x + radius, y);
    mark.lineTo(x, y + radius);
    mark.lineTo(x - radius, y);
    mark.lineTo(x, y - radius);
    const colour = positive ? positiveColour : negativeColour;
    pen.fillStyle = colour;
    pen.strokeStyle = casingOf(colour);
    pen.lineWidth = (1.5 * pixelRatio) / scale;
    pen.stroke(mark);
    pen.fill(mark);
  }
  pen.restore();
}

/** A cut, or what was joined. @param pixel - a screen pixel, in pixels of the image */
function drawStroke(pen: Pen, { x, y, x2, y2 }: Record<'x' | 'y' | 'x2' | 'y2', number>, pixel: number): void {
  const line = new Path2D();
  line.moveTo(x, y);
  line.lineTo(x2, y2);
  for (const [colour, thickness] of [
    ['#000000', 3.5],
    ['#ffffff', 1.5],
  ] as const) {
    pen.strokeStyle = colour;
    pen.lineWidth = thickness * pixel;
    pen.stroke(line);
  }
}

/** Rings the places of selected nuclei. */
export function drawSelected(
  pen: Pen,
  places: readonly { x: number; y: number }[],
  { scale, offsetX, offsetY }: Placement,
  pixelRatio: number,
): void {
  if (places.length === 0) return;
  const radius = (SELECTED_PX * pixelRatio) / scale;
  const rings = new Path2D();
  for (const { x, y } of places) {
    rings.moveTo(x + radius, y);
    rings.arc(x, y, radius, 0, 2 * Math.PI);
  }
  pen.save();
  pen.setTransform(scale, 0, 0, scale, offsetX, offsetY);
  for (const [colour, thickness] of [
    ['#000000', 4.5],
    ['#ffffff', 2],
  ] as const) {
    pen.strokeStyle = colour;
    pen.lineWidth = (thickness * pixelRatio) / scale;
    pen.stroke(rings);
  }
  pen.restore();
}

type Sight = { x0: number; y0: number; x1: number; y1: number };

const isInSight = (bbox: Int32Array, k: number, { x0, y0, x1, y1 }: Sight): boolean =>
  (bbox[4 * k] ?? 0) <= x1 &&
  (bbox[4 * k + 2] ?? 0) >= x0 &&
  (bbox[4 * k + 1] ?? 0) <= y1 &&
  (bbox[4 * k + 3] ?? 0) >= y0;

/** Adds one contour through the centres of its pixels. Points closer than `step` to the last one are left out. */
function addContour(
  pen: Pick<Path2D, 'moveTo' | 'lineTo'>,
  { contourOffsets, contourPoints: points }: OutlinedNuclei,
  k: number,
  step: number,
): void {
  const [from = 0, to = 0] = contourOffsets.subarray(k, k + 2);
  const [firstX = 0, firstY = 0] = points.subarray(from, from + 2);
  let [x, y] = [firstX, firstY];
  pen.moveTo(x + 0.5, y + 0.5);
  for (let i = from + 2; i < to; i += 2) {
    const [nextX, nextY] = [points[i] ?? x, points[i + 1] ?? y];
    if (Math.abs(nextX - x) + Math.abs(nextY - y) < step) continue;
    [x, y] = [nextX, nextY];
    pen.lineTo(x + 0.5, y + 0.5);
  }
  // Without closePath, whose time in Chromium grows with the whole path: 200 ms for 6,000 nuclei.
  pen.lineTo(firstX + 0.5, firstY + 0.5);
}

/** Marks the probed nucleus. */
export function drawProbed(
  pen: Pen,
  found: OutlinedNuclei,
  k: number,
  { scale, offsetX, offsetY }: Placement,
  pixelRatio: number,
): void {
  if (k >= found.count) return;
  const outline = new Path2D();
  addContour(outline, found, k, 0);
  pen.save();
  pen.setTransform(scale, 0, 0, scale, offsetX, offsetY);
  pen.setLineDash([]);
  pen.lineJoin = 'round';
  for (const [colour, thickness] of [
    ['#000000', 5],
    ['#ffffff', 2.5],
  ] as const) {
    pen.strokeStyle = colour;
    pen.lineWidth = (thickness * pixelRatio) / scale;
    pen.stroke(outline);
  }
  pen.restore();
}
