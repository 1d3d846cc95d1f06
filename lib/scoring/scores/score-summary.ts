import type { MeasuredNuclei } from '@/lib/scoring/find/nucleus-table';
import { applyRegions, type DrawnRegion } from '@/lib/scoring/gate/apply-regions';
import type { Polygon } from '@/lib/scoring/gate/roi';
import type { MembraneCuts } from '@/lib/scoring/membrane/describe-membranes';
import type { MembraneScore } from '@/lib/scoring/membrane/score-membranes';
import { binIntensities, INTENSITY_THRESHOLDS, type IntensityBins, type IntensityThresholds } from './h-score';
import { cellOf, findHotSpots, type HotSpot } from './hot-spot';
import { labelingIndex } from './labeling-index';

/** A square field of an area, or the smallest square with a number of nuclei. */
export type HotSpotSize = { readonly mm2: number } | { readonly nuclei: number };

/** A hot spot to be found inside `within` (everywhere when it is empty), or one that is already a region. */
export type HotSpotWish =
  | { readonly kind: 'find'; readonly size: HotSpotSize; readonly within: readonly Polygon[] }
  | { readonly kind: 'drawn'; readonly polygon: Polygon };

/** The options of a summary; `hotSpot` is null when none is wanted. */
export type SummaryOptions = {
  readonly intensity: IntensityThresholds;
  readonly hotSpot: HotSpotWish | null;
  /** Where membranes are measured, their cut points; by default they are not. */
  readonly membrane?: MembraneCuts | null;
};

/** The default options. */
export const PLAIN_SUMMARY: SummaryOptions = { intensity: INTENSITY_THRESHOLDS, hotSpot: null };

/** Numbers of the counted nuclei besides the labeling index. */
export type ScoreSummary = {
  /** Pixels in which nuclei count. */
  readonly areaPx: number;
  readonly intensity: IntensityThresholds;
  readonly bins: IntensityBins;
  /** null when the image holds no such field; absent when none is wanted. */
  readonly hotSpot?: HotSpot | null;
  /** Absent where membranes are not measured. */
  readonly membrane?: MembraneScore;
};

type MarkedRegion = DrawnRegion & { readonly shape: string };

/**
 * Which hot spot a score states. With a size, one is searched for inside of the regions drawn by hand. Without, a hot spot
 * that was found before and kept as a region is counted again.
 */
export function hotSpotWish(size: HotSpotSize | null, regions: readonly MarkedRegion[]): HotSpotWish | null {
  const included = regions.filter(({ enabled = true, kind }) => enabled && kind === 'include');
  const kept = included.find(({ shape }) => shape === 'hotspot');
  if (size === null) return kept ? { kind: 'drawn', polygon: kept.rings } : null;
  return {
    kind: 'find',
    size,
    within: included.filter(({ shape }) => shape !== 'hotspot').map(({ rings }) => rings),
  };
}

type SummarisedNuclei = Pick<MeasuredNuclei, 'centroidX' | 'centroidY' | 'odMean'>;
/** 1 = yes: `kept` before the regions, `counted` after them. */
type Gates = { readonly kept: Uint8Array; readonly counted: Uint8Array; readonly positive: Uint8Array };
type Surroundings = {
  readonly image: { readonly width: number; readonly height: number };
  readonly micronsPerPixel: number;
  readonly exclude: readonly Polygon[];
  /** See `ScoreSummary`. */
  readonly areaPx: number;
};

/**
 * Grades the counted nuclei and finds the hot spot: the same for page and server.
 *
 * A hot spot is searched for among the kept nuclei, not among the counted ones, so that a region that marks an earlier hot
 * spot does not limit the search.
 */
export function summariseScore(
  nuclei: SummarisedNuclei,
  gates: Gates,
  around: Surroundings,
  { intensity, hotSpot }: SummaryOptions,
): ScoreSummary {
  return {
    areaPx: around.areaPx,
    intensity,
    bins: binIntensities({ odMean: nuclei.odMean, ...gates }, intensity),
    ...(hotSpot !== null && { hotSpot: locateHotSpot(nuclei, gates, around, hotSpot) }),
  };
}

/**
 * The hottest fields that do not overlap, as `findHotSpots` finds them, the hottest first.
 *
 * @returns none when the image holds no such field
 */
export function locateHotSpots(
  nuclei: Pick<MeasuredNuclei, 'centroidX' | 'centroidY'>,
  gates: Pick<Gates, 'kept' | 'positive'>,
  { image, micronsPerPixel, exclude }: Omit<Surroundings, 'areaPx'>,
  { size, within }: Extract<HotSpotWish, { kind: 'find' }>,
  most: number,
): HotSpot[] {
  const counted = applyRegions(nuclei, gates, { include: within, exclude }).kept;
  return findHotSpots(
    { ...nuclei, counted, positive: gates.positive },
    image,
    'mm2' in size
      ? { kind: 'area', areaPx: (size.mm2 * 1e6) / micronsPerPixel ** 2 }
      : { kind: 'nuclei', nuclei: size.nuclei },
    { cell: cellOf(image), most },
  );
}

/** @returns null when the image holds no such field */
export function locateHotSpot(
  nuclei: Pick<MeasuredNuclei, 'centroidX' | 'centroidY'>,
  gates: Pick<Gates, 'kept' | 'positive'>,
  around: Omit<Surroundings, 'areaPx'>,
  wish: HotSpotWish,
): HotSpot | null {
  if (wish.kind === 'drawn') {
    const { exclude } = around;
    const { total, positive } = labelingIndex(applyRegions(nuclei, gates, { include: [wish.polygon], exclude }));
    return { ...boundsOf(wish.polygon), total, positive };
  }
  return locateHotSpots(nuclei, gates, around, wish, 1)[0] ?? null;
}

function boundsOf([outer]: Polygon): Pick<HotSpot, 'x0' | 'y0' | 'x1' | 'y1'> {
  const bounds = { x0: outer[0][0], y0: outer[0][1], x1: outer[0][0], y1: outer[0][1] };
  for (const [x, y] of outer) {
    bounds.x0 = Math.min(bounds.x0, x);
    bounds.y0 = Math.min(bounds.y0, y);
    bounds.x1 = Math.max(bounds.x1, x);
    bounds.y1 = Math.max(bounds.y1, y);
  }
  return bounds;
}
