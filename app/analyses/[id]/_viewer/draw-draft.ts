import type { Placement } from './draw-outlines';

/** Draws a line that is being drawn, around nuclei or through one: light with a dark rim, visible on any stain. */
export function drawDraft(
  context: CanvasRenderingContext2D,
  points: readonly (readonly [number, number])[],
  { scale, offsetX, offsetY }: Placement,
  pixelRatio: number,
): void {
  context.save();
  context.lineJoin = 'round';
  context.setLineDash([]);
  context.beginPath();
  for (const [i, [x, y]] of points.entries()) {
    const [left, top] = [x * scale + offsetX, y * scale + offsetY];
    if (i === 0) context.moveTo(left, top);
    else context.lineTo(left, top);
  }
  for (const [colour, width] of [
    ['#101216', 5],
    ['#ffffff', 2],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = width * pixelRatio;
    context.stroke();
  }
  context.restore();
}
