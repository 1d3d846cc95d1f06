import type { Raster } from '@/lib/imaging/raster';

/**
 * The source indices that contribute to every sample along one axis, and their weights.
 * Sample i mixes `index[i * count + t]` with `weight[i * count + t]`, t < `count`; weights of a sample sum to 1.
 */
export type AxisTaps = {
  readonly length: number;
  readonly count: number;
  readonly index: Int32Array;
  readonly weight: Float32Array;
};

/** Reflects an index outside of 0..length-1 about the end pixels (`d c b | a b c d | c b a`). */
export function reflectIndex(index: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const folded = ((index % period) + period) % period;
  return folded < length ? folded : period - folded;
}

/**
 * Taps of a triangle filter whose width follows the scale: linear interpolation when enlarging,
 * area-weighted averaging (no aliasing) when reducing, a plain copy at scale 1.
 *
 * Pixel centres lie at integers: sample i has its centre at `(start + i + 0.5) * step - 0.5 - origin` in the source.
 *
 * @param start - first sample, in the sampled grid's pixels
 * @param length - number of samples
 * @param step - source pixels per sample
 * @param origin - position of source index 0 in the grid that `step` scales to
 * @param sourceLength - source pixels along the axis; indices beyond are reflected
 */
export function axisTaps(start: number, length: number, step: number, origin: number, sourceLength: number): AxisTaps {
  const support = Math.max(1, step);
  const most = Math.floor(2 * support) + 1;
  const index = new Int32Array(length * most);
  const weight = new Float32Array(length * most);
  let count = 1;
  for (let i = 0; i < length; i++) {
    const centre = (start + i + 0.5) * step - 0.5 - origin;
    const first = Math.floor(centre - support) + 1;
    let used = 0;
    let sum = 0;
    for (let s = first; s < centre + support && used < most; s++) {
      const w = 1 - Math.abs(s - centre) / support;
      // At scale 1 both neighbours have weight 0. Without them one tap is left, and pixels are copied.
      if (w < 1e-6) continue;
      index[i * most + used] = reflectIndex(s, sourceLength);
      weight[i * most + used] = w;
      sum += w;
      used++;
    }
    for (let t = 0; t < used; t++) weight[i * most + t] /= sum;
    if (used > count) count = used;
  }
  return { length, count, ...compact(index, weight, length, most, count) };
}

/** Drops the taps that no sample uses. */
function compact(index: Int32Array, weight: Float32Array, length: number, most: number, count: number) {
  const packedIndex = new Int32Array(length * count);
  const packedWeight = new Float32Array(length * count);
  for (let i = 0; i < length; i++) {
    // A sample with fewer taps repeats its first index with weight 0, so that it reads near the others.
    packedIndex.fill(index[i * most], i * count, (i + 1) * count);
    for (let t = 0; t < count; t++) {
      if (weight[i * most + t] === 0) continue;
      packedIndex[i * count + t] = index[i * most + t];
      packedWeight[i * count + t] = weight[i * most + t];
    }
  }
  return { index: packedIndex, weight: packedWeight };
}

/**
 * Taps that copy samples `start` to `start + length`. Past its end the source is mirrored, again and again, with the end
 * pixel twice (`a b c | c b a | a b c`).
 */
export function mirrorTaps(start: number, length: number, sourceLength: number): AxisTaps {
  const index = Int32Array.from({ length }, (_, i) => {
    const folded = (start + i) % (2 * sourceLength);
    return folded < sourceLength ? folded : 2 * sourceLength - 1 - folded;
  });
  return { length, count: 1, index, weight: new Float32Array(length).fill(1) };
}

/** The smallest and the largest of some indices. */
export function tapExtent(index: Int32Array): [first: number, last: number] {
  let first = index[0];
  let last = index[0];
  for (const at of index) {
    if (at < first) first = at;
    if (at > last) last = at;
  }
  return [first, last];
}

/**
 * The same taps for a part of the source.
 *
 * @param origin - where the part begins
 * @param length - of the part
 * @throws RangeError where it lacks pixels
 */
