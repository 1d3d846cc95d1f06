import sharp from 'sharp';
import { expect, test } from 'vitest';
import { randomSource } from '@/lib/scoring/__fixtures__/draw-scene';
import { encodePng } from '@/lib/server/images/encode-png';
import { decodePng, toGrey } from './decode-png';

const [width, height] = [67, 41];
const random = randomSource(3);
const data = Uint8Array.from({ length: 3 * width * height }, () => 256 * random());
const bytesOf = (buffer: Buffer) => new Uint8Array(buffer);

test('every byte of what the server encodes is read back', async () => {
  const png = await encodePng({ data, width, height, channels: 3 });
  expect(await decodePng(bytesOf(png))).toEqual({ data, width, height, channels: 3 });
});

test('every filter is undone', async () => {
  // Smooth and rough parts, so that the encoder takes one filter here and another there.
  const mixed = data.map((value, i) => (i % (3 * width) < 90 ? i / 40 : value));
  const png = await sharp(mixed, { raw: { width, height, channels: 3 } })
    .png({ adaptiveFiltering: true, compressionLevel: 9 })
    .toBuffer();
  expect((await decodePng(bytesOf(png))).data).toEqual(mixed);
});

test('a grey picture stays grey, and one in colours is read by its largest channel', async () => {
  const grey = data.subarray(0, width * height);
  const png = await sharp(grey, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
  expect(await decodePng(bytesOf(png))).toEqual({ data: Uint8Array.from(grey), width, height, channels: 1 });
  const coloured = toGrey({ data: Uint8Array.of(1, 9, 4, 7, 2, 3), width: 2, height: 1, channels: 3 });
  expect(coloured).toEqual({ data: Uint8Array.of(9, 7), width: 2, height: 1, channels: 1 });
});

test('a picture that ends too early, or is none, is refused', async () => {
  const png = bytesOf(await encodePng({ data, width, height, channels: 3 }));
  await expect(decodePng(png.slice(0, png.length / 2))).rejects.toThrow();
  await expect(decodePng(new Uint8Array(100))).rejects.toThrow('not a PNG');
});
