import { areaOf, type Box, distance, type Point, type Polygons, roundTo, simplify } from '@/lib/annotations/points';
import { boxOf, shapeIn } from '@/lib/annotations/shapes';
import type { AnnotationShape } from '@/lib/contracts/annotation';
import { clipping } from './clipping';

export const DRAWING_TOOLS = ['rectangle', 'ellipse', 'polygon', 'freehand', 'brush', 'erase'] as const;
export type DrawingTool = (typeof DRAWING_TOOLS)[number];
export type Tool = 'select' | DrawingTool;

/** What is being drawn: corners, or the line of the pointer. */
export type Draft = { readonly tool: DrawingTool; readonly points: readonly [first: Point, ...others: Point[]] };

/** How the view shows the slide while something is drawn. */
export type DraftView = {
  /** Pixels of the slide to a CSS pixel. */
  readonly pixel: number;
  /** Radius of the brush, in CSS pixels. */
  readonly radius: number;
  readonly slide: Box;
};

/** A line gets a new point when the pointer has moved this far on the screen. */
const STEP_PX = 2;
/** How far the stored line may be from the drawn one, on the screen. */
const TOLERANCE_PX = 0.5;
/** What is smaller on the screen was a click. */
const LEAST_PX = 3;

export const isDragged = (tool: Tool): boolean => tool !== 'select' && tool !== 'polygon';
const isLine = (tool: Tool): boolean => tool === 'freehand' || tool === 'brush' || tool === 'erase';

export const beginDraft = (tool: DrawingTool, [x, y]: Point): Draft => ({
  tool,
  points: [[roundTo(x), roundTo(y)]],
});

/** The draft after the pointer went to a place. Of a polygon the last corner follows it only once it is set. */
export function dragDraft(draft: Draft, [x, y]: Point, { pixel }: Pick<DraftView, 'pixel'>): Draft {
  const [first] = draft.points;
  const at: Point = [roundTo(x), roundTo(y)];
  if (draft.tool === 'polygon') return draft;
  if (!isLine(draft.tool)) return { ...draft, points: [first, at] };
  const last = draft.points.at(-1) ?? first;
  return distance(last, at) < STEP_PX * pixel ? draft : { ...draft, points: [...draft.points, at] };
}

export const addCorner = (draft: Draft, [x, y]: Point): Draft => ({
  ...draft,
  points: [...draft.points, [roundTo(x), roundTo(y)]],
});

/** The draft without its last corner; null when none is left. */
export function dropCorner(draft: Draft): Draft | null {
  const [first, ...others] = draft.points.slice(0, -1);
  return first ? { ...draft, points: [first, ...others] } : null;
}

/**
 * What a draft encloses, or its brush paints, within the slide; null while that is nothing or too small to be meant.
 *
 * A line that crosses itself encloses every lobe. The brush paints a disc where it is only pressed.
 */
export function closeDraft(draft: Draft, view: DraftView): { shape: AnnotationShape; polygons: Polygons } | null {
  const { pixel, radius, slide } = view;
  const { tool, points } = draft;
  const last = points.at(-1) ?? points[0];
  if (tool === 'rectangle' || tool === 'ellipse') {
    const [from, to] = [points[0], last].map((at) => within(at, slide)) as [Point, Point];
    const box = boxOf(from, to);
    if (Math.min(box.x1 - box.x0, box.y1 - box.y0) < Math.max(1, LEAST_PX * pixel)) return null;
    return { shape: tool, polygons: shapeIn(tool, box) };
  }
  const tolerance = TOLERANCE_PX * pixel;
  if (tool === 'brush' || tool === 'erase') {
    const painted = clipping().strokeAlong(simplify(points, tolerance), radius * pixel, tolerance / 2);
    return { shape: 'polygon', polygons: clipping().simplified(painted, tolerance / 2) };
  }
  const line = tool === 'freehand' ? simplify(points, tolerance) : points;
  const polygons = clipping().clipTo(clipping().enclosedBy(line), slide);
  const least = (LEAST_PX * pixel) ** 2;
  return areaOf(polygons) < Math.max(1, least) ? null : { shape: 'polygon', polygons };
}

const within = ([x, y]: Point, { x0, y0, x1, y1 }: Box): Point => [
  Math.min(x1, Math.max(x0, x)),
  Math.min(y1, Math.max(y0, y)),
];