export function moveTaps(taps: AxisTaps, origin: number, length: number): AxisTaps {
  const [first, last] = tapExtent(taps.index);
  if (first < origin || last >= origin + length)
    throw new RangeError(`pixels ${first} to ${last} are needed, ${origin} to ${origin + length - 1} are there`);
  return origin === 0 ? taps : { ...taps, index: taps.index.map((at) => at - origin) };
}

/**
 * Resamples a picture along both axes and writes the result into a region of another.
 *
 * @param source - picture to read; `columns` and `rows` index it
 * @param out - picture of the same number of channels; pixels [outX, outX + columns.length) x [outY, outY + rows.length) are written
 */
export function resampleInto(
  source: Raster,
  columns: AxisTaps,
  rows: AxisTaps,
  out: Raster,
  outX: number,
  outY: number,
): void {
  const factor = wholeFactor(columns, rows);
  if (columns.count === 1 && rows.count === 1) copyPixels(source, columns, rows, out, outX, outY);
  else if (factor === 'halve') halve(source, columns, rows, out, outX, outY);
  else if (factor === 'double') double(source, columns, rows, out, outX, outY, false);
  else filterPixels(source, columns, rows, out, outX, outY);
}

/** As `resampleInto`, but the mean of the bytes that are there and of the new ones is written, half up. */
export function resampleIntoMean(
  source: Raster,
  columns: AxisTaps,
  rows: AxisTaps,
  out: Raster,
  outX: number,
  outY: number,
): void {
  if (wholeFactor(columns, rows) === 'double') {
    double(source, columns, rows, out, outX, outY, true);
    return;
  }
  const { channels } = source;
  const [width, height] = [columns.length, rows.length];
  const line = width * channels;
  const added: Raster = { data: new Uint8Array(line * height), width, height, channels };
  resampleInto(source, columns, rows, added, 0, 0);
  for (let row = 0; row < height; row++) {
    const to = ((outY + row) * out.width + outX) * channels;
    const from = row * line;
    for (let i = 0; i < line; i++) out.data[to + i] = (out.data[to + i] + added.data[from + i] + 1) >> 1;
  }
}

function copyPixels(source: Raster, columns: AxisTaps, rows: AxisTaps, out: Raster, outX: number, outY: number): void {
  const { channels } = source;
  const runs = runsOfNeighbours(columns.index);
  for (let row = 0; row < rows.length; row++) {
    const from = rows.index[row] * source.width;
    const to = (outY + row) * out.width + outX;
    for (const { at, first, length } of runs) {
      const start = (from + first) * channels;
      out.data.set(source.data.subarray(start, start + length * channels), (to + at) * channels);
    }
  }
}

/** Runs of samples that copy neighbouring pixels: in a tile one long run, and single pixels where the border is reflected. */
function runsOfNeighbours(index: Int32Array): { at: number; first: number; length: number }[] {
  const runs: { at: number; first: number; length: number }[] = [];
  for (let i = 0; i < index.length; i++) {
    const run = runs.at(-1);
    if (run && index[i] === run.first + run.length) run.length++;
    else runs.push({ at: i, first: index[i], length: 1 });
  }
  return runs;
}

/** `halve`: four taps of 1, 3, 3 and 1 eighths along each axis; `double`: two taps of quarters. */
type Factor = 'halve' | 'double';

/** Whether both axes are scaled by exactly two, so that every weight is a whole number of eighths or quarters. */
function wholeFactor(columns: AxisTaps, rows: AxisTaps): Factor | null {
  for (const [factor, shares] of [
    ['halve', [1, 3, 3, 1]],
    ['double', [1, 3]],
  ] as const) {
    const isExact = ({ count, weight }: AxisTaps) =>
      count === shares.length &&
      weight.every((w, t) => {
        const share = w * 2 ** (count / 2 + 1);
        return share === shares[t % count] || (factor === 'double' && share === shares[1 - (t % 2)]);
      });
    if (isExact(columns) && isExact(rows)) return factor;
  }
  return null;
}

type Passes<Wide> = {
  makeWide: (length: number) => Wide;
  /** Mixes one source row, from pixel `from` on, along its columns and writes it to `wide`, from value `to` on. */
  mixColumns: (from: number, wide: Wide, to: number) => void;
  /** Mixes the rows of `wide`, each of which begins at its entry of `starts`, into `length` bytes of the output, from `to` on. */
  mixRows: (wide: Wide, starts: Int32Array, row: number, to: number, length: number) => void;
};

