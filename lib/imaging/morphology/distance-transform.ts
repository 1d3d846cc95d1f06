import type { Runs } from '@/lib/imaging/runs';

/**
 * Squared Euclidean distance of each foreground pixel to the nearest background pixel, exact, in px².
 *
 * Outside of the picture there is no background. Without any background every distance is (width + height)².
 *
 * @param runs - the foreground, from `findRuns`.
 * @returns (height, width) Int32, 0 on background. Its root matches `scipy.ndimage.distance_transform_edt`.
 * @see Meijster, Roerdink & Hesselink 2000, doi:10.1007/0-306-47025-X_36 (columns first, then lower envelopes; here the
 *   envelopes only span runs, since the background pixel at either end is nearer than anything beyond it)
 *
 * @param out - receives the distances; a new array by default. It has width x height entries at least, and is 0 on the
 *   background, where nothing is written.
 */
export function squaredDistances(runs: Runs, out: Int32Array = new Int32Array(runs.width * runs.height)): Int32Array {
  const { width, height, rowStart, from, to } = runs;
  measureColumns(runs, out);
  const envelope = envelopeFor(width);
  for (let row = 0; row < height; row++) {
    const rowFrom = row * width;
    for (let r = rowStart[row]; r < rowStart[row + 1]; r++) {
      const first = from[r] - rowFrom;
      const end = to[r] - rowFrom;
      if (end - first <= SHORT_RUN && first > 0 && end < width) searchRun(out, from[r], end - first);
      else measureRun(out, rowFrom, first, end, Math.max(0, first - 1), Math.min(width, end + 1), envelope);
    }
  }
  return out;
}

/** Most runs are no longer than this, and then a search outwards from every pixel is faster than an envelope. */
const SHORT_RUN = 48;

const columnSquares = new Int32Array(SHORT_RUN + 2);

/**
 * As `measureRun`, for a run with background at both ends. That is nearer than anything beyond it, so no search goes past it.
 */
function searchRun(out: Int32Array, firstPixel: number, length: number): void {
  const before = firstPixel - 1;
  columnSquares[0] = columnSquares[length + 1] = 0;
  for (let n = 1; n <= length; n++) columnSquares[n] = out[before + n] * out[before + n];
  for (let x = 1; x <= length; x++) {
    let best = columnSquares[x];
    for (let k = 1, square = 1; square < best; k++, square = k * k) {
      const nearer = Math.min(columnSquares[x - k], columnSquares[x + k]) + square;
      if (nearer < best) best = nearer;
    }
    out[before + x] = best;
  }
}

type Envelope = { readonly site: Int32Array; readonly start: Int32Array; readonly depth: Float64Array };

let largestEnvelope: Envelope = { site: new Int32Array(0), start: new Int32Array(0), depth: new Float64Array(0) };

/** Reused from call to call, since most calls are for small windows. */
function envelopeFor(width: number): Envelope {
  const size = width + 2;
  if (largestEnvelope.site.length < size)
    largestEnvelope = { site: new Int32Array(size), start: new Int32Array(size), depth: new Float64Array(size) };
  return largestEnvelope;
}

/** Distance to the nearest background pixel of the same column. */
function measureColumns(runs: Runs, out: Int32Array): void {
  const { width, height, rowStart, from, to } = runs;
  const farthest = width + height;
  for (let row = 0; row < height; row++)
    for (let r = rowStart[row]; r < rowStart[row + 1]; r++)
      for (let i = from[r]; i < to[r]; i++) out[i] = row === 0 ? farthest : Math.min(farthest, out[i - width] + 1);
  for (let row = height - 2; row >= 0; row--)
    for (let r = rowStart[row]; r < rowStart[row + 1]; r++)
      for (let i = from[r]; i < to[r]; i++) if (out[i + width] + 1 < out[i]) out[i] = out[i + width] + 1;
}

/** Replaces the column distances of columns [first, end) by squared distances; the nearest background is sought in columns [siteFrom, siteTo). */
function measureRun(
  out: Int32Array,
  rowFrom: number,
  first: number,
  end: number,
  siteFrom: number,
  siteTo: number,
  { site, start, depth }: Envelope,
): void {
  let top = -1;
  for (let u = siteFrom; u < siteTo; u++) {
    const g = out[rowFrom + u];
    const height = g * g + u * u;
    // Column u is nearer than the last site of the envelope from `begin` on. A site that loses before its start is dropped.
    let begin = siteFrom;
    while (top >= 0) {
      begin = Math.floor((height - depth[top]) / (2 * (u - site[top]))) + 1;
      if (begin > start[top]) break;
      top--;
    }
    if (top < 0) begin = siteFrom;
    if (begin >= siteTo) continue;
    top++;
    site[top] = u;
    start[top] = begin;
    depth[top] = height;
  }
  for (let x = end - 1; x >= first; x--) {
    while (start[top] > x) top--;
    const u = site[top];
    out[rowFrom + x] = depth[top] - 2 * u * x + x * x;
  }
}
