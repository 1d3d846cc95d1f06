import type { OutlinedNuclei } from '@/lib/scoring/find/outlined-nuclei';
import type { Outlines } from '../_pictures/view-settings';
import type { GatedColumns } from '../_preview/live-protocol';

/** Where the image lies on a canvas: canvas pixel = `scale` x image pixel + offset. */
export type Placement = { scale: number; offsetX: number; offsetY: number; width: number; height: number };

export type DrawnNuclei = {
  found: OutlinedNuclei;
  gated: Pick<GatedColumns, 'kept' | 'positive'> & { counted?: Uint8Array };
};

type Pen = Pick<
  CanvasRenderingContext2D,
  'save' | 'restore' | 'setTransform' | 'beginPath' | 'moveTo' | 'lineTo' | 'stroke' | 'setLineDash'
> & { lineWidth: number; strokeStyle: unknown; lineJoin: unknown; globalAlpha: number };

/** A contour's points may be left out while the line stays within about a pixel of the screen. */
const FINEST_STEP_PX = 1.5;
/** From this many screen pixels an image pixel on, lines are as thick as asked for; below, thinner, or they would hide the nuclei. */
const FULL_THICKNESS_SCALE = 0.8;
const THINNEST_SHARE = 0.35;
/** What lies outside the regions is drawn, but steps back. */
const ALPHA_NOT_COUNTED = 0.35;

/**
 * Draws the outlines of the kept nuclei that are in sight, at the screen's resolution.
 *
 * Positive ones are solid and thick, negative ones dashed and thin, so that colour is not the only sign. One path a
 * style: a stroke a nucleus would take ten times as long.
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
      // Dashes shorter than a nucleus's side would be noise.
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

/** Adds one contour through its pixels' centres; points closer than `step` to the one before are left out. */
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
  // Not by closePath: Chromium takes longer for it the longer the whole path is, 200 ms for 6,000 nuclei.
  pen.lineTo(firstX + 0.5, firstY + 0.5);
}

/** Marks one nucleus: the probed one. */
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
