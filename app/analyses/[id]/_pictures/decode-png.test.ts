import sharp from 'sharp';
import { expect, test } from 'vitest';
import { randomSource } from '@/lib/scoring/__fixtures__/draw-scene';
import { encodePng } from '@/lib/server/images/encode-png';
import { decodePng } from './decode-png';

const [width, height] = [67, 41];
const random = randomSource(3);
const data = Uint8Array.from({ length: 3 * width * height }, () => 256 * random());
/** In chunks that end anywhere, as from a network. */
const streamOf = (buffer: Uint8Array, partBytes = 1000) =>
  new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (let at = 0; at < buffer.length; at += partBytes)
        controller.enqueue(new Uint8Array(buffer.subarray(at, at + partBytes)));
      controller.close();
    },
  });

test('every byte of what the server encodes is read back', async () => {
  const png = await encodePng({ data, width, height, channels: 3 }, null);
  for (const partBytes of [13, 1000, png.length])
    expect(await decodePng(streamOf(png, partBytes), 3)).toEqual({ data, width, height, channels: 3 });
});

test('every filter is undone', async () => {
  // Smooth and rough parts, for which the encoder chooses different filters.
  const mixed = data.map((value, i) => (i % (3 * width) < 90 ? i / 40 : value));
  const png = await sharp(mixed, { raw: { width, height, channels: 3 } })
    .png({ adaptiveFiltering: true, compressionLevel: 9 })
    .toBuffer();
  expect((await decodePng(streamOf(png), 3)).data).toEqual(mixed);
});

test('one channel: of a grey picture its own, of one in colours the largest', async () => {
  const grey = data.subarray(0, width * height);
  const png = await sharp(grey, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
  expect(await decodePng(streamOf(png), 1)).toEqual({ data: Uint8Array.from(grey), width, height, channels: 1 });
  await expect(decodePng(streamOf(png), 3)).rejects.toThrow('got a grey one');
  const largest = grey.map((_, i) => Math.max(...data.subarray(3 * i, 3 * i + 3)));
  const coloured = await encodePng({ data, width, height, channels: 3 }, null);
  expect(await decodePng(streamOf(coloured), 1)).toEqual({ data: largest, width, height, channels: 1 });
});

test('a picture that ends too early, or is none, is refused', async () => {
  const png = await encodePng({ data, width, height, channels: 3 }, null);
  await expect(decodePng(streamOf(png.subarray(0, png.length / 2)), 3)).rejects.toThrow('ends too early');
  await expect(decodePng(streamOf(new Uint8Array(100)), 3)).rejects.toThrow('not a PNG');
});
