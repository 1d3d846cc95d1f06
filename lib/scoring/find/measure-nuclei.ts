import type { MeasuredPlanes, StainSums } from './nucleus-planes';
import type { NucleusRuns } from './nucleus-runs';
import type { Measurements } from './nucleus-table';

/** Densities are summed in hundredths, over three channels. */
const CENTI_CHANNELS = 300;
const CENTI = 100;

/**
 * Measures nuclei by their runs. Every entry from 0 to count - 1 has a run.
 *
 * Sums are of whole numbers, and moments count from the nucleus's first pixel: so a part of a picture gives the same bits
 * as the whole.
 */
export function measureNuclei(
  { from, to, nucleus }: NucleusRuns,
  count: number,
  { width, addStain, marker }: MeasuredPlanes,
): Measurements {
  const areaPx = new Int32Array(count);
  const sums = (): Float64Array => new Float64Array(count);
  const [sumX, sumY, markerSum] = [sums(), sums(), sums()];
  // From the first pixel of the nucleus.
  const [nearX, nearY, nearXX, nearYY, nearXY] = [sums(), sums(), sums(), sums(), sums()];
  const [density, density2, brown] = [sums(), sums(), sums()];
  const bbox = new Int32Array(4 * count);
  const firstPixel = new Int32Array(count).fill(-1);
  const firstX = new Int32Array(count);
  const markerMax = new Uint8Array(count);
  const stain: StainSums = { density: 0, density2: 0, brown: 0 };
  for (let r = 0, y = 0, rowFrom = 0; r < from.length; r++) {
    const k = nucleus[r];
    while (from[r] >= rowFrom + width) {
      rowFrom += width;
      y++;
    }
    stain.density = stain.density2 = stain.brown = 0;
    addStain(from[r], to[r], stain);
    density[k] += stain.density;
    density2[k] += stain.density2;
    brown[k] += stain.brown;
    if (marker !== null) {
      let sum = 0;
      let largest = markerMax[k];
      for (let i = from[r]; i < to[r]; i++) {
        sum += marker[i];
        if (marker[i] > largest) largest = marker[i];
      }
      markerMax[k] = largest;
      markerSum[k] += sum;
    }
    const x0 = from[r] - rowFrom;
    const x1 = to[r] - rowFrom;
    const length = x1 - x0;
    areaPx[k] += length;
    const columns = ((x0 + x1 - 1) * length) / 2;
    sumX[k] += columns;
    sumY[k] += y * length;
    if (firstPixel[k] < 0) {
      firstPixel[k] = from[r];
      firstX[k] = x0;
      bbox[4 * k] = x0;
      bbox[4 * k + 1] = y;
    } else if (x0 < bbox[4 * k]) bbox[4 * k] = x0;
    if (x1 > bbox[4 * k + 2]) bbox[4 * k + 2] = x1;
    bbox[4 * k + 3] = y + 1;
    const dy = y - bbox[4 * k + 1];
    const dx = columns - firstX[k] * length;
    nearX[k] += dx;
    nearY[k] += dy * length;
    nearXX[k] += sumOfSquares(x0 - firstX[k], x1 - firstX[k]);
    nearYY[k] += dy * dy * length;
    nearXY[k] += dy * dx;
  }
  const perPixel = (sum: Float64Array, k: number) => sum[k] / areaPx[k];
  const mean = (sum: Float64Array, unit = 1) => Float32Array.from(sum, (_, k) => perPixel(sum, k) / unit);
  const covariance = (sum: Float64Array, a: Float64Array, b: Float64Array, unit = 1) =>
    Float32Array.from(sum, (_, k) => (perPixel(sum, k) - perPixel(a, k) * perPixel(b, k)) / unit);
  return {
    areaPx,
    centroidX: sumX.map((_, k) => perPixel(sumX, k)),
    centroidY: sumY.map((_, k) => perPixel(sumY, k)),
    bbox,
    markerMax,
    markerMean: mean(markerSum),
    odMean: mean(density, CENTI_CHANNELS),
    odSpread: covariance(density2, density, density, CENTI_CHANNELS ** 2).map((variance) =>
      Math.sqrt(Math.max(0, variance)),
    ),
    brownMean: mean(brown, CENTI),
    varianceX: covariance(nearXX, nearX, nearX),
    varianceY: covariance(nearYY, nearY, nearY),
    covariance: covariance(nearXY, nearX, nearY),
    firstPixel,
  };
}

/** Of the whole numbers [from, to). */
const sumOfSquares = (from: number, to: number): number => squaresBelow(to) - squaresBelow(from);

/** 0² + 1² + ... + (n - 1)²; for n below 0 less those from n to -1. */
const squaresBelow = (n: number): number => ((n - 1) * n * (2 * n - 1)) / 6;
