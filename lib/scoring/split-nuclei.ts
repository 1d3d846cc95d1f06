import { squaredDistances } from '@/lib/imaging/distance-transform';
import { growLabels } from '@/lib/imaging/growth';
import { fillHoles, findHoles, type Holes } from '@/lib/imaging/hole-filling';
import type { LabelMap, Mask, Raster } from '@/lib/imaging/raster';
import { findRuns, type Runs } from '@/lib/imaging/runs';
import { splitComponents } from '@/lib/imaging/split-components';
import type { FoundNuclei } from './nucleus-table';

export const SPLIT = {
  minProminenceUm: 0.3,
  maxSaddleShare: 0.85,
  probWeight: 0,
  bandThresh: 127,
  gap: 2,
  hole: 20,
  smallest: 4,
  band: 0.5,
  power: 1,
};
/** Levels a micron; distances of 32 µm and more are one level. */
const LEVELS_PER_UM = 64;

/**
 * Finds nuclei in the maps of our network and splits touching ones.
 */
export function findSplitNuclei(segmentation: Raster, probThresh: number, micronsPerPixel: number): FoundNuclei {
  const pixelsPerUm2 = 1 / micronsPerPixel ** 2;
  const { interior, band } = classify(segmentation, probThresh);
  const holes = findHoles(interior);
  fillHoles(interior, holes, SPLIT.gap * pixelsPerUm2);
  const runs = findRuns(interior, 1);
  const { labelMap, count } = splitComponents(
    runs,
    measureHeights(segmentation, runs, micronsPerPixel),
    { minProminence: SPLIT.minProminenceUm * LEVELS_PER_UM, maxSaddleShare: SPLIT.maxSaddleShare },
    2 * SPLIT.smallest * pixelsPerUm2,
  );
  growLabels(labelMap, findRuns(band, 1), SPLIT.band / micronsPerPixel + 0.5);
  closeHoles(labelMap, holes, SPLIT.hole * pixelsPerUm2);
  return tidy(labelMap, count, segmentation, SPLIT.smallest * pixelsPerUm2);
}

function classify(segmentation: Raster, probThresh: number): { interior: Mask; band: Mask } {
  const { data, width, height } = segmentation;
  const interior = new Uint8Array(width * height);
  const band = new Uint8Array(width * height);
  for (let i = 0, c = 0; i < interior.length; i++, c += 3) {
    const nucleus = data[c] + data[c + 2];
    if (nucleus > probThresh) interior[i] = 1;
    else if (nucleus + data[c + 1] > SPLIT.bandThresh) band[i] = 1;
  }
  return { interior: { data: interior, width, height }, band: { data: band, width, height } };
}

function measureHeights(segmentation: Raster, runs: Runs, micronsPerPixel: number): Uint16Array {
  const squared = squaredDistances(runs);
  const heights = new Uint16Array(squared.length);
  const rgb = segmentation.data;
  const scale = LEVELS_PER_UM * micronsPerPixel;
  for (let r = 0; r < runs.count; r++)
    for (let i = runs.from[r]; i < runs.to[r]; i++) {
      let h = Math.sqrt(squared[i]) * scale;
      if (SPLIT.probWeight > 0)
        h *= 1 - SPLIT.probWeight + SPLIT.probWeight * ((rgb[3 * i] + rgb[3 * i + 2]) / 255) ** SPLIT.power;
      heights[i] = Math.max(1, Math.min(65535, h));
    }
  return heights;
}

/** Gives a hole to the label all around it. */
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

/** Drops specks, numbers the rest in raster order and decides their class. */
function tidy(labelMap: LabelMap, highest: number, segmentation: Raster, smallestArea: number): FoundNuclei {
  const { data: labels } = labelMap;
  const rgb = segmentation.data;
  const area = new Int32Array(highest + 1);
  const redMinusBlue = new Float64Array(highest + 1);
  const inRasterOrder = new Int32Array(highest);
  let seen = 0;
  for (let i = 0; i < labels.length; ) {
    const label = labels[i];
    if (label === 0) {
      i++;
      continue;
    }
    if (area[label] === 0) inRasterOrder[seen++] = label;
    const from = i;
    let balance = 0;
    for (; labels[i] === label; i++) balance += rgb[3 * i] - rgb[3 * i + 2];
    area[label] += i - from;
    redMinusBlue[label] += balance;
  }
  const renumbered = new Int32Array(highest + 1);
  const positive = new Uint8Array(highest);
  let count = 0;
  for (let n = 0; n < seen; n++) {
    const label = inRasterOrder[n];
    if (area[label] < smallestArea) continue;
    positive[count] = redMinusBlue[label] >= 0 ? 1 : 0;
    renumbered[label] = ++count;
  }
  for (let i = 0; i < labels.length; i++) if (labels[i] !== 0) labels[i] = renumbered[labels[i]];
  return { labelMap, count, positive: positive.slice(0, count), ignoredPixels: new Int32Array(0) };
}