/** Filters along the columns, and then along the rows. `wide` holds the source rows that the second pass needs. */
function filterInTwoPasses<Wide>(
  source: Raster,
  columns: AxisTaps,
  rows: AxisTaps,
  out: Raster,
  outX: number,
  outY: number,
  { makeWide, mixColumns, mixRows }: Passes<Wide>,
): void {
  const { channels } = source;
  const rowValues = columns.length * channels;
  const [firstRow, lastRow] = tapExtent(rows.index);
  const wide = makeWide((lastRow - firstRow + 1) * rowValues);
  for (let row = firstRow; row <= lastRow; row++) mixColumns(row * source.width, wide, (row - firstRow) * rowValues);
  const starts = rows.index.map((row) => (row - firstRow) * rowValues);
  for (let row = 0; row < rows.length; row++)
    mixRows(wide, starts, row, ((outY + row) * out.width + outX) * channels, rowValues);
}

/** The same bytes as `filterPixels`, in whole numbers, which is faster. Most images and views have scale 2 or 1 / 2. */
function halve(source: Raster, columns: AxisTaps, rows: AxisTaps, out: Raster, outX: number, outY: number): void {
  const { channels, data, width } = source;
  const [firstColumn, lastColumn] = tapExtent(columns.index);
  const rowValues = (lastColumn - firstColumn + 1) * channels;
  const mixColumns = channels === 3 ? halveRgb : halveGrey;
  const index = columns.index.map((column) => column - firstColumn);
  // Rows are mixed first: that is most of the work, and goes straight along them.
  const mixed = new Uint16Array(rowValues);
  for (let row = 0; row < rows.length; row++) {
    const starts = rows.index.subarray(4 * row, 4 * row + 4).map((y) => (y * width + firstColumn) * channels);
    halveRows(data, starts, mixed);
    mixColumns(mixed, index, out.data, ((outY + row) * out.width + outX) * channels);
  }
}

/** Adds up four rows, which begin at `starts`, in eighths. */
function halveRows(data: Uint8Array, starts: Int32Array, mixed: Uint16Array): void {
  const [a, b, c, d] = [starts[0], starts[1], starts[2], starts[3]];
  for (let i = 0; i < mixed.length; i++) mixed[i] = data[a + i] + 3 * (data[b + i] + data[c + i]) + data[d + i];
}

/** Mixes the columns of a mixed row, four taps each, and writes it from `to` on. */
function halveGrey(mixed: Uint16Array, index: Int32Array, out: Uint8Array, to: number): void {
  for (let t = 0; t < index.length; t += 4)
    out[to++] = (mixed[index[t]] + 3 * (mixed[index[t + 1]] + mixed[index[t + 2]]) + mixed[index[t + 3]] + 32) >> 6;
}

function halveRgb(mixed: Uint16Array, index: Int32Array, out: Uint8Array, to: number): void {
  for (let t = 0; t < index.length; t += 4, to += 3) {
    const a = 3 * index[t];
    const b = 3 * index[t + 1];
    const c = 3 * index[t + 2];
    const d = 3 * index[t + 3];
    out[to] = (mixed[a] + 3 * (mixed[b] + mixed[c]) + mixed[d] + 32) >> 6;
    out[to + 1] = (mixed[a + 1] + 3 * (mixed[b + 1] + mixed[c + 1]) + mixed[d + 1] + 32) >> 6;
    out[to + 2] = (mixed[a + 2] + 3 * (mixed[b + 2] + mixed[c + 2]) + mixed[d + 2] + 32) >> 6;
  }
}

