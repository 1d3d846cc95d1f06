import { AppError } from '@/lib/errors';
import { assertSameSize, type LabelMap, type Mask } from './raster';

/**
 * Floods a relief from labelled seeds and returns one basin per seed.
 *
 * Pixels are reached in order of height and, at one height, of arrival, so a plateau is split halfway between its seeds.
 *
 * @param relief - (height, width) levels; low floods first. Pass negated distance to split touching nuclei.
 * @param seeds - (height, width) label map; 0 = no seed. scikit-image calls these "markers".
 * @param mask - (height, width) 0/1; pixels at 0 stay background, seeds there included.
 * @param connectivity - 4: water flows through edges; 8: also through corners.
 * @returns a new label map, labels taken from `seeds`.
 * @throws AppError `shape_mismatch` when the rasters differ in size.
 * @see Soille & Ansoult 1990, doi:10.1016/0165-1684(90)90127-K; matches `skimage.segmentation.watershed` wherever the
 *   order of equally high seed pixels does not matter (skimage takes those in the order of its heap, we in raster order)
 */
export function watershed(
  relief: Uint8Array | Uint16Array,
  seeds: LabelMap,
  mask: Mask,
  connectivity: 4 | 8 = 4,
): LabelMap {
  assertSameSize(seeds, mask);
  if (relief.length !== seeds.data.length)
    throw new AppError('shape_mismatch', `expected a relief of ${seeds.data.length} pixels, got ${relief.length}`);
  const data = seeds.data.slice();
  for (let i = 0; i < data.length; i++) if (mask.data[i] === 0) data[i] = 0;
  const labelMap = { data, width: seeds.width, height: seeds.height };
  floodInPlace(relief, labelMap, mask, connectivity);
  return labelMap;
}

/** As `watershed`, on the caller's own map: labels spread over the unlabelled pixels of the mask. */
export function floodInPlace(
  relief: Uint8Array | Uint16Array,
  labelMap: LabelMap,
  mask: Mask,
  connectivity: 4 | 8,
): void {
  const { data: labels, width, height } = labelMap;
  const queue = new LevelQueue(relief instanceof Uint8Array ? 256 : 65536, labels.length);
  const neighbours = neighbourOffsets(width, connectivity);
  const open = (i: number) => labels[i] === 0 && mask.data[i] !== 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 0) continue;
    const sides = openSides(i, width, height);
    for (let n = 0; n < neighbours.offset.length; n++) {
      if ((neighbours.needs[n] & ~sides) !== 0 || !open(i + neighbours.offset[n])) continue;
      queue.push(i, relief[i]);
      break;
    }
  }
  for (let i = queue.pop(); i >= 0; i = queue.pop()) {
    const label = labels[i];
    const sides = openSides(i, width, height);
    for (let n = 0; n < neighbours.offset.length; n++) {
      if ((neighbours.needs[n] & ~sides) !== 0) continue;
      const j = i + neighbours.offset[n];
      if (labels[j] !== 0 || mask.data[j] === 0) continue;
      labels[j] = label;
      queue.push(j, relief[j]);
    }
  }
}

const LEFT = 1;
const RIGHT = 2;
const UP = 4;
const DOWN = 8;

/** Which sides of a pixel lie within the picture. */
function openSides(i: number, width: number, height: number): number {
  const x = i % width;
  let sides = 0;
  if (x > 0) sides |= LEFT;
  if (x < width - 1) sides |= RIGHT;
  if (i >= width) sides |= UP;
  if (i < width * (height - 1)) sides |= DOWN;
  return sides;
}

/** Offsets of the neighbours, nearest first, then in raster order, as scikit-image visits them. */
function neighbourOffsets(width: number, connectivity: 4 | 8): { offset: Int32Array; needs: Uint8Array } {
  const edges = { offset: [-width, -1, 1, width], needs: [UP, LEFT, RIGHT, DOWN] };
  if (connectivity === 4) return { offset: Int32Array.from(edges.offset), needs: Uint8Array.from(edges.needs) };
  return {
    offset: Int32Array.from([...edges.offset, -width - 1, -width + 1, width - 1, width + 1]),
    needs: Uint8Array.from([...edges.needs, UP | LEFT, UP | RIGHT, DOWN | LEFT, DOWN | RIGHT]),
  };
}

/** First in, first out within a level; the lowest level first. A pixel may be queued once in the queue's life. */
class LevelQueue {
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  readonly #next: Int32Array;
  #level: number;

  constructor(levels: number, pixels: number) {
    this.#first = new Int32Array(levels).fill(-1);
    this.#last = new Int32Array(levels);
    this.#next = new Int32Array(pixels);
    this.#level = levels;
  }

  push(pixel: number, level: number): void {
    this.#next[pixel] = -1;
    if (this.#first[level] < 0) this.#first[level] = pixel;
    else this.#next[this.#last[level]] = pixel;
    this.#last[level] = pixel;
    if (level < this.#level) this.#level = level;
  }

  /** Index of the next pixel, or -1 when none is left. */
  pop(): number {
    while (this.#level < this.#first.length) {
      const pixel = this.#first[this.#level];
      if (pixel >= 0) {
        this.#first[this.#level] = this.#next[pixel];
        return pixel;
      }
      this.#level++;
    }
    return -1;
  }
}
