import type { OutlinedNuclei } from '@/lib/scoring/find/outlined-nuclei';
import type { Outlines } from '../_pictures/view-settings';
import type { GatedColumns } from '../_preview/live-protocol';

/** The place of the image on a canvas: canvas pixel = `scale` x image pixel + offset. */
export type Placement = { scale: number; offsetX: number; offsetY: number; width: number; height: number };

export type DrawnNuclei = {
  found: OutlinedNuclei;
  gated: Pick<GatedColumns, 'kept' | 'positive'> & { counted?: Uint8Array };
};

type Pen = Pick<
  CanvasRenderingContext2D,
  'save' | 'restore' | 'setTransform' | 'beginPath' | 'moveTo' | 'lineTo' | 'stroke' | 'setLineDash'
> & { lineWidth: number; strokeStyle: unknown; lineJoin: unknown; globalAlpha: number };

/** Points closer than this on the screen are left out of a contour. */
const FINEST_STEP_PX = 1.5;
/** With fewer screen pixels per image pixel, lines are thinner than asked for, or they would hide the nuclei. */
const FULL_THICKNESS_SCALE = 0.8;
const THINNEST_SHARE = 0.35;
/** Opacity of nuclei outside the regions. */
const ALPHA_NOT_COUNTED = 0.35;

/**
 * Draws the outlines of the kept nuclei that are in sight, at the resolution of the screen.
 *
 * Positive nuclei have solid thick lines and negative ones dashed thin lines, so that colour is not the only difference.
 * All nuclei of a style are one path: a stroke for each nucleus takes ten times as long.
 */
export function drawOutlines(
  pen: Pen,
  { found, gated }: DrawnNuclei,
  { scale, offsetX, offsetY, width, height }: Placement,
  { thickness, positiveColour, negativeColour }: Outlines,
  pixelRatio: number,
): void {
  const sight = {
    x0: -offsetX / scale,
    y0: -offsetY / scale,
    x1: (width - offsetX) / scale,
    y1: (height - offsetY) / scale,
  };
  const perImagePx = pixelRatio / scale;
  const share = Math.min(1, Math.max(THINNEST_SHARE, scale / pixelRatio / FULL_THICKNESS_SCALE));
  const dash = thickness * 2 * perImagePx;
  pen.save();
  pen.setTransform(scale, 0, 0, scale, offsetX, offsetY);
  pen.lineJoin = 'round';
  for (const isCounted of [false, true])
    for (const isPositive of [false, true]) {
      pen.globalAlpha = isCounted ? 1 : ALPHA_NOT_COUNTED;
      pen.strokeStyle = isPositive ? positiveColour : negativeColour;
      pen.lineWidth = Math.max(0.8, (isPositive ? thickness : thickness * 0.6) * share) * perImagePx;
      // Where nuclei are small on the screen, dashes would look like noise.
      pen.setLineDash(!isPositive && scale / pixelRatio > 0.6 ? [dash, dash * 0.6] : []);
      pen.beginPath();
      let isEmpty = true;
      for (let k = 0; k < found.count; k++) {
        if (gated.kept[k] !== 1 || (gated.positive[k] === 1) !== isPositive) continue;
        if (((gated.counted?.[k] ?? 1) === 1) !== isCounted || !isInSight(found.bbox, k, sight)) continue;
        addContour(pen, found, k, FINEST_STEP_PX * perImagePx);
        isEmpty = false;
      }
      if (!isEmpty) pen.stroke();
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
  pen: Pick<Pen, 'moveTo' | 'lineTo'>,
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
    pen.beginPath();
    addContour(pen, found, k, 0);
    pen.stroke();
  }
  pen.restore();
}
