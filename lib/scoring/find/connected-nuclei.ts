import { fillHoles, findHoles } from '@/lib/imaging/morphology/hole-filling';
import type { Raster } from '@/lib/imaging/raster';
import { findRuns, labelRuns } from '@/lib/imaging/runs';
import { DROPPED, renumberRuns } from './nucleus-runs';
import type { FoundNuclei } from './nucleus-table';

/** A pixel greener than this is boundary, whatever its red and blue. */
const HIGHEST_BOUNDARY = 80;

/**
 * Finds nuclei as the reference post-processing does: connected components, without splitting touching nuclei.
 *
 * A pixel is nucleus where red + blue exceeds `probThresh` and green is at most 80. Enclosed gaps belong to the nucleus.
 * Components join through corners. A nucleus is positive if at least half of its pixels, gaps left out, have red >= blue.
 *
 * @param segmentation - (height, width, 3), see `NucleusMaps`.
 * @param noiseThresh - components of this many pixels or fewer are dropped.
 */
export function findConnectedNuclei(segmentation: Raster, probThresh: number, noiseThresh: number): FoundNuclei {
  const { width, height } = segmentation;
  const classified = classify(segmentation, probThresh);
  const seen = findRuns({ data: classified, width, height });
  const runs = fillHoles(seen, findHoles(seen));
  const components = labelRuns(runs, 8);
  /** Of each run, counted from 0. */
  const component = components.label.map((label) => label - 1);
  const area = new Int32Array(components.count);
  const balance = new Int32Array(components.count);
  for (let r = 0; r < runs.count; r++) {
    const k = component[r];
    area[k] += runs.to[r] - runs.from[r];
    balance[k] += positiveMinusNegative(segmentation.data, classified, runs.from[r], runs.to[r]);
  }
  const entry = new Int32Array(components.count).fill(DROPPED);
  let count = 0;
  for (let k = 0; k < components.count; k++) if (area[k] > noiseThresh) entry[k] = count++;
  const data = new Int32Array(width * height);
  const ignored: number[] = [];
  for (let r = 0; r < runs.count; r++) {
    const k = entry[component[r]];
    if (k !== DROPPED) data.fill(k + 1, runs.from[r], runs.to[r]);
    else for (let i = runs.from[r]; i < runs.to[r]; i++) ignored.push(i);
  }
  const positive = new Uint8Array(count);
  entry.forEach((k, c) => {
    if (k !== DROPPED) positive[k] = balance[c] >= 0 ? 1 : 0;
  });
  return {
    labelMap: { data, width, height },
    runs: renumberRuns({ from: runs.from.subarray(0, runs.count), to: runs.to, nucleus: component }, entry),
    count,
    positive,
    clusterRows: new Int32Array(0),
    ignoredPixels: Int32Array.from(ignored),
  };
}

function classify(segmentation: Raster, probThresh: number): Uint8Array {
  const { data, width, height } = segmentation;
  const mask = new Uint8Array(width * height);
  for (let i = 0, c = 0; i < mask.length; i++, c += 3)
    if (data[c] + data[c + 2] > probThresh && data[c + 1] <= HIGHEST_BOUNDARY) mask[i] = 1;
  return mask;
}

function positiveMinusNegative(rgb: Uint8Array, classified: Uint8Array, from: number, to: number): number {
  let balance = 0;
  for (let i = from; i < to; i++) if (classified[i] === 1) balance += rgb[3 * i] >= rgb[3 * i + 2] ? 1 : -1;
  return balance;
}
