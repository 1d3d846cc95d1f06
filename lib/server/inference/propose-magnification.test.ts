import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Raster, sharedRaster } from '@/lib/imaging/raster';
import { SAMPLES } from '@/lib/samples';
import { RESOLUTIONS } from '@/lib/scoring/scores/likelier-resolution';
import { resetEnvForTests } from '@/lib/server/env';
import { startEngine, stopEngine } from './engine';
import { proposeMagnification } from './propose-magnification';

const SHARED = join(process.env.RESTAIN_SHARED ?? '../shared', 'data');
const HALVINGS = ['40x', '20x', '10x'] as const;

async function read(file: string, halvings = 0): Promise<Raster> {
  const { width } = await sharp(file).metadata();
  const { data, info } = await sharp(file)
    .resize({ width: Math.round(width / 2 ** halvings) })
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const image = sharedRaster(info.width, info.height, 3);
  image.data.set(data);
  return image;
}

beforeAll(async () => {
  process.env.MODELS_DIR = 'models';
  resetEnvForTests();
  await startEngine();
});
afterAll(stopEngine);

const some = SAMPLES.filter(({ name }) => ['ki67-40x', 'ki67-20x', 'ki67-10x', 'he', 'cd138'].includes(name));

it('tells the magnification of some shipped samples, and how large their nuclei are', () => expectTold(some));
it('tells that of all of them', { tags: ['long'] }, () => expectTold(SAMPLES));

async function expectTold(samples: typeof SAMPLES) {
  const wrong: string[] = [];
  for (const { name, file, micronsPerPixel } of samples) {
    const proposed = await proposeMagnification(await read(join('public/samples', file)));
    const right = RESOLUTIONS.find((resolution) => resolution.micronsPerPixel === micronsPerPixel)?.name;
    if (proposed?.name !== right) wrong.push(`${name}: ${proposed?.name}`);
    else expect((proposed?.medianDiameterPx ?? 0) * micronsPerPixel, name).toBeCloseTo(7, -1);
  }
  expect(wrong).toEqual([]);
}

it('proposes nothing for glass, noise, or a picture with a handful of nuclei', async () => {
  const glass = sharedRaster(600, 600, 3);
  glass.data.fill(238);
  const noise = sharedRaster(600, 600, 3);
  // Knuth's generator of random numbers.
  for (let i = 0, state = 1; i < noise.data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    noise.data[i] = state >>> 24;
  }
  const few = await sharp('public/samples/ki67-40x.jpg')
    .extract({ left: 0, top: 0, width: 90, height: 90 })
    .raw()
    .toBuffer();
  const small = sharedRaster(90, 90, 3);
  small.data.set(few);
  for (const image of [glass, noise, small]) expect(await proposeMagnification(image)).toBeNull();
});

type Field = { set: string; file: string; nuclei: number };

/** The labelled pictures, all at about 40x, with the number of nuclei that their labels show. */
async function labelledFields(): Promise<Field[]> {
  const sets = readdirSync(SHARED).filter((name) => /^(he|ki67|cd138)-/.test(name));
  const folders = sets.flatMap((set) =>
    readdirSync(join(SHARED, set)).map((name) => ({ set, path: join(SHARED, set, name) })),
  );
  const fields: Field[] = [];
  for (const { set, path } of folders) {
    const files = readdirSync(path);
    const file = files.find((name) => name.startsWith('image.'));
    if (file) fields.push({ set, file: join(path, file), nuclei: await countLabels(path, files) });
  }
  return fields;
}

async function countLabels(path: string, files: readonly string[]): Promise<number> {
  if (files.includes('points.json')) return JSON.parse(readFileSync(join(path, 'points.json'), 'utf8')).length;
  const labels = files.find((name) => name === 'labels.png');
  if (labels) {
    const deep = await sharp(join(path, labels)).toColourspace('grey16').raw({ depth: 'ushort' }).toBuffer();
    return new Set(new Uint16Array(deep.buffer, deep.byteOffset, deep.byteLength / 2)).size - 1;
  }
  const drawn = sharp(join(path, files.find((name) => name === 'nuclei.png' || name === 'mask.png') as string));
  const { data, info } = await drawn.removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  // Red and blue are nuclei, white is a mask, green an outline.
  const inside = Uint8Array.from({ length: info.width * info.height }, (_, i) =>
    Math.max(data[3 * i]!, data[3 * i + 2]!) > 127 ? 1 : 0,
  );
  return countPieces(inside, info.width);
}

/** Pieces of more than 20 pixels, joined through edges. */
function countPieces(inside: Uint8Array, width: number): number {
  let pieces = 0;
  for (let start = 0; start < inside.length; start++) {
    if (inside[start] !== 1) continue;
    const open = [start];
    inside[start] = 2;
    let size = 0;
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      size++;
      for (const next of [at - width, at + width, at % width ? at - 1 : -1, (at + 1) % width ? at + 1 : -1])
        if (inside[next] === 1) {
          inside[next] = 2;
          open.push(next);
        }
    }
    if (size > 20) pieces++;
  }
  return pieces;
}

const hasShared = existsSync(SHARED);
if (!hasShared)
  console.log(`No labelled pictures in ${SHARED}: set RESTAIN_SHARED. Their magnifications are not tried.`);

it.skipIf(!hasShared)(
  'is right in nine of ten proposals for labelled pictures with 50 nuclei or more',
  { tags: ['long'], timeout: 600_000 },
  async () => {
    let right = 0;
    let wrong = 0;
    let none = 0;
    for (const { set, file, nuclei } of await labelledFields()) {
      if (nuclei < 50) continue;
      for (const [halvings, name] of HALVINGS.entries()) {
        const proposed = await proposeMagnification(await read(file, halvings));
        if (!proposed) none++;
        else if (proposed.name === name) right++;
        else {
          wrong++;
          console.log(`${set}: ${proposed.name} is proposed for ${name}`);
        }
      }
    }
    console.log(`right ${right}, wrong ${wrong}, none ${none}`);
    expect(right / (right + wrong)).toBeGreaterThanOrEqual(0.9);
    expect(right / (right + wrong + none)).toBeGreaterThanOrEqual(0.6);
  },
);
