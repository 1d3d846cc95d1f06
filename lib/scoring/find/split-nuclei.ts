import { growLabels } from '@/lib/imaging/morphology/growth';
import { fillHoles, findHoles, type Holes } from '@/lib/imaging/morphology/hole-filling';
import type { RunGroups } from '@/lib/imaging/morphology/run-groups';
import { splitComponents } from '@/lib/imaging/morphology/split-components';
import type { LabelMap } from '@/lib/imaging/raster';
import { fillRun, type Runs, subtractRuns } from '@/lib/imaging/runs';
import type { Rows } from './nucleus-maps';
import { likelyRuns, type NucleusPlanes } from './nucleus-planes';
import { DROPPED, type NucleusRuns, renumberRuns, runsOfLabels } from './nucleus-runs';
import type { FoundNuclei } from './nucleus-table';

/** The network is trained to infer the outer 2 px of a nucleus, at 0.25 µm per pixel, as boundary. */
const BOUNDARY_BAND_UM = 0.5;
/** A peak that is less prominent comes from a rough outline. 0.3 to 0.5 score alike on the development sets. */
const MIN_PROMINENCE_UM = 0.4;
/** The same limit for pixels of more than 1 µm, whose grid makes outlines rough. Higher limits merge nuclei at 10x that are split at 40x. */
const MIN_PROMINENCE_PX = 0.4;
/** Gaps in the interior of at most this size are chromatin, not tissue between nuclei. */
const LARGEST_CHROMATIN_GAP_UM2 = 2;
/** Larger gaps of at most this size are the pale centre of a nucleus, and are filled if one nucleus surrounds them. */
const LARGEST_PALE_CENTRE_UM2 = 20;
/** Smaller components are specks; a disc of this area measures 2.3 µm. */
const SMALLEST_NUCLEUS_UM2 = 4;
/** Resolution of the distances: a sixteenth of a pixel at 40x. 16 bits then hold up to 1 mm. */
const LEVELS_PER_UM = 64;

/**
 * Finds nuclei in the maps of a network trained with a boundary class, and splits touching ones.
 *
 * Pixels whose red + blue exceeds `probThresh` are interiors. The distance to the interior's edge is a landscape, and its
 * peaks are the seeds of a watershed that cuts merged interiors. The nuclei then grow back over the boundary class, as
 * far as the network is trained to infer it. A nucleus is positive if its red adds up to at least its blue. Only
 * `segmentation` is read, so a saved picture gives the same nuclei.
 *
 * @param micronsPerPixel - of the planes. All lengths and areas scale with it.
 * @param begin - see `SegmentOptions`.
 */
export function findSplitNuclei(
  planes: NucleusPlanes,
  probThresh: number,
  micronsPerPixel: number,
  begin: Rows = { from: 0, to: planes.height },
): FoundNuclei {
  const isBegun = ({ top }: RunGroups, c: number) => top[c] >= begin.from && top[c] < begin.to;
  let clusterOf = (_label: number): [top: number, bottom: number] => [0, 0];
  const { labels, ...found } = findNucleiBy(planes, probThresh, micronsPerPixel, (interior, split) => {
    const { groups, component, ...labelled } = split(interior, isBegun);
    clusterOf = (label) => [groups.top[component[label]], groups.bottom[component[label]]];
    return labelled;
  });
  const clusterRows = new Int32Array(2 * found.count);
  labels.forEach((label, k) => {
    clusterRows.set(clusterOf(label), 2 * k);
  });
  return { ...found, clusterRows, ignoredPixels: new Int32Array(0) };
}

/** `splitComponents` with the lengths and areas of nuclei. */
export type SplitClusters = (
  interior: Runs,
  isChosen?: Parameters<typeof splitComponents>[4],
) => ReturnType<typeof splitComponents>;

/** Labels the interiors of nuclei from 1 to `count`, splitting those that touch. */
export type LabelInteriors = (interior: Runs, split: SplitClusters) => { labelMap: LabelMap; count: number };

/**
 * As `findSplitNuclei`, but somebody else says which clusters are split.
 *
 * @returns of each nucleus also which of the labels it was, counted from 0
 */
