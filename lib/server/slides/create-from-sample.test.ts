import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterEach, expect, it } from 'vitest';
import { SLIDE_SAMPLES } from '@/lib/samples';
import { problemOf, runSite } from '@/lib/server/analyses/__fixtures__/site';
import { getStorage } from '@/lib/server/storage';
import { keysOfSlides, slideOf, slides, slideUntil } from './__fixtures__/slide-site';
import { openSettings } from './scoring/settings';

runSite();
afterEach(() => getStorage().delete('slides/'));

it.each(SLIDE_SAMPLES)('$name becomes a slide of whoever asks, taken in like an upload', async (sample) => {
  const first = await slideOf(slides.create({ sample: sample.name }));
  expect(first).toMatchObject({ sample: sample.name, may_edit: true });
  expect(['queued', 'running']).toContain(first.state);
  expect(await openSettings(first.id)).toMatchObject({ revision: 0, marker: 'ki67' });
  const second = await slideOf(slides.create({ sample: sample.name }));
  expect(second.id).not.toBe(first.id);
  expect((await slides.remove(second.id)).status).toBe(204);
  const { slide, ...ready } = await slideUntil(first.id, 'ready');
  expect(ready.sample).toBe(sample.name);
  expect(slide).toMatchObject({
    ...{ width: sample.width, height: sample.height, microns_per_pixel: sample.micronsPerPixel },
    ...{ is_lossless: true, damaged_tiles: [], warnings: [] },
  });
  expect((await keysOfSlides()).filter((key) => /upload|open/.test(key))).toEqual([]);
});

it('is refused where no sample has the name, and leaves nothing', async () => {
  expect(await problemOf(slides.create({ sample: 'slide-of-nobody' }))).toMatchObject({
    status: 404,
    code: 'not_found',
    detail: 'There is no sample slide of the name slide-of-nobody.',
  });
  expect(await keysOfSlides()).toEqual([]);
});

it('ships slides of at most 5 MB that are what their list says', async () => {
  for (const { file, width, height, hotSpot, slide, cores } of SLIDE_SAMPLES) {
    const bytes = readFileSync(`public/samples/${file}`);
    expect(bytes.byteLength).toBeLessThanOrEqual(5e6);
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'tiff', width, height, pages: 3 });
    if (hotSpot) expect(hotSpot.percentPositive).toBeGreaterThan(2 * slide.percentPositive);
    else expect(cores.reduce((sum, { total }) => sum + total, 0)).toBe(slide.total);
  }
});
