import type { Raster } from '@/lib/imaging/raster';
import { roundHalfEven } from '@/lib/imaging/rounding';

/** Where the automatic threshold lies between the dark end (0) and the bright end (1) of the marker's range. */
const RANGE_SHARE = 0.9;

/**
 * Counts of each brightness in the marker picture, the brightness of a pixel being its largest channel.
 *
 * @returns 256 counts.
 */
export function markerHistogram(marker: Raster): Uint32Array {
  const { data, channels } = marker;
  const counts = new Uint32Array(256);
  if (channels === 1) {
    // Two tables in turn: with one, each of several equal bytes waits for the count of the one before.
    const others = new Uint32Array(256);
    const even = data.length & ~1;
    for (let i = 0; i < even; i += 2) {
      counts[data[i]]++;
      others[data[i + 1]]++;
    }
    if (even < data.length) counts[data[even]]++;
    for (let value = 0; value < 256; value++) counts[value] += others[value];
    return counts;
  }
  for (let i = 0; i < data.length; i += 3) counts[Math.max(data[i], data[i + 1], data[i + 2])]++;
  return counts;
}

/**
 * Chooses a marker threshold from the picture: nine tenths of the way from its 0.1 % to its 99.9 % brightness,
 * without zeros (outside the tissue, or unstained).
 *
 * @param counts - 256 counts of brightness.
 * @returns 0 to 255; 0 when every pixel is zero.
 */
export function autoMarkerThreshold(counts: ArrayLike<number>): number {
  const low = roundHalfEven(percentile(counts, 0.1));
  const high = roundHalfEven(percentile(counts, 99.9));
  return low + roundHalfEven(RANGE_SHARE * (high - low));
}

/** Percentile of the non-zero values of a histogram, interpolated linearly between neighbours in order. */
function percentile(counts: ArrayLike<number>, percent: number): number {
  let total = 0;
  for (let value = 1; value < 256; value++) total += counts[value];
  if (total === 0) return 0;
  const rank = ((total - 1) * percent) / 100;
  const lower = valueAtRank(counts, Math.floor(rank));
  const upper = valueAtRank(counts, Math.ceil(rank));
  return lower + (upper - lower) * (rank - Math.floor(rank));
}

function valueAtRank(counts: ArrayLike<number>, rank: number): number {
  let passed = 0;
  for (let value = 1; value < 256; value++) {
    passed += counts[value];
    if (passed > rank) return value;
  }
  return 255;
}
