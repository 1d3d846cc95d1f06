import { expect, it } from 'vitest';
import type { Raster } from '@/lib/imaging/raster';
import { keepPlanes, readLikelihood, readPlanes } from './nucleus-planes';

const [width, height] = [7, 5];

/** Every channel of every pixel differs from its neighbours, from black (722 hundredths) to white (0). */
const picture = (factor: number): Raster => ({
  data: Uint8Array.from({ length: 3 * width * height }, (_, n) => (n < 3 ? 0 : (n * factor) % 256)),
  width,
  height,
  channels: 3,
});

it('keeps planes that measure as those read anew do, pixel by pixel and over any stretch', () => {
  const maps = { image: picture(37), segmentation: picture(91), marker: null };
  const [read, kept] = [readPlanes(maps), keepPlanes(maps)];
  const sumsOf = (planes: typeof read, from: number, to: number) => {
    const sums = { density: 1, density2: 2, brown: 3 };
    planes.addStain(from, to, sums);
    return sums;
  };
  // Black takes all light of every colour; what was there before is added to.
  expect(sumsOf(kept, 0, 1)).toEqual({ density: 723, density2: 722 ** 2 + 2, brown: 3 });
  expect(sumsOf(read, 1, 2).brown).not.toBe(3);
  for (let from = 0; from <= width * height; from++)
    for (let to = from; to <= width * height; to++)
      expect(sumsOf(kept, from, to), `${from} to ${to}`).toEqual(sumsOf(read, from, to));
  expect(kept.likelihood).toEqual(readLikelihood(maps.segmentation));
});
