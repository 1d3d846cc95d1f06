import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Late, runAlone } from '@/workers/pool';
import { describeImage, readImage } from '../readers/__fixtures__/read-file';

/** Drawn by `__fixtures__/draw-heic.py`. */
const fixture = (name: string) => readFileSync(join(__dirname, '__fixtures__', `${name}.heic`));

const PAPER = [240, 240, 240];
const BROWN = [120, 60, 30];
const BLUE = [60, 90, 170];
const RED = [250, 20, 20];
/** Of a picture that is not turned. */
const PLACES = { paper: [50, 12], brown: [16, 16], blue: [72, 40], red: [2, 2] } as const;

async function coloursAt(name: string, places: Record<string, readonly [number, number]> = PLACES) {
  const { raster, ...image } = await readImage(fixture(name));
  const at = ([x, y]: readonly [number, number]) => {
    const start = (y * raster.width + x) * 3;
    return Array.from(raster.data.slice(start, start + 3));
  };
  return { image, colours: Object.fromEntries(Object.entries(places).map(([key, place]) => [key, at(place)])) };
}

/** Tolerance for rounding between YCbCr and RGB. */
function expectColours(found: Record<string, number[]>, expected: Record<string, readonly number[]>, tolerance = 2) {
  for (const [key, colour] of Object.entries(expected))
    for (const [c, value] of colour.entries())
      expect(
        Math.abs((found[key]?.[c] ?? Number.NaN) - value),
        `${key}: ${found[key]} for ${colour}`,
      ).toBeLessThanOrEqual(tolerance);
}

const PLAIN = { paper: PAPER, brown: BROWN, blue: BLUE, red: RED };

it.each(['plain', 'ten-bit', 'tiles', 'second-is-primary'])('%s', async (name) => {
  const { image, colours } = await coloursAt(name);
  expect(image).toMatchObject({ format: 'HEIC', reader: 'common', width: 96, height: 64, warnings: [] });
  expect(image.selection).toBeNull();
  expectColours(colours, PLAIN);
});

it('turned by a quarter, as the file asks', async () => {
  // (x, y) of the drawing comes to (63 - y, x).
  const places = { paper: [51, 50], brown: [47, 16], blue: [23, 72], red: [61, 2] } as const;
  const { image, colours } = await coloursAt('turned', places);
  expect([image.width, image.height]).toEqual([64, 96]);
  expectColours(colours, PLAIN);
});

it('mirrored, as the file asks', async () => {
  const places = { paper: [45, 12], brown: [79, 16], blue: [23, 40], red: [93, 2] } as const;
  expectColours((await coloursAt('mirrored', places)).colours, PLAIN);
});

it('sides that are no multiple of a block, subsampled colour', async () => {
  const { image, colours } = await coloursAt('odd-sides');
  expect([image.width, image.height]).toEqual([95, 61]);
  expectColours(colours, PLAIN, 8);
});

it('alpha lies on white', async () => {
  const { image, colours } = await coloursAt('alpha');
  expect(image.warnings).toEqual([]);
  // Brown with an opacity of 128 / 255, and blue with none.
  expectColours(colours, { paper: PAPER, brown: [187, 157, 142], blue: [255, 255, 255], red: RED });
});

it.each(['display-p3', 'display-p3-codes'])('%s becomes sRGB', async (name) => {
  const { image, colours } = await coloursAt(name);
  expect(image.warnings).toEqual([]);
  // By the matrices of Display P3 and sRGB. The red is outside sRGB.
  expectColours(colours, { paper: PAPER, brown: [128, 57, 22], blue: [51, 91, 176], red: [255, 0, 0] }, 3);
});

it('colours that cannot be converted are taken as sRGB, with a warning', async () => {
  const { image, colours } = await coloursAt('bt2020-pq');
  expect(image.warnings).toEqual([
    { code: 'profile_ignored', detail: expect.stringContaining('primaries 9, transfer 16') },
  ]);
  expectColours(colours, PLAIN);
});

const refusalOf = (bytes: Uint8Array) =>
  readImage(bytes).then(
    () => 'it was read',
    (error) => `${error.code}: ${error.detail}`,
  );
const damaged = /^unreadable_image: The HEIC file is cut short or damaged: .*Bio-Formats: not asked/;

const cutIsRefused = async (share: number) => {
  const whole = fixture('busy');
  expect(await refusalOf(whole.subarray(0, share * whole.length))).toMatch(damaged);
};
it('cut to 0.95 of its bytes, it is refused', () => cutIsRefused(0.95));
it.each([0.3, 0.6])('cut to %s of its bytes, it is refused', { tags: ['long'] }, cutIsRefused);

const lossIsRefused = async (share: number) => {
  const lost = Buffer.from(fixture('busy'));
  lost.fill(0, Math.round(share * lost.length));
  expect(await refusalOf(lost)).toMatch(damaged);
};
it('a stream that is lost from 0.7 on is refused: the decoder itself says nothing', () => lossIsRefused(0.7));
it.each([0.3, 0.5])('a stream that is lost from %s on is refused', { tags: ['long'] }, lossIsRefused);

it('more pixels than the limit are refused by the header', async () => {
  const huge = Buffer.from(fixture('plain'));
  const size = huge.indexOf('ispe') + 8;
  huge.writeUInt32BE(60_000, size);
  huge.writeUInt32BE(60_000, size + 4);
  await expect(describeImage(huge)).rejects.toMatchObject({ code: 'image_too_large' });
});

it('a picture that is larger than its header says is refused', async () => {
  const small = Buffer.from(fixture('plain'));
  small.writeUInt32BE(16, small.indexOf('ispe') + 8);
  expect(await refusalOf(small)).toMatch(damaged);
});

it('a thread that takes too long is ended, and the next file is read', async () => {
  const payload = { bytes: fixture('busy'), wantsPixels: true, maxPixels: 1e8 };
  const hurried = runAlone('heic', payload, { seconds: 0.02, heapMegabytes: 64 });
  await expect(hurried).rejects.toBeInstanceOf(Late);
  expect(await describeImage(fixture('busy'))).toMatchObject({ width: 320, height: 320 });
});

it('files that come at once wait for each other', async () => {
  const names = ['plain', 'busy', 'tiles', 'turned'];
  const sizes = await Promise.all(names.map((name) => describeImage(fixture(name))));
  expect(sizes.map(({ width }) => width)).toEqual([96, 320, 96, 64]);
});

it.each([
  ['JPEG', 'hvc1', 'jpeg'],
  ['AV1', 'hvc1', 'av01'],
])('a container that names %s is refused with the reason, not read as something else', async (_, from, to) => {
  const other = Buffer.from(fixture('plain'));
  other.write(to, other.indexOf(from), 'latin1');
  expect(await refusalOf(other)).toMatch(/^unreadable_image: .*HEIC file/);
});