export function findNucleiBy(
  planes: NucleusPlanes,
  probThresh: number,
  micronsPerPixel: number,
  label: LabelInteriors,
): Pick<FoundNuclei, 'labelMap' | 'runs' | 'count' | 'positive'> & { labels: Int32Array } {
  const pixelsPerUm2 = 1 / micronsPerPixel ** 2;
  const { seen, body } = likelyRuns(planes, probThresh);
  const holes = findHoles(seen);
  const interior = fillHoles(seen, holes, LARGEST_CHROMATIN_GAP_UM2 * pixelsPerUm2);
  const { labelMap, count } = label(interior, (runs, isChosen) =>
    splitComponents(
      runs,
      LEVELS_PER_UM * micronsPerPixel,
      LEVELS_PER_UM * Math.max(MIN_PROMINENCE_UM, MIN_PROMINENCE_PX * micronsPerPixel),
      2 * SMALLEST_NUCLEUS_UM2 * pixelsPerUm2,
      isChosen,
    ),
  );
  growLabels(labelMap, subtractRuns(body, interior), growthPx(micronsPerPixel));
  closeHoles(labelMap, holes, LARGEST_PALE_CENTRE_UM2 * pixelsPerUm2);
  const smallestArea = SMALLEST_NUCLEUS_UM2 * pixelsPerUm2;
  return numberNuclei(labelMap, runsOfLabels(labelMap), count, planes.segmentation.data, smallestArea);
}

/** Half a pixel more: the interior ends half a pixel beyond the centre of its last pixel. */
const growthPx = (micronsPerPixel: number) => BOUNDARY_BAND_UM / micronsPerPixel + 0.5;

/** How many pixels a nucleus may reach beyond its interior. */
export const growthReach = (micronsPerPixel: number): number => Math.ceil(growthPx(micronsPerPixel));

/**
 * How many rows beyond a cluster of touching nuclei can change its result: those of a gap that is filled, and of the
 * neighbours that grow towards it.
 */
export function reachOfClusters(micronsPerPixel: number): number {
  const gap = LARGEST_CHROMATIN_GAP_UM2 / micronsPerPixel ** 2;
  return Math.ceil(gap) + 2 * growthReach(micronsPerPixel) + 2;
}

/** Fills holes that a single label surrounds, also where grown labels have entered them. */
function closeHoles(labelMap: LabelMap, { runs, hole, area, count }: Holes, maxArea: number): void {
  const { data: labels, width } = labelMap;
  const MIXED = -1;
  const around = new Int32Array(count + 1);
  const see = (k: number, label: number) => {
    if (label > 0) around[k] = around[k] === 0 || around[k] === label ? label : MIXED;
  };
  for (let r = 0; r < runs.count; r++) {
    const k = hole[r];
    if (k === 0 || area[k] > maxArea) continue;
    see(k, labels[runs.from[r] - 1]);
    see(k, labels[runs.to[r]]);
    for (let i = runs.from[r]; i < runs.to[r]; i++) {
      see(k, labels[i - width]);
      see(k, labels[i]);
      see(k, labels[i + width]);
    }
  }
  for (let r = 0; r < runs.count; r++)
    if (hole[r] > 0 && area[hole[r]] <= maxArea && around[hole[r]] > 0)
      labels.fill(around[hole[r]], runs.from[r], runs.to[r]);
}

/** Drops specks, renumbers the rest in raster order of their first pixels and decides their class. */
function numberNuclei(
  labelMap: LabelMap,
  all: NucleusRuns,
  labelled: number,
  rgb: Uint8Array,
  smallestArea: number,
): ReturnType<typeof findNucleiBy> {
  const { entry, count } = numberLarge(all, labelled, smallestArea);
  const labels = new Int32Array(count);
  entry.forEach((k, label) => {
    if (k !== DROPPED) labels[k] = label;
  });
  for (let r = 0; r < all.from.length; r++) {
    const label = all.nucleus[r];
    // For a dropped label this writes 0, the background.
    if (entry[label] !== label) fillRun(labelMap.data, entry[label] + 1, all.from[r], all.to[r]);
  }
  const runs = renumberRuns(all, entry);
  return { labelMap, runs, count, positive: classify(runs, count, rgb), labels };
}

/** New entries of the labels with `smallestArea` pixels or more, in raster order of their first pixels. */
function numberLarge({ from, to, nucleus }: NucleusRuns, labels: number, smallestArea: number) {
  const area = new Int32Array(labels);
  for (let r = 0; r < from.length; r++) area[nucleus[r]] += to[r] - from[r];
  const entry = new Int32Array(labels).fill(DROPPED);
  let count = 0;
  for (const label of nucleus) if (entry[label] === DROPPED && area[label] >= smallestArea) entry[label] = count++;
  return { entry, count };
}

/** 1 for nuclei whose red adds up to at least their blue. */
function classify({ from, to, nucleus }: NucleusRuns, count: number, rgb: Uint8Array): Uint8Array {
  const redMinusBlue = new Float64Array(count);
  for (let r = 0; r < from.length; r++) {
    let balance = 0;
    for (let i = from[r]; i < to[r]; i++) balance += rgb[3 * i] - rgb[3 * i + 2];
    redMinusBlue[nucleus[r]] += balance;
  }
  return Uint8Array.from(redMinusBlue, (balance) => (balance >= 0 ? 1 : 0));
}
