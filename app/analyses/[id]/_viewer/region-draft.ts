import { clamp, closeLine, extendLine, type FreehandLine } from '@/app/_viewer/freehand';
import type { Tool } from '../_pictures/view-settings';
import { rectangleRing } from '../_preview/rectangle-ring';
import type { ImagePoint } from './pane';

type Point = [x: number, y: number];
export type Draft = {
  shape: 'teachAround' | 'select' | 'split' | 'join';
  points: FreehandLine;
};

/** Of what is drawn over nuclei. Regions have an editor of their own. */
export const isDrawingTool = (tool: Tool): tool is Draft['shape'] =>
  isRectangle(tool) || isLine(tool) || tool === 'teachAround';

/** A straight line from one point to another. */
export const isLine = (tool: Tool): tool is 'split' | 'join' => tool === 'split' || tool === 'join';

/** What two opposite corners say. */
export const isRectangle = (tool: Tool): tool is 'select' => tool === 'select';

export const beginDraft = (shape: Draft['shape'], { x, y }: ImagePoint): Draft => ({ shape, points: [[x, y]] });

/** The draft after the pointer was dragged to a place. */
export function dragDraft(draft: Draft, { x, y }: ImagePoint, imagePxPerScreenPx: number): Draft {
  const [first] = draft.points;
  if (isRectangle(draft.shape) || isLine(draft.shape)) return { ...draft, points: [first, [x, y]] };
  const points = extendLine(draft.points, [x, y], imagePxPerScreenPx);
  return points === draft.points ? draft : { ...draft, points };
}

/** The ends of a line that was drawn; null for a mere press. */
export function lineOf({ points }: Draft): { x: number; y: number; x2: number; y2: number } | null {
  const [[x, y], end] = points;
  return end && Math.hypot(end[0] - x, end[1] - y) >= 1 ? { x, y, x2: end[0], y2: end[1] } : null;
}

/** The closed ring of a draft, cut to the image; null while it encloses no area. */
export function closeDraft({ shape, points }: Draft, size: { width: number; height: number }): Point[] | null {
  if (!isRectangle(shape)) return closeLine(points, size);
  const [one, other] = points.map(([x, y]): Point => [clamp(x, size.width), clamp(y, size.height)]);
  if (!one || !other) return null;
  const [[ax, ay], [bx, by]] = [one, other];
  const [x0, x1, y0, y1] = [Math.min(ax, bx), Math.max(ax, bx), Math.min(ay, by), Math.max(ay, by)];
  return x1 - x0 < 1 || y1 - y0 < 1 ? null : rectangleRing({ x0, y0, x1, y1 });
}
