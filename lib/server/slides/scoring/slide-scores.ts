import 'server-only';
import type { Annotation, Annotations } from '@/lib/contracts/annotation';
import { unmeasuredSentence } from '@/lib/contracts/membrane-lead';
import { gradingOf } from '@/lib/contracts/score-choice';
import type { RegionNumbers, SlideScores } from '@/lib/contracts/slide-scores';
import { readKindSettings } from '@/lib/contracts/slide-settings';
import { readThresholds, writeUsedThresholds } from '@/lib/contracts/thresholds';
import { madeBy, stateMembranes } from '@/lib/exchange/score-summary';
import { isMembranous } from '@/lib/scoring/classify/kinds';
import type { Polygon } from '@/lib/scoring/gate/roi';
import type { LabelingIndex } from '@/lib/scoring/scores/labeling-index';
import type { HotSpots } from '@/lib/scoring/slide/hot-spots';
import { NEUROENDOCRINE_SCALE } from '@/lib/scoring/slide/protocols';
import type { SlideReport } from '@/lib/scoring/slide/report-slide';
import { areCellsThere } from '@/lib/scoring/slide/slide-cells';
import type { ZoneNumbers } from '@/lib/scoring/slide/zone-numbers';
import { completeThresholds } from '@/lib/scoring/thresholds';
import { startEngine } from '@/lib/server/inference/engine';
import { unprovenMembranes } from '@/lib/server/inference/score-doubts';
import { newestOf } from '@/lib/server/slides/annotations/stored-annotations';
import { keysOf } from '@/lib/server/slides/record';
import { openSlideRecord } from '@/lib/server/slides/stored-slide';
import type { Warning } from '@/lib/warnings';
import { reportSlide } from '@/workers/protocol';
import { type CurrentPlan, currentPlan } from './current-plan';
import { damageWarnings, latestScoring } from './describe-scoring';
import { type FoundCell, listFound, readDamage, readFound } from './found-cells';
import { isAllGlass, readFacts } from './slide-facts';
import type { SlidePlan } from './slide-plan';

/** What is known of a slide's nuclei at one moment, and all that numbers of them are made by. */
export type ScoredSlide = {
  /** Of the view link. */
  readonly folderId: string;
  readonly createdAt: string;
  readonly current: CurrentPlan;
  readonly annotations: Annotations;
  readonly cells: Awaited<ReturnType<typeof listFound>>;
  readonly isRunning: boolean;
};

/**
 * Reads a slide by its latest settings and annotations, with the cells that are scored by now.
 *
 * @throws AppError `slide_not_found`, `wrong_state`, `model_not_found`
 */
export async function readScoredSlide(id: string): Promise<ScoredSlide> {
  const access = await openSlideRecord(id);
  const { id: folderId, createdAt } = access.record;
  const current = await currentPlan(access);
  const [cells, annotations, scoring] = await Promise.all([
    listFound(keysOf(folderId).nuclei(current.nucleiKey), current.plan),
    newestOf(access),
    latestScoring(folderId),
  ]);
  const isRunning = scoring?.state === 'queued' || scoring?.state === 'running';
  return { folderId, createdAt, current, annotations, cells, isRunning };
}

/** All numbers of a slide now. @throws AppError as `readScoredSlide` */
export const slideScores = async (id: string): Promise<SlideScores> => scoresOf(await readScoredSlide(id));

/** All numbers of a slide at one moment. @throws AppError `slide_not_found` where it is deleted meanwhile, `queue_full` */
export async function scoresOf(slide: ScoredSlide): Promise<SlideScores> {
  const { folderId, current, isRunning } = slide;
  const { found, damaged } = slide.cells;
  const { revision, annotations } = slide.annotations;
  const { plan, settings } = current;
  const keys = keysOf(folderId);
  const report = await makeReport(current, annotations, await readFound(found, isMembranous(settings.marker)));
  const isDone = await doneCells(plan, keys.facts(plan.mapKey), found);
  const by = madeBy(report.taught);
  const regionOf = (numbers: ZoneNumbers, polygons: readonly Polygon[] | null): RegionNumbers => ({
    ...write(numbers, by),
    is_complete: isDone(polygons),
  });
  const of = (name: string) => annotations.filter((one) => one.class === name).flatMap(({ polygons }) => polygons);
  const tissue = of('tissue');
  const regions = annotations.map((annotation, i) => ({
    ...{ id: annotation.id, class: annotation.class, name: annotation.name },
    ...{ core: annotation.core, rating: annotation.rating },
    ...regionOf(report.areas[i] as ZoneNumbers, annotation.polygons),
  }));
  const all = regionOf(report.slide, tissue.length > 0 ? tissue : null);
  const { manifest } = plan.model;
  const { step, hasEnoughNuclei } = report.neuroendocrine;
  return {
    ...{ settings_revision: settings.revision, annotations_revision: revision },
    ...{ model: `${manifest.name}@${manifest.version}`, microns_per_pixel: plan.micronsPerPixel },
    network_microns_per_pixel: manifest.micronsPerPixel,
    is_provisional: isRunning || !all.is_complete || regions.some((region) => !region.is_complete),
    thresholds: writeUsedThresholds({ ...report.gates, probThresh: current.probThresh }),
    intensity: { two_plus: gradingOf(settings).twoPlus, three_plus: gradingOf(settings).threePlus },
    corrections: { ...report.applied },
    slide: all,
    tumour: report.tumour && regionOf(report.tumour, of('tumour')),
    annotations: regions,
    hot_spots: report.hotSpots.map((spots) => writeHotSpots(spots, by)),
    protocols: {
      ikwg: {
        ...{ weighted: report.global.weighted, unweighted: report.global.unweighted },
        areas: report.global.areas.map(({ numbers, ...area }) => ({ ...write(numbers, by), ...area })),
      },
      neuroendocrine: {
        step: step === null ? null : NEUROENDOCRINE_SCALE[step],
        has_enough_nuclei: hasEnoughNuclei,
      },
    },
    warnings: [
      ...damageWarnings((await readDamage(damaged)).length),
      ...membraneWarnings(current, found, all.membrane),
    ],
  };
}

