import { describeKinds, type NucleusKinds } from './classify/classify-nuclei';
import { hasTumourIndex, type Marker, TUMOUR } from './classify/kinds';
import {
  describeTaught,
  type TaughtClassifier,
  type TaughtKinds,
  type Teaching,
  teachClasses,
  teachKinds,
  UNTAUGHT,
} from './classify/teach-picture';
import { segmentNuclei } from './find/find-nuclei';
import type { NucleusMaps } from './find/nucleus-maps';
import { type SegmentedNuclei, segmentedNuclei } from './find/segmented-nuclei';
import { applyCorrections, type Correction, type CorrectionCounts } from './gate/apply-corrections';
import { applyRegions, type Regions } from './gate/apply-regions';
import { judgeEdges } from './gate/edge-nuclei';
import { type GatedNuclei, gateNuclei, resolveGates } from './gate/gate-nuclei';
import { countRegionPixels } from './gate/region-area';
import { leftOf, type ReshapedNuclei, reshapeNuclei } from './gate/reshape-nuclei';
import { describeMembranes, type Membranes } from './membrane/describe-membranes';
import { type MembraneSectors, measureMembranes } from './membrane/measure-membranes';
import { scoreMembranes } from './membrane/score-membranes';
import { type LabelingIndex, labelingIndex } from './scores/labeling-index';
import { measureSizes, type NucleusSizes } from './scores/nucleus-sizes';
import { PLAIN_SUMMARY, type ScoreSummary, type SummaryOptions, summariseScore } from './scores/score-summary';
import type { Thresholds, UsedThresholds } from './thresholds';

/** The pictures of one scene, and the size of their pixels. */
export type Scene = NucleusMaps & { readonly micronsPerPixel: number };

/** Everything besides the scene that a score depends on. */
export type ScoringRequest = {
  readonly thresholds: Thresholds;
  /** In the order in which they were made. */
  readonly corrections: readonly Correction[];
  readonly regions: Regions;
  /** Leaves out nuclei that touch the edge of the picture; by default they count. */
  readonly excludeOnEdges?: boolean;
  /** By default the default grading, and no hot spot. */
  readonly summary?: SummaryOptions;
  /** What the slide is stained for; by default nobody named it. */
  readonly marker?: Marker | null;
  /** By default nobody taught anything. */
  readonly teaching?: Teaching;
};

export type Score = LabelingIndex & {
  readonly thresholds: UsedThresholds;
  /** Corrections that had an effect, by kind. */
  readonly corrections: CorrectionCounts;
  readonly summary: ScoreSummary;
  /** Nuclei at the edge of the picture that pass everything else, and whether they are left out. */
  readonly edges: { readonly count: number; readonly areExcluded: boolean };
  /** The labeling index of the tumour nuclei among those that count; null where the marker gives it no meaning. */
  readonly tumour: LabelingIndex | null;
  /** What was taught, here and before; null where nothing was. */
  readonly taught: TaughtClassifier | null;
};

/** The score of a whole picture. */
export type ImageScore = Score & {
  /** Of all nuclei found, also those that the size gate drops; null without any. */
  readonly sizes: NucleusSizes | null;
};

export type ScoredNuclei = {
  readonly score: Score;
  /** All nuclei: the found ones, then those drawn by hand. */
  readonly nuclei: SegmentedNuclei;
  /** After the thresholds and corrections. */
  readonly kept: GatedNuclei;
  /** Of these, the ones in the regions, less those at the edge where they are left out. The score counts them. */
  readonly counted: GatedNuclei;
  /** Of all nuclei, before any gate. */
  readonly kinds: NucleusKinds;
  /** Of all nuclei; null where they were not asked for. */
  readonly membranes: Membranes | null;
};

/**
 * Scores one scene: segment, then `scoreFound`.
 *
 * @param found - its nuclei, if they were found before, for example in bands.
 * @throws AppError `shape_mismatch` when the pictures differ in size or image or segmentation are not RGB.
 */
