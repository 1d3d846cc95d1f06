import { type Placement, project, sightOf } from '@/app/_viewer/placement';
import { type Box, boundsOf, type Point, type Polygons } from '@/lib/annotations/points';
import { boxOf, shapeIn } from '@/lib/annotations/shapes';
import { type Annotation, coreAddress } from '@/lib/contracts/annotation';
import type { ClassLook } from './class-looks';
import type { Draft } from './editing/draft';
import { type Corner, handlesOf, isSameCorner } from './editing/handles';

export type Scene = {
  annotations: readonly Annotation[];
  selected: readonly string[];
  /** The one whose corners can be dragged. */
  edited: Annotation | null;
  corner: Corner | null;
  draft: Draft | null;
  /** Radius of the brush in CSS pixels, and where it is; null: none is in hand. */
  brush: { radius: number; at: Point; isErasing: boolean } | null;
  /** The place at which keys draw; null: none is marked. */
  cross: Point | null;
  slide: Box;
  lookOf: (annotation: Annotation) => ClassLook;
};

const RIM = '#101216';
const LIGHT = '#ffffff';
/** Around what is selected: no class has it, and no stain. */
const CHOSEN = '#a79bff';
const HANDLE_PX = 4;
/** More handles than this in sight hide what they belong to. */
const MAX_HANDLES = 600;
const CROSS_PX = 12;
/** What is smaller on the screen has no label. */
const LEAST_LABELLED_PX = 34;

/** Outlines in pixels of the slide. They are made once an annotation; zooming only changes the transform. */
const paths = new WeakMap<Polygons, { path: Path2D; bounds: Box }>();

function pathOf(polygons: Polygons): { path: Path2D; bounds: Box } {
  const known = paths.get(polygons);
  if (known) return known;
  const path = new Path2D();
  for (const polygon of polygons) for (const ring of polygon) addRing(path, ring, true);
  const made = { path, bounds: boundsOf(polygons) };
  paths.set(polygons, made);
  return made;
}

function addRing(path: Path2D, ring: readonly Point[], isClosed: boolean): void {
  for (const [i, [x, y]] of ring.entries()) i === 0 ? path.moveTo(x, y) : path.lineTo(x, y);
  if (isClosed) path.closePath();
}

/**
 * Draws annotations as coloured lines with a dark rim, which are seen on any stain. The class is told by colour, stroke and
 * letter; what is selected has a white rim and a tint.
 */
export function drawAnnotations(context: CanvasRenderingContext2D, scene: Scene, placement: Placement): void {
  const { ratio, zoom } = placement;
  const selected = new Set(scene.selected);
  const sight = sightOf(context.canvas, placement);
  context.save();
  context.setTransform(...placement.matrix);
  context.lineJoin = 'round';
  const shown = scene.annotations.filter(({ is_hidden: isHidden, polygons }) => {
    if (isHidden) return false;
    const { bounds } = pathOf(polygons);
    return bounds.x1 > sight.x0 && bounds.x0 < sight.x1 && bounds.y1 > sight.y0 && bounds.y0 < sight.y1;
  });
  for (const one of shown)
    strokeOutline(context, pathOf(one.polygons).path, scene.lookOf(one), selected.has(one.id), zoom);
  context.restore();
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  for (const annotation of shown) label(context, annotation, scene.lookOf(annotation), placement);
  if (scene.edited) drawHandles(context, scene.edited, scene, { placement, sight });
  if (scene.draft) drawDraft(context, scene.draft, placement, scene.brush?.radius ?? 0);
  if (scene.brush) {
    const [x, y] = project(placement)(scene.brush.at);
    context.beginPath();
    context.arc(x, y, scene.brush.radius * ratio, 0, 2 * Math.PI);
    twoLines(context, ratio, scene.brush.isErasing ? [4, 4] : []);
  }
  if (scene.cross) {
    const [x, y] = project(placement)(scene.cross);
    const arm = CROSS_PX * ratio;
    context.beginPath();
    context.moveTo(x - arm, y);
    context.lineTo(x + arm, y);
    context.moveTo(x, y - arm);
    context.lineTo(x, y + arm);
    twoLines(context, ratio, []);
  }
  context.restore();
}

function strokeOutline(
  context: CanvasRenderingContext2D,
  path: Path2D,
  { colour, dash, width, alpha = 1 }: ClassLook,
  isSelected: boolean,
  zoom: number,
): void {
  if (isSelected) {
    context.globalAlpha = 0.16;
    context.fillStyle = colour;
    context.fill(path, 'evenodd');
  }
  context.globalAlpha = alpha;
  context.setLineDash([]);
  context.strokeStyle = isSelected ? CHOSEN : RIM;
  context.lineWidth = (width + (isSelected ? 7 : 2.5)) / zoom;
  context.stroke(path);
  if (isSelected) {
    context.strokeStyle = RIM;
    context.lineWidth = (width + 2) / zoom;
    context.stroke(path);
  }
  context.setLineDash(dash.map((length) => length / zoom));
  context.strokeStyle = colour;
  context.lineWidth = width / zoom;
  context.stroke(path);
  context.globalAlpha = 1;
}