/** As `halve`, for scale 2. @param isMean - the mean of the bytes that are there and of the new ones is written, half up */
function double(
  source: Raster,
  columns: AxisTaps,
  rows: AxisTaps,
  out: Raster,
  outX: number,
  outY: number,
  isMean: boolean,
): void {
  const { channels, data } = source;
  const rowValues = columns.length * channels;
  const [firstRow, lastRow] = tapExtent(rows.index);
  const wide = new Uint16Array((lastRow - firstRow + 1) * rowValues);
  const mixColumns = channels === 3 ? doubleRgb : doubleGrey;
  const shares = Uint8Array.from(columns.weight, (weight) => 4 * weight);
  for (let row = firstRow; row <= lastRow; row++)
    mixColumns(data, row * source.width, columns.index, shares, wide, (row - firstRow) * rowValues);
  const starts = rows.index.map((row) => (row - firstRow) * rowValues);
  for (let row = 0; row < rows.length; row++) {
    const to = ((outY + row) * out.width + outX) * channels;
    doubleRows(wide, starts, 2 * row, 4 * rows.weight[2 * row], out.data, to, rowValues, isMean);
  }
}

/**
 * Mixes one row of pixels, from pixel `from` on, along its columns and writes it to `wide`, from value `to` on.
 *
 * @param index - of the taps of every column, two each
 * @param shares - of the taps, in quarters
 */
type MixColumns = (
  data: Uint8Array,
  from: number,
  index: Int32Array,
  shares: Uint8Array,
  wide: Uint16Array,
  to: number,
) => void;

const doubleGrey: MixColumns = (data, from, index, shares, wide, to) => {
  for (let t = 0; t < index.length; t += 2)
    wide[to++] = shares[t] * data[from + index[t]] + shares[t + 1] * data[from + index[t + 1]];
};

const doubleRgb: MixColumns = (data, from, index, shares, wide, to) => {
  for (let t = 0; t < index.length; t += 2, to += 3) {
    const a = 3 * (from + index[t]);
    const b = 3 * (from + index[t + 1]);
    const p = shares[t];
    const q = shares[t + 1];
    wide[to] = p * data[a] + q * data[b];
    wide[to + 1] = p * data[a + 1] + q * data[b + 1];
    wide[to + 2] = p * data[a + 2] + q * data[b + 2];
  }
};

/** @param isMean - the mean of the bytes that are there and of the new ones is written, half up */
function doubleRows(
  wide: Uint16Array,
  starts: Int32Array,
  t: number,
  share: number,
  out: Uint8Array,
  to: number,
  length: number,
  isMean: boolean,
): void {
  const [a, b, rest] = [starts[t], starts[t + 1], 4 - share];
  if (isMean)
    for (let i = 0; i < length; i++)
      out[to + i] = (out[to + i] + ((share * wide[a + i] + rest * wide[b + i] + 8) >> 4) + 1) >> 1;
  else for (let i = 0; i < length; i++) out[to + i] = (share * wide[a + i] + rest * wide[b + i] + 8) >> 4;
}

function filterPixels(
  source: Raster,
  columns: AxisTaps,
  rows: AxisTaps,
  out: Raster,
  outX: number,
  outY: number,
): void {
  const mixColumns = mixColumnsBy(source.channels, columns.count);
  const mixRows = { 2: mixTwoRows, 3: mixThreeRows, 4: mixFourRows }[rows.count] ?? mixAnyRows;
  filterInTwoPasses(source, columns, rows, out, outX, outY, {
    makeWide: (length) => new Float32Array(length),
    mixColumns: (from, wide, to) => mixColumns(source.data, from, columns, wide, to),
    mixRows: (wide, starts, row, to, length) =>
      mixRows(wide, starts, rows.weight, row * rows.count, out.data.subarray(to, to + length), rows.count),
  });
}

/**
 * Mixes rows of `wide`, which begin at `starts[t]`, `starts[t + 1]` and so on, into one row of bytes.
 * Most scales have two to four taps: written out, they take a third of the time.
 */
type MixRows = (
  wide: Float32Array,
  starts: Int32Array,
  weight: Float32Array,
  t: number,
  out: Uint8Array,
  count: number,
) => void;

const mixTwoRows: MixRows = (wide, starts, weight, t, out) => {
  const [a, b] = starts.subarray(t, t + 2);
  const [p, q] = weight.subarray(t, t + 2);
  for (let i = 0; i < out.length; i++) out[i] = p * wide[a + i] + q * wide[b + i] + 0.5;
};

const mixThreeRows: MixRows = (wide, starts, weight, t, out) => {
  const [a, b, c] = starts.subarray(t, t + 3);
  const [p, q, r] = weight.subarray(t, t + 3);
  for (let i = 0; i < out.length; i++) out[i] = p * wide[a + i] + q * wide[b + i] + r * wide[c + i] + 0.5;
};