export function scoreImage(
  scene: Scene,
  request: ScoringRequest,
  found: SegmentedNuclei = segmentScene(scene, request.thresholds),
): ScoredNuclei & { readonly score: ImageScore } {
  const scored = scoreFound(scene, found, request);
  return { ...scored, score: { ...scored.score, sizes: measureSizes(found.columns, scene.micronsPerPixel) } };
}

const segmentScene = (scene: Scene, { algorithm, probThresh }: Thresholds): SegmentedNuclei =>
  segmentedNuclei(segmentNuclei(scene, { algorithm, probThresh, micronsPerPixel: scene.micronsPerPixel }));

/** Results of earlier steps, which callers keep while gates change. */
export type KeptSteps = {
  readonly reshaped: ReshapedNuclei;
  /** Pixels in which nuclei count. */
  readonly areaPx: number;
  /** Result of `teachKinds`. */
  readonly kinds: TaughtKinds;
  /** Result of `measureMembranes` for the reshaped nuclei. It is called where membranes are asked for. */
  readonly sectors?: () => MembraneSectors;
};

/**
 * The steps after segmentation, in the order of every score: resolve the thresholds, gate, teach, correct, apply the regions,
 * count. Nothing is segmented or measured unless a nucleus is drawn by hand, so a slider can call it on every move.
 */
export function scoreFound(
  scene: Scene,
  found: SegmentedNuclei,
  {
    thresholds,
    corrections,
    regions,
    excludeOnEdges = false,
    summary = PLAIN_SUMMARY,
    marker = null,
    teaching = UNTAUGHT,
  }: ScoringRequest,
  known?: KeptSteps,
): ScoredNuclei {
  const { algorithm, probThresh } = thresholds;
  const { image, micronsPerPixel } = scene;
  const reshaped = known?.reshaped ?? reshapeNuclei(scene, found, corrections);
  const { nuclei } = reshaped;
  const areaPx = known?.areaPx ?? countRegionPixels(regions, image.width, image.height);
  const field = { width: image.width, height: image.height, micronsPerPixel };
  const taught = known?.kinds ?? teachKinds(nuclei, image, describeKinds(nuclei.columns, field), teaching);
  const { kinds } = taught;
  const gates = resolveGates(found.columns, scene.marker, thresholds, micronsPerPixel);
  const gated = gateNuclei(found.columns, gates);
  const classes = teachClasses(nuclei, image, leftOf(reshaped, gated.positive), teaching);
  const { gated: kept, applied } = applyCorrections(reshaped, gated, corrections, classes.positive);
  const inRegions = applyRegions(nuclei.columns, kept, regions);
  const { counted, onEdges } = judgeEdges(nuclei.columns, inRegions, image, excludeOnEdges);
  const used = { algorithm, probThresh, ...gates };
  const membranes = summary.membrane
    ? describeMembranes(
        known?.sectors?.() ?? measureMembranes(nuclei.table(), { image, micronsPerPixel }),
        summary.membrane,
        { ...nuclei.table(), micronsPerPixel },
      )
    : null;
  const around = { image, micronsPerPixel, exclude: regions.exclude, areaPx };
  return {
    score: {
      ...labelingIndex(counted),
      thresholds: used,
      corrections: applied,
      edges: { count: onEdges, areExcluded: excludeOnEdges },
      summary: {
        ...summariseScore(nuclei.columns, { ...kept, counted: counted.kept }, around, summary),
        ...(membranes &&
          summary.membrane && {
            membrane: scoreMembranes(membranes, { counted: counted.kept, ...kinds }, summary.membrane),
          }),
      },
      tumour: hasTumourIndex(marker) ? tumourIndex(counted, kinds) : null,
      taught: describeTaught(taught, classes, teaching),
    },
    nuclei,
    kept,
    counted,
    kinds,
    membranes,
  };
}

const tumourIndex = ({ kept, positive }: GatedNuclei, { kind }: NucleusKinds): LabelingIndex =>
  labelingIndex({ kept: kept.map((isKept, k) => (kind[k] === TUMOUR ? isKept : 0)), positive });
