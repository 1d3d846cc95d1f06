import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Raster } from '@/lib/imaging/raster';
import { analyseImage } from '@/lib/server/inference/analyse-image';
import { stopEngine } from '@/lib/server/inference/engine';
import { MAX_MS } from './__fixtures__/drawn-slide';
import { findBioformats } from './bioformats-install';
import { getReaders } from './bioformats-line';
import { type ReadOptions, readImage } from './read-image';

const folder = resolve(process.env.RESTAIN_SHARED ?? '../shared', 'cases');
const why = existsSync(folder)
  ? findBioformats() === null && 'Bio-Formats is not installed: npm run formats:install'
  : 'the shared cases are not on this machine';
if (why) console.log(`Skipped: ${why}.`);

/** The field of nearly all cases: nuclei and positive ones at 40x, with the shipped model. */
const CONTROL = '00_control_189_40.png';
const NUCLEI = { total: 189, positive: 40 };
/** What a lossy form may change in a count. */
const LOSSY = 5;

type Case = {
  options?: ReadOptions;
  /** Mean difference from the control's pixels, in grey levels; 0 = the same pixels. */
  difference?: number;
  refused?: RegExp;
};

const same = (options: ReadOptions = {}): Case => ({ options, difference: 0 });
/** One line a case. */
const TABLE: Record<string, Case> = {
  '00_control_189_40.png': same(),
  '04_same_lzw.tif': same(),
  '09_ome_3ch_noname.ome.tif': same({ channels: 'rgb' }),
  '10_zip_backslash.zip': same(),
};

describe.skipIf(why)('the shared cases', () => {
  let control: Raster;
  beforeAll(async () => {
    control = (await readImage(readFileSync(join(folder, CONTROL)))).raster;
    // The process starts with the first file that needs it: the time of a machine, not of a file.
    await readImage(readFileSync(join(folder, '04_zstd_no_pixelsize.tif')));
  });
  afterAll(async () => {
    getReaders().stop();
    await stopEngine();
  });

  it.each(Object.entries(TABLE))('%s', async (name, { options, difference = 0, refused }) => {
    const started = performance.now();
    const reading = readImage(readFileSync(join(folder, name)), options);
    await reading.catch(() => null);
    expect(performance.now() - started).toBeLessThan(MAX_MS);
    if (refused) {
      await expect(reading).rejects.toMatchObject({ detail: expect.stringMatching(refused) });
      return;
    }
    const { raster } = await reading;
    expect([raster.width, raster.height]).toEqual([control.width, control.height]);
    expect(meanDifference(raster, control)).toBeLessThanOrEqual(difference);
    const { total, positive } = await count(raster);
    const slack = difference === 0 ? 0 : LOSSY;
    expect(Math.abs(total - NUCLEI.total)).toBeLessThanOrEqual(slack);
    expect(Math.abs(positive - NUCLEI.positive)).toBeLessThanOrEqual(slack);
  });
});

function meanDifference(one: Raster, other: Raster): number {
  let sum = 0;
  for (let i = 0; i < one.data.length; i++) sum += Math.abs(one.data[i] - other.data[i]);
  return sum / one.data.length;
}

async function count(image: Raster): Promise<{ total: number; positive: number }> {
  const request = { image, micronsPerPixel: 0.25, scoring: {}, modalities: [], overlay: false, refined: false };
  const { score } = await analyseImage(request, { signal: new AbortController().signal });
  return { total: score?.total ?? 0, positive: score?.positive ?? 0 };
}