/** The class's letter and the name, or the address of a core, at the upper left corner as the view is turned. */
function label(
  context: CanvasRenderingContext2D,
  annotation: Annotation,
  { letter, colour }: ClassLook,
  placement: Placement,
): void {
  const { bounds } = pathOf(annotation.polygons);
  const { ratio, zoom } = placement;
  if (Math.max(bounds.x1 - bounds.x0, bounds.y1 - bounds.y0) * zoom < LEAST_LABELLED_PX) return;
  const corners = [
    [bounds.x0, bounds.y0],
    [bounds.x1, bounds.y0],
    [bounds.x0, bounds.y1],
    [bounds.x1, bounds.y1],
  ].map((corner) => project(placement)(corner as unknown as Point));
  const x = Math.min(...corners.map(([left]) => left));
  const height = 16 * ratio;
  const edge = Math.min(...corners.map(([, top]) => top));
  // Below its edge, where that is so high on the stage that nothing fits above.
  const y = Math.abs(edge) < height ? Math.max(0, edge) + height : edge;
  context.font = `600 ${11 * ratio}px "Instrument Sans Variable", sans-serif`;
  context.textBaseline = 'middle';
  const called = annotation.name || (annotation.core ? coreAddress(annotation.core) : '');
  const text = [letter, called].filter(Boolean).join('  ');
  if (text === '') return;
  const width = context.measureText(text).width + 10 * ratio;
  context.fillStyle = RIM;
  context.fillRect(x, y - height, width, height);
  context.fillStyle = colour;
  context.fillRect(x, y - height, 3 * ratio, height);
  context.fillStyle = LIGHT;
  context.fillText(text, x + 6 * ratio, y - height / 2);
}

function drawHandles(
  context: CanvasRenderingContext2D,
  annotation: Annotation,
  { corner, lookOf }: Pick<Scene, 'corner' | 'lookOf'>,
  { placement, sight }: { placement: Placement; sight: Box },
): void {
  const handles = handlesOf(annotation).filter(
    ({ at: [x, y] }) => x >= sight.x0 && x <= sight.x1 && y >= sight.y0 && y <= sight.y1,
  );
  if (handles.length > MAX_HANDLES) return;
  const half = HANDLE_PX * placement.ratio;
  context.lineWidth = 1.5 * placement.ratio;
  context.setLineDash([]);
  context.strokeStyle = RIM;
  for (const { at, grab } of handles) {
    const [x, y] = project(placement)(at);
    const isHeld = grab.kind === 'corner' && corner !== null && isSameCorner(grab.corner, corner);
    const side = isHeld ? 1.7 * half : half;
    context.fillStyle = isHeld ? lookOf(annotation).colour : LIGHT;
    context.beginPath();
    context.rect(x - side, y - side, 2 * side, 2 * side);
    context.fill();
    context.stroke();
  }
}

function drawDraft(context: CanvasRenderingContext2D, draft: Draft, placement: Placement, radius: number): void {
  const { ratio } = placement;
  const { tool, points } = draft;
  const last = points.at(-1) ?? points[0];
  const line =
    (tool === 'rectangle' || tool === 'ellipse' ? shapeIn(tool, boxOf(points[0], last))[0]?.[0] : points) ?? [];
  context.beginPath();
  for (const [i, point] of line.entries()) {
    const [x, y] = project(placement)(point);
    if (i === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  }
  if (tool === 'brush' || tool === 'erase') {
    context.lineCap = 'round';
    context.lineJoin = 'round';
    if (points.length === 1) context.lineTo(...project(placement)(points[0]));
    context.globalAlpha = 0.35;
    context.strokeStyle = tool === 'brush' ? LIGHT : RIM;
    context.lineWidth = 2 * radius * ratio;
    context.stroke();
    context.globalAlpha = 1;
    return;
  }
  if (tool !== 'polygon') context.closePath();
  twoLines(context, ratio, [6, 4]);
  if (tool !== 'polygon') return;
  context.fillStyle = LIGHT;
  for (const point of points) {
    const [x, y] = project(placement)(point);
    context.fillRect(x - 3 * ratio, y - 3 * ratio, 6 * ratio, 6 * ratio);
  }
}

/** A light line with a dark rim along the current path. */
function twoLines(context: CanvasRenderingContext2D, ratio: number, dash: readonly number[]): void {
  context.setLineDash([]);
  context.strokeStyle = RIM;
  context.lineWidth = 3.5 * ratio;
  context.stroke();
  context.setLineDash(dash.map((length) => length * ratio));
  context.strokeStyle = LIGHT;
  context.lineWidth = 1.5 * ratio;
  context.stroke();
}