/** What is to be known of its membranes. */
function membraneWarnings(
  { settings: { marker } }: CurrentPlan,
  found: readonly FoundCell[],
  measured: RegionNumbers['membrane'],
): Warning[] {
  if (!isMembranous(marker) || found.length === 0) return [];
  const missing = found.filter(({ membranes }) => membranes === null).length;
  if (missing > 0) return [{ code: 'membrane_unmeasured', detail: unmeasuredSentence(missing, found.length) }];
  return measured ? [unprovenMembranes(measured.tumour.num_total)] : [];
}

/** What numbers and lists of a slide are made by, besides its nuclei and annotations. */
export function countingSettings({ plan, settings }: CurrentPlan) {
  const { defaults } = plan.model.manifest;
  const { twoPlus, threePlus } = gradingOf(settings);
  return {
    thresholds: completeThresholds(readThresholds(settings), { ...defaults, sizeThreshUpper: null }),
    intensity: { twoPlus, threePlus },
    corrections: settings.corrections,
    ...readKindSettings(settings),
  };
}

async function makeReport(
  current: CurrentPlan,
  annotations: readonly Annotation[],
  cells: Uint8Array[],
): Promise<SlideReport> {
  const { plan } = current;
  const { pool } = await startEngine();
  return pool.run(reportSlide, {
    cells,
    facts: { ...plan.slide, micronsPerPixel: plan.micronsPerPixel },
    areas: annotations.map(({ polygons, rating, ...annotation }) => ({ class: annotation.class, polygons, rating })),
    settings: countingSettings(current),
  });
}

/** Tells whether all cells that some polygons touch, or all of the slide, were scored or are glass. */
async function doneCells(plan: SlidePlan, factsKey: string, found: readonly FoundCell[]) {
  const facts = await readFacts(factsKey, plan);
  const there = new Set(found.map(({ index }) => index));
  const isThere = (index: number) => there.has(index) || (facts !== null && isAllGlass(index, plan, facts));
  return (polygons: readonly Polygon[] | null): boolean => areCellsThere(plan, polygons, isThere);
}

const writeIndex = ({ total, positive, negative, percentPositive, interval }: LabelingIndex) => ({
  ...{ num_total: total, num_pos: positive, num_neg: negative, percent_pos: percentPositive },
  percent_pos_interval: [...interval] as [number, number],
});

/** @param by - how kinds were told. */
const write = (numbers: ZoneNumbers, by: string) => ({
  ...writeIndex(numbers),
  tumour: numbers.tumourNuclei && { ...writeIndex(numbers.tumourNuclei), made_by: by },
  membrane: numbers.membrane && stateMembranes(numbers.membrane),
  ...{ area_mm2: numbers.areaMm2, cells_per_mm2: numbers.perMm2, h_score: numbers.hScore, allred: numbers.allred },
  bins: {
    ...{ negative: numbers.bins.negative, one_plus: numbers.bins.onePlus },
    ...{ two_plus: numbers.bins.twoPlus, three_plus: numbers.bins.threePlus },
  },
});

const writeHotSpots = ({ size, method, spots }: HotSpots, by: string): SlideScores['hot_spots'][number] => ({
  ...{ size, method },
  spots: spots.map(({ polygon, numbers }) => ({
    ...write(numbers, by),
    polygon: polygon.map((ring) => ring.map(([x, y]) => [x, y] as [number, number])),
  })),
});
