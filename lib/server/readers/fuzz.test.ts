import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { AppError } from '@/lib/errors';
import { resetEnvForTests } from '@/lib/server/env';
import { getReaders } from '@/lib/server/readers/bioformats/reader-line';
import { drawDicom } from './__fixtures__/draw-dicom';
import { drawRgb, drawTiff, omeXml, short, text } from './__fixtures__/draw-tiff';
import { drawZip } from './__fixtures__/draw-zip';
import { MAX_MS, residentBytes } from './__fixtures__/drawn-slide';
import { readImage } from './__fixtures__/read-file';

/** In about a minute; `FUZZ_SEED` makes others. */
const FILES = Number(process.env.FUZZ_FILES || 2000);
/** In some seconds. */
const FEW_FILES = 200;
const SEED = Number(process.env.FUZZ_SEED || 1);
const MAX_SEED_BYTES = 60_000;
const MAX_GROWTH_BYTES = 200 * 2 ** 20;
const ALLOWED = ['unreadable_image', 'image_too_large'];

let random = 0;
/** mulberry32: the same files on every machine. */
function below(limit: number): number {
  random = (random + 0x6d2b79f5) | 0;
  let t = Math.imul(random ^ (random >>> 15), 1 | random);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % limit;
}

const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T;

/** Wrong values for sizes, counts and offsets. */
const LIES = [0, 1, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];

const MUTATIONS: Record<string, (bytes: Buffer) => Buffer> = {
  'flipped bits': (bytes) => {
    for (let i = 1 + below(24); i > 0; i--) {
      const at = below(bytes.length);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << below(8)), at);
    }
    return bytes;
  },
  'cut short': (bytes) => bytes.subarray(0, 1 + below(bytes.length)),
  'header lies': (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let i = 1 + below(4); i > 0; i--) {
      const at = below(Math.max(1, Math.min(bytes.length - 4, 600)));
      if (bytes.length >= 4) view.setUint32(at, pick(LIES), below(2) === 0);
    }
    return bytes;
  },
  // TIFF has its directory at the end, as ZIP does.
  'trailer lies': (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let i = 1 + below(4); i > 0; i--) {
      const back = 4 + below(Math.max(1, Math.min(bytes.length - 4, 400)));
      if (bytes.length >= 4) view.setUint32(bytes.length - back, pick(LIES), below(2) === 0);
    }
    return bytes;
  },
};

async function drawnSeeds(): Promise<Record<string, Buffer>> {
  const [width, height] = [48, 32];
  const pixels = drawRgb(width, height);
  const image = () => sharp(pixels, { raw: { width, height, channels: 3 } });
  const page = { width, height, samples: 3, pixels };
  const dicom = await drawDicom({ width, height, tile: 16, rgb: pixels });
  return {
    'drawn.png': await image().png().toBuffer(),
    'drawn.jpg': await image().jpeg().toBuffer(),
    'drawn.webp': await image().webp().toBuffer(),
    'drawn.gif': await image().gif().toBuffer(),
    'drawn-tiled.tif': await image().tiff({ tile: true, pyramid: true, tileWidth: 16, tileHeight: 16 }).toBuffer(),
    'drawn.tif': drawTiff([page]),
    'drawn.ome.tif': drawTiff([{ ...page, tags: { 270: omeXml(page, ['RGB'], { samples: 3 }) } }]),
    'drawn.svs': drawTiff([{ ...page, tags: { 270: text('Aperio Image Library\n|MPP = 0.5') } }]),
    'drawn.ndpi': drawTiff([{ ...page, tags: { 65420: short(1), 271: text('Hamamatsu') } }]),
    'drawn.dcm': dicom,
    'drawn.zip': drawZip([{ name: 'a/slide.dcm', bytes: dicom }]),
  };
}

function sharedSeeds(): Record<string, Buffer> {
  const folder = resolve(process.env.RESTAIN_SHARED ?? '../shared', 'formats');
  if (!existsSync(folder)) {
    console.log('Skipped in part: the shared format files are not on this machine; drawn ones are mutated alone.');
    return {};
  }
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  const files = paths
    .filter((path) => /\.\w+$/.test(path) && !path.endsWith('.md'))
    .map((path) => [path, readFileSync(path)] as const);
  const small = files.filter(([, bytes]) => bytes.length <= MAX_SEED_BYTES);
  return Object.fromEntries(small.map(([path, bytes]) => [basename(path), bytes]));
}

beforeAll(async () => {
  // A wrong size may still be a picture. Large ones would take all of the test's time.
  vi.stubEnv('MAX_PIXELS', '4000000');
  resetEnvForTests();
  // The first file also waits for the start of the reading process, which must not count against it.
  await readImage((await drawnSeeds())['drawn.ome.tif'] ?? Buffer.alloc(0)).catch(() => {});
});

afterAll(() => {
  getReaders().stop();
  vi.unstubAllEnvs();
  resetEnvForTests();
});

async function expectReadOrRefused(files: number): Promise<void> {
  const seeds = Object.entries({ ...(await drawnSeeds()), ...sharedSeeds() });
  const kinds = Object.entries(MUTATIONS);
  const counts = { opened: 0, refused: 0 };
  const slow: string[] = [];
  let settled = 0;
  let slowest = 0;
  random = SEED;
  for (let i = 0; i < files; i++) {
    const [name, original] = seeds[i % seeds.length] ?? [];
    const [kind, mutate] = kinds[Math.floor(i / seeds.length) % kinds.length] ?? [];
    if (!original || !mutate) throw new Error('no seeds');
    const bytes = mutate(Buffer.from(original));
    const started = performance.now();
    const error = await readImage(bytes).then(
      () => null,
      (reason: unknown) => reason,
    );
    const ms = performance.now() - started;
    slowest = Math.max(slowest, ms);
    if (ms > MAX_MS) slow.push(`#${i} ${name}, ${kind}: ${Math.round(ms)} ms`);
    const isAllowed = error === null || (error instanceof AppError && ALLOWED.includes(error.code));
    expect(isAllowed, `#${i} ${name}, ${kind}: ${error instanceof Error ? error.stack : error}`).toBe(true);
    counts[error === null ? 'opened' : 'refused']++;
    // The first files of each kind load libraries and code, and fill caches, which stay.
    if (i === Math.floor(files / 2)) settled = residentBytes();
  }
  const growth = residentBytes() - settled;
  console.log(
    `Fuzz, seed ${SEED}: ${counts.opened} opened, ${counts.refused} refused; ` +
      `slowest ${Math.round(slowest)} ms, memory ${Math.round(growth / 1e6)} MB above the middle of the run.`,
  );
  expect(slow).toEqual([]);
  expect(growth).toBeLessThan(MAX_GROWTH_BYTES);
  const left = readdirSync(tmpdir()).filter((name) => name.startsWith(`restain-${process.pid}-`));
  // The scratch folder of the running process stays.
  expect(left.length).toBeLessThanOrEqual(1);
}

const OUTCOME = 'mutated files are read or refused, soon, and leave the server as it was';
it(`${FEW_FILES} ${OUTCOME}`, { timeout: 10 * 60_000 }, () => expectReadOrRefused(FEW_FILES));
it(`${FILES} ${OUTCOME}`, { tags: ['long'], timeout: 30 * 60_000 }, () => expectReadOrRefused(FILES));
