import 'server-only';
import { type Annotation, annotationTitle } from '@/lib/contracts/annotation';
import type { SlideScores } from '@/lib/contracts/slide-scores';
import type { SlideList } from '@/lib/exchange/slide-lists';
import { isMembranous } from '@/lib/scoring/classify/kinds';
import { startEngine } from '@/lib/server/inference/engine';
import type { CurrentPlan } from '@/lib/server/slides/scoring/current-plan';
import { readFound } from '@/lib/server/slides/scoring/found-cells';
import {
  countingSettings,
  readScoredSlide,
  type ScoredSlide,
  scoresOf,
} from '@/lib/server/slides/scoring/slide-scores';
import { assertThere } from '@/lib/server/slides/stored-slide';
import { listCells } from '@/workers/protocol';

/** A slide at one moment; its nuclei and numbers once somebody asks for them, made once. */
export type SlideMaterial = {
  /** Of the view link. */
  readonly folderId: string;
  readonly createdAt: string;
  readonly current: CurrentPlan;
  readonly annotations: readonly Annotation[];
  /** Made in a thread of the pool. @throws AppError `slide_not_found` where it is deleted meanwhile, `queue_full` */
  readonly list: () => Promise<SlideList>;
  /** @throws AppError the same */
  readonly scores: () => Promise<SlideScores>;
};

/**
 * @param hasFeatures - whether lists of nuclei have the features of each.
 * @throws AppError `slide_not_found`, `wrong_state`, `model_not_found`
 */
export async function openMaterial(id: string, hasFeatures = false): Promise<SlideMaterial> {
  const slide = await readScoredSlide(id);
  const { folderId, createdAt, current } = slide;
  return {
    ...{ folderId, createdAt, current, annotations: slide.annotations.annotations },
    list: once(() => makeList(slide, hasFeatures)),
    scores: once(() => scoresOf(slide)),
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make();
    return made;
  };
}

async function makeList(
  { folderId, current, annotations, cells }: ScoredSlide,
  hasFeatures: boolean,
): Promise<SlideList> {
  const { plan } = current;
  // Of a deleted slide there may be no cell whose file is missed.
  await assertThere(folderId);
  const { pool } = await startEngine();
  return pool.run(listCells, {
    cells: await readFound(cells.found, isMembranous(current.settings.marker)),
    facts: { ...plan.slide, micronsPerPixel: plan.micronsPerPixel },
    settings: countingSettings(current),
    hasFeatures,
    regions: annotations.annotations
      .filter((annotation) => annotation.class !== 'tissue')
      .map((annotation) => ({ name: annotationTitle(annotation) || annotation.class, polygons: annotation.polygons })),
  });
}
