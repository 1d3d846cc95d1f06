import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { readImage } from '../readers/__fixtures__/read-file';
import { countSurplus } from './jpeg-surplus';

/** Enough rows of blocks that one is less than a tenth. */
const [WIDTH, HEIGHT] = [256, 512];
const END = Buffer.of(0xff, 0xd9);
/** Drawn tissue, in which lost parts are visible. */
const field = () =>
  sharp(readFileSync('public/samples/ki67-medium.jpg')).extract({ left: 0, top: 0, width: WIDTH, height: HEIGHT });

const read = async (bytes: Uint8Array) => {
  const { raster, warnings } = await readImage(bytes);
  return { raster, told: warnings.map(({ code, detail }) => `${code}: ${detail}`) };
};
const refusal = (bytes: Uint8Array) =>
  readImage(bytes).then(
    () => 'read',
    (error: { code?: string; message: string }) => `${error.code}: ${error.message}`,
  );
const cut = (bytes: Buffer, share: number) => bytes.subarray(0, Math.round(bytes.length * share));

describe('JPEG', () => {
  let jpeg: Buffer;
  let progressive: Buffer;
  beforeAll(async () => {
    jpeg = await field().jpeg({ quality: 90 }).toBuffer();
    progressive = await field().jpeg({ quality: 90, progressive: true }).toBuffer();
  });
  /** Where the scans start. */
  const scansOf = (bytes: Buffer) => [...bytes.keys()].filter((at) => bytes[at] === 0xff && bytes[at + 1] === 0xda);

  it('is read where its end marker alone is missing', async () => {
    const whole = await read(jpeg);
    for (const [missing, present] of [
      [jpeg.subarray(0, -2), jpeg],
      [progressive.subarray(0, -2), progressive],
    ] as const)
      expect((await read(missing)).raster.data).toEqual((await read(present)).raster.data);
    expect(whole.told).toEqual([]);
    expect((await read(jpeg.subarray(0, -2))).told).toEqual([]);
  });

  it.each([
    ['zeros before its end marker', () => Buffer.concat([jpeg.subarray(0, -2), Buffer.alloc(300), END])],
    ['fill bytes there', () => Buffer.concat([jpeg.subarray(0, -2), Buffer.alloc(7, 0xff), END.subarray(1)])],
    ['bytes behind it', () => Buffer.concat([jpeg, Buffer.from('a camera’s thumbnail')])],
  ])('is sound with %s', async (_, bytes) => {
    expect((await read(bytes())).told).toEqual([]);
  });

  it('of which bytes in the middle were changed is refused, by the data that is left over', async () => {
    const told: string[] = [];
    for (const start of [6000, 9000, 12_000, 15_000])
      told.push(await refusal(Buffer.from(jpeg).copyWithin(start, start + 1500, start + 1900)));
    // With as many blocks as before nothing is found. With more blocks the decoder ends too early.
    expect(told.join()).toMatch(/: \d+ bytes of its data are left over after its last block/);
    const grey = await field().greyscale().jpeg({ quality: 90 }).toBuffer();
    expect(await refusal(grey)).toBe('read');
    expect(await refusal(grey.fill(0, 9000, 9600))).toContain('cut short or damaged');
  });

  it('is searched for data that is left over in about the time that it takes to decode it', async () => {
    const times: [number, number] = [0, 0];
    const time = async (which: 0 | 1, work: () => Promise<unknown>) => {
      const started = performance.now();
      await work();
      times[which] += performance.now() - started;
    };
    for (let i = 0; i < 20; i++) {
      await time(0, () => sharp(jpeg).raw().toBuffer());
      await time(1, () => countSurplus(jpeg, 5));
    }
    // Four components took 30 times as long: they are taken for CMYK and converted by a profile.
    expect(times[1] / times[0]).toBeLessThan(5);
  });

  it.each([
    ['cut in half', () => cut(jpeg, 0.5)],
    ['cut in half, and ended', () => Buffer.concat([cut(jpeg, 0.5), END])],
    ['a little short, and ended', () => Buffer.concat([cut(jpeg, 0.97), END])],
  ])('%s is refused, by the rows that are missing', async (_, bytes) => {
    expect(await refusal(bytes())).toMatch(
      /^unreadable_image: The JPEG file is cut short or damaged: the lower [\d.]+ % of its rows \(\d+ of 512\) cannot be read/,
    );
  });

  it('that lacks its last rows alone is read, those white, with a warning', async () => {
    const { raster, told } = await read(cut(jpeg, 0.97));
    expect(told).toEqual([
      expect.stringMatching(/^image_damaged: .* the lower [\d.]+ % of its rows .* nothing in it was counted/),
    ]);
    expect([...raster.data.subarray(-WIDTH * 3)].every((value) => value === 255)).toBe(true);
  });

  it.each([
    ['cut in half', () => cut(progressive, 0.5)],
    ['cut in half, and ended', () => Buffer.concat([cut(progressive, 0.5), END])],
    ['whose last scans are gone', () => Buffer.concat([progressive.subarray(0, scansOf(progressive)[2]), END])],
  ])('progressive, %s is refused', async (_, bytes) => {
    expect(await refusal(bytes())).toMatch(/^unreadable_image: The JPEG file is cut short or damaged/);
  });

  it('progressive, without its last refinement is read with a warning', async () => {
    const { told } = await read(Buffer.concat([progressive.subarray(0, scansOf(progressive).at(-1)), END]));
    expect(told).toEqual([expect.stringMatching(/^image_damaged: .* less sharp than the original\.$/)]);
  });

  it('with a piece taken out of its middle is refused', async () => {
    const lost = Buffer.concat([cut(jpeg, 0.4), jpeg.subarray(Math.round(jpeg.length * 0.6))]);
    expect(await refusal(lost)).toMatch(/^unreadable_image: The JPEG file is cut short or damaged/);
  });
});

