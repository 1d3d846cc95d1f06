import { describe, expect, it } from 'vitest';
import { raster } from '@/lib/imaging/raster';
import { batchRuns, type RunMany } from './batched-runs';

const tile = (value: number, side = 2) => raster(new Uint8Array(3 * side * side).fill(value), side, side, 3);

/** Gives each tile back as its segmentation. `sizes`: tiles of each run. */
function echo(fails = (_values: number[]) => false) {
  const sizes: number[] = [];
  const runMany: RunMany = async (tiles) => {
    sizes.push(tiles.length);
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (fails(tiles.map(({ data }) => data[0] ?? 0))) throw new Error('no memory');
    return tiles.map((one) => new Map([['segmentation', one]]));
  };
  return { sizes, runMany };
}

describe('tiles that are run together', () => {
  it('are at most so many, and each gets what is its own', async () => {
    const { sizes, runMany } = echo();
    const run = batchRuns(runMany, 4);
    const all = await Promise.all(Array.from({ length: 10 }, (_, i) => run(tile(i), ['segmentation'], null)));
    expect(all.map((pictures) => pictures.get('segmentation')?.data[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(sizes).toEqual([4, 4, 2]);
  });

  it('have one size, one staining and the same outputs', async () => {
    const { sizes, runMany } = echo();
    const run = batchRuns(runMany, 8);
    const stain = (value: number) => Float32Array.of(value, 1);
    const kinds = [
      () => run(tile(1), ['segmentation'], stain(1)),
      () => run(tile(1, 3), ['segmentation'], stain(1)),
      () => run(tile(1), ['segmentation', 'marker'], stain(1)),
      () => run(tile(1), ['segmentation'], stain(2)),
      () => run(tile(1), ['segmentation'], null),
    ];
    await Promise.all([...kinds, ...kinds].map((kind) => kind()));
    expect(sizes).toEqual([2, 2, 2, 2, 2]);
  });

  it('that come while others are run wait for them, and one that is alone does not wait for company', async () => {
    const { sizes, runMany } = echo();
    const run = batchRuns(runMany, 8);
    const first = run(tile(0), ['segmentation'], null);
    await new Promise((resolve) => setTimeout(resolve, 2));
    const later = [1, 2, 3].map((i) => run(tile(i), ['segmentation'], null));
    await Promise.all([first, ...later]);
    expect(sizes).toEqual([1, 3]);
  });

  it('fail together, and leave those after them alone', async () => {
    const { sizes, runMany } = echo((values) => values.includes(1));
    const run = batchRuns(runMany, 2);
    const ends = await Promise.allSettled([0, 1, 2, 3].map((i) => run(tile(i), ['segmentation'], null)));
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled', 'fulfilled']);
    expect(sizes).toEqual([2, 2]);
  });
});
