import { segmentNuclei } from './find/find-nuclei';
import type { NucleusMaps } from './find/nucleus-maps';
import { type SegmentedNuclei, segmentedNuclei } from './find/segmented-nuclei';
import { applyCorrections, type Correction, type CorrectionCounts, drawAdded } from './gate/apply-corrections';
import { applyRegions, type Regions } from './gate/apply-regions';
import { type GatedNuclei, gateNuclei, resolveGates } from './gate/gate-nuclei';
import { type LabelingIndex, labelingIndex } from './scores/labeling-index';
import { measureSizes, type NucleusSizes } from './scores/nucleus-sizes';
import type { Thresholds, UsedThresholds } from './thresholds';

/** The pictures of one scene, and the size of their pixels. */
export type Scene = NucleusMaps & { readonly micronsPerPixel: number };

/** What the numbers of a scene follow from, besides its pictures. */
export type ScoringRequest = {
  readonly thresholds: Thresholds;
  /** Made by hand, in their order. */
  readonly corrections: readonly Correction[];
  readonly regions: Regions;
};

export type Score = LabelingIndex & {
  readonly thresholds: UsedThresholds;
  /** Corrections that found their nucleus. */
  readonly corrections: CorrectionCounts;
};

/** The score of a whole picture. */
export type ImageScore = Score & {
  /** Of all nuclei found, also those that the size gate drops; null without any. */
  readonly sizes: NucleusSizes | null;
};

export type ScoredNuclei = {
  readonly score: Score;
  /** All nuclei: those that were found, then those drawn by hand. */
  readonly nuclei: SegmentedNuclei;
  /** After the thresholds and corrections. */
  readonly kept: GatedNuclei;
  /** Those of them that lie where the regions count: the score is of these. */
  readonly counted: GatedNuclei;
};

/**
 * Scores one scene: segment, then `scoreFound`.
 *
 * @param found - its nuclei, where they were found already, in bands for example.
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

/**
 * The steps after segmentation, in the order that every score has: resolve thresholds, gate, correct, regions, index.
 *
 * Without corrections and regions it costs a few operations a nucleus, so that a slider can ask for it on every move.
 *
 * @param nuclei - `found` with the nuclei drawn by hand, for callers that keep them while gates change.
 */
export function scoreFound(
  scene: Scene,
  found: SegmentedNuclei,
  { thresholds, corrections, regions }: ScoringRequest,
  nuclei: SegmentedNuclei = drawAdded(scene, found, corrections),
): ScoredNuclei {
  const { algorithm, probThresh } = thresholds;
  const gates = resolveGates(found.columns, scene.marker, thresholds, scene.micronsPerPixel);
  const gated = gateNuclei(found.columns, gates);
  const { gated: kept, applied } = applyCorrections(nuclei, scene.image, gated, corrections);
  const counted = applyRegions(nuclei.columns, kept, regions);
  const used = { algorithm, probThresh, ...gates };
  return { score: { ...labelingIndex(counted), thresholds: used, corrections: applied }, nuclei, kept, counted };
}
