type Point = [x: number, y: number];
/** A freehand line around something, in pixels of the picture. */
export type FreehandLine = readonly [first: Point, ...others: Point[]];

/** A freehand line gets a new point when the pointer has moved this far on the screen. */
const STEP_PX = 3;

/** The line after the pointer was dragged to a place. */
export function extendLine(line: FreehandLine, [x, y]: Point, pxPerScreenPx: number): FreehandLine {
  const last = line.at(-1) ?? line[0];
  return Math.hypot(x - last[0], y - last[1]) >= STEP_PX * pxPerScreenPx ? [...line, [x, y]] : line;
}

/** The closed ring of a line, cut to the picture; null while it encloses no area. */
export function closeLine(line: FreehandLine, size: { width: number; height: number }): Point[] | null {
  const inside = line.map(([x, y]): Point => [clamp(x, size.width), clamp(y, size.height)]);
  const corners = inside.filter(([x, y], i) => x !== inside[i - 1]?.[0] || y !== inside[i - 1]?.[1]);
  const [first] = corners;
  return !first || corners.length < 3 ? null : [...corners, first];
}

/** To a tenth of a pixel, within the picture. */
export const clamp = (value: number, end: number): number => Math.round(10 * Math.min(end, Math.max(0, value))) / 10;

/**
 * Draws a line that is being drawn, around nuclei or through one: light with a dark rim, visible on any stain.
 *
 * @param points - in pixels of the canvas; `ratio`: canvas pixels to a CSS pixel
 */
export function drawLine(
  context: CanvasRenderingContext2D,
  points: readonly (readonly [number, number])[],
  ratio: number,
): void {
  context.save();
  context.lineJoin = 'round';
  context.setLineDash([]);
  context.beginPath();
  for (const [i, [left, top]] of points.entries()) {
    if (i === 0) context.moveTo(left, top);
    else context.lineTo(left, top);
  }
  for (const [colour, width] of [
    ['#101216', 5],
    ['#ffffff', 2],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = width * ratio;
    context.stroke();
  }
  context.restore();
}
