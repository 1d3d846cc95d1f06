import { colourOfClass } from '@/app/_teach/class-colours';
import type { TeachingFields } from '@/lib/contracts/classifier';
import { findUnsure, SURE } from '@/lib/scoring/classify/propose-nucleus';
import type { LiveScore } from '../_preview/live-protocol';
import type { Placement } from './draw-outlines';

type Pen = Pick<
  CanvasRenderingContext2D,
  'save' | 'restore' | 'setTransform' | 'fillRect' | 'strokeRect' | 'fill' | 'stroke' | 'setLineDash'
> & { fillStyle: unknown; strokeStyle: unknown; lineWidth: number };

/** In screen pixels. */
const MARK_PX = 6;
const CLICK_PX = 5;
const PROPOSED_PX = 16;

/**
 * While somebody teaches: a square in the colour of its kind on each nucleus in sight, hollow where the kind is unsure; a dot
 * on each that was stated; and a ring round the one to state next.
 */
export function drawTeaching(
  pen: Pen,
  { found, gated, kinds }: LiveScore,
  { teaching: { clicks } }: { teaching: TeachingFields },
  { scale, offsetX, offsetY, width, height }: Placement,
  pixelRatio: number,
): void {
  const side = MARK_PX * pixelRatio;
  pen.save();
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.setLineDash([]);
  for (let k = 0; k < found.count; k++) {
    if (gated.kept[k] !== 1) continue;
    const [x, y] = placeOf(found, k);
    if (x < -side || y < -side || x > width + side || y > height + side) continue;
    const colour = colourOfClass(kinds, k);
    const isSure = (kinds.likelihood[k] ?? 0) >= SURE;
    pen.lineWidth = pixelRatio;
    pen.strokeStyle = isSure ? '#000000' : colour;
    pen.fillStyle = isSure ? colour : '#000000';
    pen.fillRect(x - side / 2, y - side / 2, side, side);
    pen.strokeRect(x - side / 2, y - side / 2, side, side);
  }
  for (const click of clicks) {
    const dot = new Path2D();
    dot.arc(click.x * scale + offsetX, click.y * scale + offsetY, CLICK_PX * pixelRatio, 0, 2 * Math.PI);
    pen.lineWidth = 2 * pixelRatio;
    pen.strokeStyle = '#ffffff';
    pen.fillStyle = '#000000';
    pen.fill(dot);
    pen.stroke(dot);
  }
  const { least } = findUnsure(kinds.likelihood, gated.counted);
  if (least >= 0) {
    const [x, y] = placeOf(found, least);
    for (const [colour, thickness] of [
      ['#000000', 5],
      ['#ffffff', 2.5],
    ] as const) {
      const ring = new Path2D();
      ring.arc(x, y, PROPOSED_PX * pixelRatio, 0, 2 * Math.PI);
      pen.strokeStyle = colour;
      pen.lineWidth = thickness * pixelRatio;
      pen.stroke(ring);
    }
  }
  pen.restore();

  function placeOf({ centroidX, centroidY }: LiveScore['found'], k: number): [x: number, y: number] {
    return [((centroidX[k] ?? 0) + 0.5) * scale + offsetX, ((centroidY[k] ?? 0) + 0.5) * scale + offsetY];
  }
}
