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
  expect(kept.sumDensity(0, 1)).toBe(722);
  for (let from = 0; from <= width * height; from++)
    for (let to = from; to <= width * height; to++)
      expect(kept.sumDensity(from, to), `${from} to ${to}`).toBe(read.sumDensity(from, to));
  expect(kept.likelihood).toEqual(readLikelihood(maps.segmentation));
});
