import { afterAll, describe, expect, it } from 'vitest';
import { frameOf } from '@/lib/exchange/coordinate-frame';
import { type Raster, sharedRaster } from '@/lib/imaging/raster';
import { drawScene, scatterNuclei } from '@/lib/scoring/__fixtures__/draw-scene';
import { EVERYWHERE } from '@/lib/scoring/gate/apply-regions';
import { scoreImage } from '@/lib/scoring/score-image';
import type { Thresholds } from '@/lib/scoring/thresholds';
import { createPool } from '@/workers/pool';
import { scoreNuclei } from '@/workers/protocol';
import { findInBands } from './find-in-bands';

const SIDE = 1800;
const drawn = drawScene(SIDE, SIDE, scatterNuclei(SIDE, SIDE, 4000, 5));
const scene = {
  image: share(drawn.image),
  segmentation: share(drawn.segmentation),
  marker: drawn.marker && share(drawn.marker),
  micronsPerPixel: 0.25,
};
const thresholds: Thresholds = {
  ...{ algorithm: 'watershed', probThresh: 127, sizeThresh: 'auto' },
  ...{ sizeThreshUpper: null, markerThresh: null },
};
const options = { algorithm: 'watershed', probThresh: 127, micronsPerPixel: 0.25 } as const;
const pool = createPool({ threads: 3, intraOpThreads: 1, maxQueue: 100 });
const { signal } = new AbortController();

afterAll(() => pool.close());

function share(raster: Raster): Raster {
  const shared = sharedRaster(raster.width, raster.height, raster.channels);
  shared.data.set(raster.data);
  return shared;
}

describe('findInBands', () => {
  it('gives the score and the nuclei of the whole picture', async () => {
    const bands = await findInBands(pool, scene, options, signal);
    expect(bands?.length).toBeGreaterThanOrEqual(3);
    const request = { thresholds, corrections: [], regions: EVERYWHERE };
    const lists = {
      include: ['cells', 'geojson'],
      frame: frameOf('image', scene.image, null),
      classes: 'grades',
    } as const;
    const work = { scene, request, overlay: null, refined: null, lists };
    const inBands = await pool.run(scoreNuclei, { ...work, bands });
    expect(inBands.score.total).toBeGreaterThan(2000);
    expect(inBands.score).toEqual(scoreImage(scene, request).score);
    expect(inBands).toEqual(await pool.run(scoreNuclei, { ...work, bands: null }));
  });

  it('leaves small pictures, and an algorithm that cannot be cut, to one thread', async () => {
    const small = { ...scene, image: sharedRaster(900, 900, 3), segmentation: sharedRaster(900, 900, 3), marker: null };
    expect(await findInBands(pool, small, options, signal)).toBeNull();
    expect(await findInBands(pool, scene, { ...options, algorithm: 'deepliif' }, signal)).toBeNull();
  });

  it('gives nothing to a run that was cancelled', async () => {
    await expect(findInBands(pool, scene, options, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
  });
});