describe('TIFF', () => {
  const tile = { tile: true, tileWidth: 64, tileHeight: 64 } as const;
  const tiffOf = (compression: 'deflate' | 'lzw' | 'jpeg' | 'packbits', layout: object = tile) =>
    field()
      .tiff({ compression, predictor: 'none', ...layout })
      .toBuffer();
  /** Offsets and sizes of the tiles or strips: values of two tags of the first directory. */
  const chunksOf = (tiff: Buffer, isTiled: boolean) => {
    const at = tiff.readUInt32LE(4);
    const values = (tag: number) => {
      for (let i = 0; i < tiff.readUInt16LE(at); i++) {
        const entry = at + 2 + 12 * i;
        if (tiff.readUInt16LE(entry) !== tag) continue;
        const bytes = tiff.readUInt16LE(entry + 2) === 3 ? 2 : 4;
        const start = tiff.readUInt32LE(entry + 4) * bytes <= 4 ? entry + 8 : tiff.readUInt32LE(entry + 8);
        return Array.from({ length: tiff.readUInt32LE(entry + 4) }, (_, k) =>
          tiff.readUIntLE(start + k * bytes, bytes),
        );
      }
      return [];
    };
    const offsets = values(isTiled ? 324 : 273);
    const counts = values(isTiled ? 325 : 279);
    return offsets.map((start, i) => tiff.subarray(start, start + (counts[i] ?? 0)));
  };

  it.each(['deflate', 'lzw', 'jpeg', 'packbits'] as const)(
    '%s: a damaged tile is white, and told',
    async (compression) => {
      const tiff = await tiffOf(compression);
      chunksOf(tiff, true)[5]?.fill(0);
      const { raster, told } = await read(tiff);
      expect(told).toEqual([
        'image_damaged: The file is damaged: 1 of its 32 tiles (3.1 % of the picture) cannot be read. That part was left white, and nothing in it was counted.',
      ]);
      // The sixth tile, with four in a row.
      const at = (100 * WIDTH + 100) * 3;
      expect([...raster.data.subarray(at, at + 3)]).toEqual([255, 255, 255]);
    },
  );

  it.each([0.3, 0.5, 0.8])('deflate: a wrong bit at %f of a tile is found by its checksum', async (share) => {
    const tiff = await tiffOf('deflate');
    const chunk = chunksOf(tiff, true)[5] ?? Buffer.alloc(0);
    const at = Math.round(chunk.length * share);
    chunk.writeUInt8(chunk.readUInt8(at) ^ 0x10, at);
    expect((await read(tiff)).told).toEqual([expect.stringMatching(/1 of its 32 tiles/)]);
  });

  it('where more than a tenth is gone it is refused', async () => {
    const tiff = await tiffOf('deflate');
    for (const chunk of chunksOf(tiff, true).slice(0, 4)) chunk.fill(0);
    expect(await refusal(tiff)).toContain('4 of its 32 tiles (13 % of the picture) cannot be read');
  });

  it.each(['deflate', 'lzw', 'jpeg'] as const)('%s: a damaged strip ends the picture', async (compression) => {
    const tiff = await tiffOf(compression, {});
    const strips = chunksOf(tiff, false);
    expect(strips.length).toBeGreaterThan(1);
    strips[strips.length >> 1]?.fill(0);
    expect(await refusal(tiff)).toMatch(/^unreadable_image: .* cut short or damaged: .*(lower \d+ % of its rows|JPEG)/);
  });

  it('sound ones are read without a word', async () => {
    for (const compression of ['deflate', 'lzw', 'jpeg', 'packbits'] as const)
      for (const layout of [tile, {}]) expect((await read(await tiffOf(compression, layout))).told).toEqual([]);
  });
});

describe('the others', () => {
  it.each([
    ['a GIF with zeros in its middle', async () => (await field().gif().toBuffer()).fill(0, 60_000, 63_000)],
    [
      'half a GIF, and ended',
      async () => Buffer.concat([cut(await field().gif().toBuffer(), 0.5), Buffer.from('\0;')]),
    ],
    [
      'a PNG with a wrong bit',
      async () =>
        ((png) => png.fill(png.readUInt8(png.length >> 1) ^ 1, png.length >> 1, (png.length >> 1) + 1))(
          await field().png().toBuffer(),
        ),
    ],
    ['half a WebP', async () => cut(await field().webp().toBuffer(), 0.5)],
    ['half an AVIF', async () => cut(await field().avif().toBuffer(), 0.5)],
  ])('%s is refused', async (_, bytes) => {
    expect(await refusal(await bytes())).toMatch(/^unreadable_image: /);
  });
});
