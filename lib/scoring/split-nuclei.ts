import { squaredDistances } from '@/lib/imaging/distance-transform';
import { growLabels } from '@/lib/imaging/growth';
import { fillHoles } from '@/lib/imaging/hole-filling';
import { findPeaks } from '@/lib/imaging/peaks';
import type { LabelMap, Mask, Raster } from '@/lib/imaging/raster';
import { findRuns, labelRuns, type Runs } from '@/lib/imaging/runs';
import { floodInPlace } from '@/lib/imaging/watershed';
import type { FoundNuclei } from './nucleus-table';

/** The network calls the outer 2 px of a nucleus, at 0.25 µm per pixel, boundary. */
const BOUNDARY_BAND_UM = 0.5;
/** Gaps in the interior up to this size are chromatin, not tissue between nuclei. */
const SMALLEST_GAP_UM2 = 2;
/** Anything smaller is a speck. */
const SMALLEST_NUCLEUS_UM2 = 4;
/** A pixel joins the grown band where nucleus and boundary together are likelier than background. */
const BAND_THRESH = 127;

export const SPLIT = { minProminenceUm: 0.3, maxSaddleShare: 0.85, probWeight: 0 };
/** Levels a micron; distances of 32 µm and more are one level. */
const LEVELS_PER_UM = 1024;

/**
 * Finds nuclei in the maps of our network and splits touching ones.
 */
export function findSplitNuclei(segmentation: Raster, probThresh: number, micronsPerPixel: number): FoundNuclei {
  const { width, height } = segmentation;
  const { interior, band } = classify(segmentation, probThresh);
  fillHoles(interior, SMALLEST_GAP_UM2 / micronsPerPixel ** 2);
  const runs = findRuns(interior, 1);
  const labelMap = { data: new Int32Array(width * height), width, height };
  seedNuclei(segmentation, runs, micronsPerPixel, labelMap, interior);
  growLabels(labelMap, band, BOUNDARY_BAND_UM / micronsPerPixel + 0.5);
  return tidy(labelMap, segmentation, SMALLEST_NUCLEUS_UM2 / micronsPerPixel ** 2);
}

function classify(segmentation: Raster, probThresh: number): { interior: Mask; band: Mask } {
  const { data, width, height } = segmentation;
  const interior = new Uint8Array(width * height);
  const band = new Uint8Array(width * height);
  for (let i = 0, c = 0; i < interior.length; i++, c += 3) {
    const nucleus = data[c] + data[c + 2];
    if (nucleus > probThresh) interior[i] = 1;
    else if (nucleus + data[c + 1] > BAND_THRESH) band[i] = 1;
  }
  return { interior: { data: interior, width, height }, band: { data: band, width, height } };
}

/** Labels the interiors: a component with one peak at once, the others by a watershed from their peaks. */
function seedNuclei(
  segmentation: Raster,
  runs: Runs,
  micronsPerPixel: number,
  labelMap: LabelMap,
  interior: Mask,
): void {
  const relief = measureHeights(segmentation, runs, micronsPerPixel);
  const peaks = findPeaks(relief, runs, {
    minProminence: SPLIT.minProminenceUm * LEVELS_PER_UM,
    maxSaddleShare: SPLIT.maxSaddleShare,
  });
  for (let n = 0; n < peaks.length; n++) labelMap.data[peaks[n]] = n + 1;
  const components = labelRuns(runs, 8);
  const peakCount = new Int32Array(components.count + 1);
  const lone = new Int32Array(components.count + 1);
  for (let r = 0; r < runs.count; r++)
    for (let i = runs.from[r]; i < runs.to[r]; i++) {
      relief[i] = 65535 - relief[i];
      if (labelMap.data[i] > 0) {
        peakCount[components.label[r]]++;
        lone[components.label[r]] = labelMap.data[i];
      }
    }
  for (let r = 0; r < runs.count; r++) {
    const c = components.label[r];
    if (peakCount[c] === 1) for (let i = runs.from[r]; i < runs.to[r]; i++) labelMap.data[i] = lone[c];
  }
  floodInPlace(relief, labelMap, interior, 8);
}

function measureHeights(segmentation: Raster, runs: Runs, micronsPerPixel: number): Uint16Array {
  const squared = squaredDistances(runs);
  const heights = new Uint16Array(squared.length);
  const rgb = segmentation.data;
  for (let r = 0; r < runs.count; r++)
    for (let i = runs.from[r]; i < runs.to[r]; i++) {
      const d = Math.sqrt(squared[i]) * micronsPerPixel;
      const p = (rgb[3 * i] + rgb[3 * i + 2]) / 255;
      heights[i] = Math.min(65535, LEVELS_PER_UM * d * (1 - SPLIT.probWeight + SPLIT.probWeight * p));
    }
  return heights;
}

/** Drops specks, numbers the rest in raster order and decides their class. */
function tidy(labelMap: LabelMap, segmentation: Raster, smallestArea: number): FoundNuclei {
  const { data: labels } = labelMap;
  const rgb = segmentation.data;
  let highest = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i] > highest) highest = labels[i];
  const area = new Int32Array(highest + 1);
  const redMinusBlue = new Float64Array(highest + 1);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (label === 0) continue;
    area[label]++;
    redMinusBlue[label] += rgb[3 * i] - rgb[3 * i + 2];
  }
  const renumbered = new Int32Array(highest + 1).fill(-1);
  renumbered[0] = 0;
  const positive = new Uint8Array(highest);
  let count = 0;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (label === 0) continue;
    if (renumbered[label] < 0) {
      if (area[label] < smallestArea) renumbered[label] = 0;
      else {
        positive[count] = redMinusBlue[label] >= 0 ? 1 : 0;
        renumbered[label] = ++count;
      }
    }
    labels[i] = renumbered[label];
  }
  return { labelMap, count, positive: positive.slice(0, count), ignoredPixels: new Int32Array(0) };
}
