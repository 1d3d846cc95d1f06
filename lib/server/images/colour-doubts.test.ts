import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Raster } from '@/lib/imaging/raster';
import { readImage } from '../readers/__fixtures__/read-file';
import { colourDoubts } from './colour-doubts';

const samples = resolve('public/samples');
const data = resolve(process.env.RESTAIN_SHARED ?? '../shared', 'data');
if (!existsSync(data)) console.log(`Skipped in part: ${data} is not on this machine.`);

const pictureOf = async (path: string) => (await readImage(readFileSync(path))).raster;
const codesOf = (image: Raster) => colourDoubts(image).map(({ code }) => code);
const isPicture = (name: string) => /(^|_)image\.(png|jpg)$|^[^_]*\.jpg$/.test(name);

describe('sound pictures', () => {
  it.each(readdirSync(samples).filter((name) => name.endsWith('.jpg')))('the sample %s', async (name) => {
    expect(codesOf(await pictureOf(join(samples, name)))).toEqual([]);
  });

  it.skipIf(!existsSync(data))('real ones', { tags: ['long'], timeout: 300_000 }, async () => {
    const paths = readdirSync(data, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && isPicture(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
    const doubted: string[] = [];
    for (const path of paths) for (const code of codesOf(await pictureOf(path))) doubted.push(`${path}: ${code}`);
    console.log(`${paths.length} real pictures, ${doubted.length} doubted`);
    expect(doubted).toEqual([]);
  });
});

describe('pictures that cannot be scored as stained tissue', () => {
  /** A sample, each pixel made into another. */
  const changed = async (change: (r: number, g: number, b: number) => number[]): Promise<Raster> => {
    const image = await pictureOf(join(samples, 'ki67-medium.jpg'));
    const bytes = Uint8Array.from(image.data);
    for (let i = 0; i < bytes.length; i += 3) {
      const [r = 0, g = 0, b = 0] = bytes.subarray(i, i + 3);
      bytes.set(change(r, g, b), i);
    }
    return { ...image, data: bytes };
  };
  const grey = (r: number, g: number, b: number) => (r + g + b) / 3;

  it.each([
    ['grey', (r: number, g: number, b: number) => Array(3).fill(grey(r, g, b)), ['no_colour']],
    [
      'grey with the noise of a lossy form',
      (r, g, b) => [grey(r, g, b), grey(r, g, b) + 4, grey(r, g, b)],
      ['no_colour'],
    ],
    ['grey in a tone', (r, g, b) => [grey(r, g, b), grey(r, g, b) * 0.85, grey(r, g, b) * 0.7], ['no_colour']],
    ['blank', () => [255, 255, 255], ['no_colour']],
    ['under a yellow lamp', (r, g, b) => [r, g, b * 0.5], ['coloured_background']],
    ['read in the wrong colour space', (r, g, b) => [grey(r, g, b), 128, 128], ['coloured_background']],
    ['inverted, and dimmed', (r, g, b) => [(255 - r) / 2, (255 - g) / 2, (255 - b) / 2], ['dark_background']],
    ['fluorescence', (r, g) => [(255 - r) / 4, 255 - g, 0], ['dark_background']],
  ] as [string, (r: number, g: number, b: number) => number[], string[]][])('%s', async (_, change, codes) => {
    expect(codesOf(await changed(change))).toEqual(codes);
  });
});
