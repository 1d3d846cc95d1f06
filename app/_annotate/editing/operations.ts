import { createAnnotation, createId } from '@/lib/annotations/create-annotation';
import { areaOf, type Box, boundsOf, moved, type Polygons } from '@/lib/annotations/points';
import { type Annotation, type AnnotationClass, MAX_ANNOTATION_NAME } from '@/lib/contracts/annotation';
import { clipping } from './clipping';

/** What the reducer's `edit` does. */
export type Edit = { put: Annotation[]; remove: string[]; select: string[] };

const reshaped = (annotation: Annotation, polygons: Polygons): Annotation => ({
  ...annotation,
  polygons,
  shape: 'polygon',
});

const unlocked = (annotations: readonly Annotation[]): Annotation[] => annotations.filter((one) => !one.is_locked);

/** One annotation of all, with the class and name of the first. Locked ones are left alone. */
export function merge(annotations: readonly Annotation[]): Edit | null {
  const [first, ...others] = unlocked(annotations);
  if (!first || others.length === 0) return null;
  const polygons = others.reduce<Polygons>((sum, { polygons: more }) => clipping().union(sum, more), first.polygons);
  return { put: [reshaped(first, polygons)], remove: others.map(({ id }) => id), select: [first.id] };
}

/** Where nuclei count: in any of `include`, and in none of `exclude`. */
export type Counted = { readonly include: Polygons; readonly exclude: Polygons };

/** The part of a field that counts. So a hot spot that is kept has the numbers with which it was found. */
export function countedPart(field: Annotation, { include, exclude }: Counted): Annotation {
  const inside = clipping().intersection(field.polygons, include);
  const polygons = exclude.length > 0 ? clipping().difference(inside, exclude) : inside;
  const isWhole = areaOf(polygons) >= areaOf(field.polygons);
  return isWhole || polygons.length === 0 ? field : reshaped(field, polygons);
}

/** An annotation for each part that lies apart. The largest keeps its id. */
export function split(annotation: Annotation): Edit | null {
  if (annotation.is_locked || annotation.polygons.length < 2) return null;
  const parts = annotation.polygons.map((polygon, i) => {
    const name = annotation.name && `${annotation.name.slice(0, MAX_ANNOTATION_NAME - 5)} ${i + 1}`;
    return { ...reshaped(annotation, [polygon]), name, ...(i > 0 && { id: createId() }) };
  });
  return { put: parts, remove: [], select: parts.map(({ id }) => id) };
}

/** Copies beside the annotations, within the slide. */
export function duplicate(annotations: readonly Annotation[], offset: number, slide: Box): Edit {
  const put = annotations.map((annotation) => ({
    ...annotation,
    ...{ id: createId(), is_locked: false, core: null, origin: 'drawn' as const },
    polygons: shiftWithin(annotation.polygons, offset, offset, slide),
  }));
  return { put, remove: [], select: put.map(({ id }) => id) };
}

/** Moves annotations together, no farther than to the edge of the slide. */
export function move(annotations: readonly Annotation[], dx: number, dy: number, slide: Box): Edit {
  const movable = unlocked(annotations);
  const [x, y] = stepWithin(boundsOf(movable.flatMap(({ polygons }) => polygons)), dx, dy, slide);
  const put = movable.map((annotation) => ({ ...annotation, polygons: moved(annotation.polygons, x, y) }));
  return { put, remove: [], select: annotations.map(({ id }) => id) };
}

function shiftWithin(polygons: Polygons, dx: number, dy: number, slide: Box): Polygons {
  const [x, y] = stepWithin(boundsOf(polygons), dx, dy, slide);
  return moved(polygons, x, y);
}

/** How far a box can go; one that is outside already is not pulled back. */
function stepWithin({ x0, y0, x1, y1 }: Box, dx: number, dy: number, slide: Box): [dx: number, dy: number] {
  const clamp = (step: number, least: number, most: number) =>
    Math.min(Math.max(0, most), Math.max(Math.min(0, least), step));
  return [clamp(dx, slide.x0 - x0, slide.x1 - x1), clamp(dy, slide.y0 - y0, slide.y1 - y1)];
}

/**
 * Adds an area to the annotations' first one that can be changed, or draws a new one where there is none.
 *
 * @returns null where the area lies outside the slide
 */
export function paint(
  annotations: readonly Annotation[],
  area: Polygons,
  { class: chosen, slide }: { class: AnnotationClass; slide: Box },
): Edit | null {
  const inside = clipping().clipTo(area, slide);
  if (inside.length === 0) return null;
  const [target] = unlocked(annotations);
  const put = target
    ? reshaped(target, clipping().union(target.polygons, inside))
    : createAnnotation({ class: chosen, polygons: inside });
  return { put: [put], remove: [], select: [put.id] };
}

/** Takes an area out of annotations. One of which nothing is left is removed. Locked ones are left alone. */
export function erase(annotations: readonly Annotation[], area: Polygons): Edit {
  const edit: Edit = { put: [], remove: [], select: annotations.map(({ id }) => id) };
  for (const annotation of unlocked(annotations)) {
    const left = clipping().difference(annotation.polygons, area);
    if (left.length === 0) edit.remove.push(annotation.id);
    else edit.put.push(reshaped(annotation, left));
  }
  return edit;
}
