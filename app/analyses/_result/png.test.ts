import sharp from 'sharp';
import { expect, test } from 'vitest';
import { decodeBase64, readPngSize } from './png';

test('the size of a PNG is read from its header', async () => {
  const create = { width: 300, height: 700, channels: 3, background: '#fff' } as const;
  const png = await sharp({ create }).png().toBuffer();
  expect(readPngSize(png.toString('base64'))).toEqual({ width: 300, height: 700 });
});

test('every byte survives base64', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  expect(decodeBase64(Buffer.from(bytes).toString('base64'))).toEqual(bytes);
});
