import 'server-only';
import type { Annotation, Annotations } from '@/lib/contracts/annotation';
import type { ScoringScope } from '@/lib/contracts/slide-scoring';
import { AppError } from '@/lib/errors';
import { cellsIn, cellsOfPolygons } from '@/lib/scoring/slide/slide-cells';
import { keysOf } from '@/lib/server/slides/record';
import { getStorage } from '@/lib/server/storage';
import { listFound } from './found-cells';
import type { SlidePlan } from './slide-plan';

/**
 * The cells that a scope touches, in rising order.
 *
 * @throws AppError `invalid_option` where there is nothing to score: no such annotation, or all of it beside the slide
 */
export async function cellsOfScope(
  scope: ScoringScope,
  plan: SlidePlan,
  folderId: string,
  { annotations }: Annotations,
): Promise<number[]> {
  switch (scope.kind) {
    case 'rectangle':
      return some(cellsIn(plan, scope), 'The rectangle lies beside the slide.');
    case 'annotations':
      return touched(plan, annotationsOf(scope.ids, annotations));
    case 'tumour': {
      const tumour = annotations.filter((annotation) => annotation.class === 'tumour');
      if (tumour.length === 0) throw nothing('There is no tumour region on this slide. Draw one first.');
      return touched(plan, tumour);
    }
    case 'slide': {
      const tissue = annotations.filter((annotation) => annotation.class === 'tissue');
      return tissue.length > 0 ? touched(plan, tissue) : allCells(plan);
    }
    case 'scored':
      return some(await scoredBefore(plan, folderId), 'Nothing of this slide has been scored yet.');
  }
}

const nothing = (detail: string) => new AppError('invalid_option', detail, { fields: [{ pointer: '/scope', detail }] });

function some(cells: number[], otherwise: string): number[] {
  if (cells.length === 0) throw nothing(otherwise);
  return cells;
}

const allCells = ({ cells }: SlidePlan) => Array.from({ length: cells.columns * cells.rows }, (_, index) => index);

function annotationsOf(ids: readonly string[], all: readonly Annotation[]): Annotation[] {
  const wanted = new Set(ids);
  const found = all.filter(({ id }) => wanted.has(id));
  if (found.length === wanted.size) return found;
  throw nothing(`${wanted.size - found.length} of the ${wanted.size} annotations are not on this slide (any more).`);
}

const touched = (plan: SlidePlan, annotations: readonly Annotation[]) =>
  some(
    cellsOfPolygons(
      plan,
      annotations.flatMap(({ polygons }) => polygons),
    ),
    'The regions lie beside the slide.',
  );

/** All cells that were scored with this model and pixel size, whatever the segmentation threshold. */
async function scoredBefore(plan: SlidePlan, folderId: string): Promise<number[]> {
  const { allNuclei } = keysOf(folderId);
  const folders = new Set<string>();
  for await (const { key } of getStorage().list(allNuclei)) {
    const name = key.slice(allNuclei.length).split('/')[0];
    if (name?.startsWith(`${plan.mapKey}-`)) folders.add(`${allNuclei}${name}/`);
  }
  const cells = new Set<number>();
  for (const folder of folders) for (const { index } of (await listFound(folder, plan)).found) cells.add(index);
  return [...cells].sort((a, b) => a - b);
}