const mixFourRows: MixRows = (wide, starts, weight, t, out) => {
  const [a, b, c, d] = starts.subarray(t, t + 4);
  const [p, q, r, s] = weight.subarray(t, t + 4);
  for (let i = 0; i < out.length; i++)
    out[i] = p * wide[a + i] + q * wide[b + i] + r * wide[c + i] + s * wide[d + i] + 0.5;
};

const mixAnyRows: MixRows = (wide, starts, weight, first, out, count) => {
  const sums = new Float64Array(out.length);
  for (let t = first; t < first + count; t++) {
    const [from, share] = [starts[t], weight[t]];
    for (let i = 0; i < out.length; i++) sums[i] += share * wide[from + i];
  }
  for (let i = 0; i < out.length; i++) out[i] = sums[i] + 0.5;
};

/** Mixes one row of pixels, from `from` on, along its columns and writes it to `wide`, from `to` on. */
type MixByTaps = (data: Uint8Array, from: number, columns: AxisTaps, wide: Float32Array, to: number) => void;

function mixColumnsBy(channels: number, taps: number): MixByTaps {
  if (channels === 3) return { 2: mixTwoOfRgb, 3: mixThreeOfRgb }[taps] ?? mixColumnsOfRgb;
  return { 2: mixTwoOfGrey, 3: mixThreeOfGrey }[taps] ?? mixColumnsOfGrey;
}

const mixTwoOfGrey: MixByTaps = (data, from, { index, weight }, wide, to) => {
  for (let t = 0; t < index.length; t += 2)
    wide[to++] = weight[t] * data[from + index[t]] + weight[t + 1] * data[from + index[t + 1]];
};

const mixThreeOfGrey: MixByTaps = (data, from, { index, weight }, wide, to) => {
  for (let t = 0; t < index.length; t += 3)
    wide[to++] =
      weight[t] * data[from + index[t]] +
      weight[t + 1] * data[from + index[t + 1]] +
      weight[t + 2] * data[from + index[t + 2]];
};

const mixTwoOfRgb: MixByTaps = (data, from, { index, weight }, wide, to) => {
  for (let t = 0; t < index.length; t += 2, to += 3) {
    const a = 3 * (from + index[t]);
    const b = 3 * (from + index[t + 1]);
    const p = weight[t];
    const q = weight[t + 1];
    wide[to] = p * data[a] + q * data[b];
    wide[to + 1] = p * data[a + 1] + q * data[b + 1];
    wide[to + 2] = p * data[a + 2] + q * data[b + 2];
  }
};

const mixThreeOfRgb: MixByTaps = (data, from, { index, weight }, wide, to) => {
  for (let t = 0; t < index.length; t += 3, to += 3) {
    const a = 3 * (from + index[t]);
    const b = 3 * (from + index[t + 1]);
    const c = 3 * (from + index[t + 2]);
    const p = weight[t];
    const q = weight[t + 1];
    const r = weight[t + 2];
    wide[to] = p * data[a] + q * data[b] + r * data[c];
    wide[to + 1] = p * data[a + 1] + q * data[b + 1] + r * data[c + 1];
    wide[to + 2] = p * data[a + 2] + q * data[b + 2] + r * data[c + 2];
  }
};

const mixColumnsOfRgb: MixByTaps = (data, from, columns, wide, to) => {
  const { length, count, index, weight } = columns;
  for (let column = 0, t = 0; column < length; column++) {
    let red = 0;
    let green = 0;
    let blue = 0;
    for (const end = t + count; t < end; t++) {
      const at = 3 * (from + index[t]);
      red += weight[t] * data[at];
      green += weight[t] * data[at + 1];
      blue += weight[t] * data[at + 2];
    }
    wide[to++] = red;
    wide[to++] = green;
    wide[to++] = blue;
  }
};

const mixColumnsOfGrey: MixByTaps = (data, from, columns, wide, to) => {
  const { length, count, index, weight } = columns;
  for (let column = 0, t = 0; column < length; column++) {
    let value = 0;
    for (const end = t + count; t < end; t++) value += weight[t] * data[from + index[t]];
    wide[to + column] = value;
  }
};
