import { AppError } from '@/lib/errors';
import { assertSameSize, type LabelMap, type Mask } from '@/lib/imaging/raster';

/**
 * Floods a relief from labelled seeds and returns one basin per seed.
 *
 * Pixels are flooded by level, and within a level in the order in which they are reached, so a plateau is split halfway
 * between its seeds.
 *
 * @param relief - (height, width) levels; low ones are flooded first. Pass negated distance to split touching nuclei.
 * @param seeds - (height, width) label map; 0 = no seed. scikit-image calls these "markers".
 * @param mask - (height, width) 0/1; pixels at 0 stay background, seeds there included.
 * @param connectivity - 4: water flows through edges; 8: also through corners.
 * @returns a new label map, labels taken from `seeds`.
 * @throws AppError `shape_mismatch` when the rasters differ in size.
 * @see Soille & Ansoult 1990, doi:10.1016/0165-1684(90)90127-K; matches `skimage.segmentation.watershed` wherever the
 *   order of seed pixels of one level does not matter (skimage takes them in the order of its heap, this in raster order)
 */
export function watershed(
  relief: Uint8Array | Uint16Array,
  seeds: LabelMap,
  mask: Mask,
  connectivity: 4 | 8 = 4,
): LabelMap {
  assertSameSize(seeds, mask);
  const { width, height } = seeds;
  if (relief.length !== width * height)
    throw new AppError('shape_mismatch', `expected a relief of ${width * height} pixels, got ${relief.length}`);
  const stride = width + 2;
  const level = new Uint16Array(stride * (height + 2));
  const labels = new Int32Array(level.length).fill(CLOSED);
  const seedPixels: number[] = [];
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0, j = (y + 1) * stride + 1; x < width; x++, i++, j++) {
      if (mask.data[i] === 0) continue;
      level[j] = relief[i];
      labels[j] = seeds.data[i];
      if (seeds.data[i] > 0) seedPixels.push(j);
    }
  const queue = new LevelQueue(new Int32Array(level.length));
  floodWindow(level, labels, stride, connectivity, seedPixels, seedPixels.length, queue);
  const data = new Int32Array(width * height);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0, j = (y + 1) * stride + 1; x < width; x++, i++, j++) data[i] = Math.max(0, labels[j]);
  return { data, width, height };
}

/** Label of a pixel that is never flooded. */
export const CLOSED = -1;

/**
 * Floods a window. Its outermost pixels are closed, so that the loop needs no test for the border.
 *
 * @param level - levels of the window, `stride` pixels a row.
 * @param labels - flooded in place: `CLOSED`, 0 = open, k = basin k.
 * @param seeds - indices of the labelled pixels to start from, the first `seedCount` of them.
 * @param queue - empty before and after.
 */
export function floodWindow(
  level: Uint16Array,
  labels: Int32Array,
  stride: number,
  connectivity: 4 | 8,
  seeds: ArrayLike<number>,
  seedCount: number,
  queue: LevelQueue,
): void {
  // Edges first, then corners, each in raster order, as scikit-image visits them.
  const offsets =
    connectivity === 4
      ? [-stride, -1, 1, stride]
      : [-stride, -1, 1, stride, -stride - 1, -stride + 1, stride - 1, stride + 1];
  for (let n = 0; n < seedCount; n++) queue.push(seeds[n], level[seeds[n]]);
  for (let i = queue.pop(); i >= 0; i = queue.pop()) {
    const label = labels[i];
    for (let n = 0; n < offsets.length; n++) {
      const j = i + offsets[n];
      if (labels[j] !== 0) continue;
      labels[j] = label;
      queue.push(j, level[j]);
    }
  }
}

/** A queue of pixels: the lowest level first, first in first out within a level. A pixel is in it at most once at a time. */
export class LevelQueue {
  readonly #first = new Int32Array(65536).fill(-1);
  readonly #last = new Int32Array(65536);
  readonly #next: Int32Array;
  #lowest = 65536;

  /** @param next - memory for the queue, one entry a pixel of the window; its contents do not matter. */
  constructor(next: Int32Array) {
    this.#next = next;
  }

  push(pixel: number, level: number): void {
    this.#next[pixel] = -1;
    if (this.#first[level] < 0) this.#first[level] = pixel;
    else this.#next[this.#last[level]] = pixel;
    this.#last[level] = pixel;
    if (level < this.#lowest) this.#lowest = level;
  }

  /** Index of the next pixel, or -1 when none is left. */
  pop(): number {
    for (; this.#lowest < 65536; this.#lowest++) {
      const pixel = this.#first[this.#lowest];
      if (pixel < 0) continue;
      this.#first[this.#lowest] = this.#next[pixel];
      return pixel;
    }
    return -1;
  }
}
