import type { MeasuredPlanes } from './nucleus-planes';
import type { NucleusRuns } from './nucleus-runs';
import type { Measurements } from './nucleus-table';

/** Densities are summed in hundredths, over three channels. */
const CENTI_CHANNELS = 300;

/** Measures nuclei by their runs. Every entry from 0 to count - 1 has a run. */
export function measureNuclei(
  { from, to, nucleus }: NucleusRuns,
  count: number,
  { width, sumDensity, marker }: MeasuredPlanes,
): Measurements {
  const areaPx = new Int32Array(count);
  const sumX = new Float64Array(count);
  const sumY = new Float64Array(count);
  const bbox = new Int32Array(4 * count);
  const firstPixel = new Int32Array(count).fill(-1);
  const markerMax = new Uint8Array(count);
  const markerSum = new Float64Array(count);
  const odSum = new Float64Array(count);
  for (let r = 0, y = 0, rowFrom = 0; r < from.length; r++) {
    const k = nucleus[r];
    while (from[r] >= rowFrom + width) {
      rowFrom += width;
      y++;
    }
    odSum[k] += sumDensity(from[r], to[r]);
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
    areaPx[k] += x1 - x0;
    sumX[k] += ((x0 + x1 - 1) * (x1 - x0)) / 2;
    sumY[k] += y * (x1 - x0);
    if (firstPixel[k] < 0) {
      firstPixel[k] = from[r];
      bbox[4 * k] = x0;
      bbox[4 * k + 1] = y;
    } else if (x0 < bbox[4 * k]) bbox[4 * k] = x0;
    if (x1 > bbox[4 * k + 2]) bbox[4 * k + 2] = x1;
    bbox[4 * k + 3] = y + 1;
  }
  const perPixel = (sums: Float64Array, k: number) => sums[k] / areaPx[k];
  return {
    areaPx,
    centroidX: sumX.map((_, k) => perPixel(sumX, k)),
    centroidY: sumY.map((_, k) => perPixel(sumY, k)),
    bbox,
    markerMax,
    markerMean: Float32Array.from(markerSum, (_, k) => perPixel(markerSum, k)),
    odMean: Float32Array.from(odSum, (_, k) => perPixel(odSum, k) / CENTI_CHANNELS),
    firstPixel,
  };
}
