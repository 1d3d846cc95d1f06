import { expect, it } from 'vitest';
import { crc32, crc32InJavaScript } from './crc32';

it.each([
  ['', 0],
  // The check value of the CRC catalogue for CRC-32/ISO-HDLC.
  ['123456789', 0xcbf43926],
])('of %j is %i, by Node and without it', (text, checksum) => {
  const bytes = Buffer.from(text);
  expect([crc32(bytes), crc32InJavaScript(bytes)]).toEqual([checksum, checksum]);
});

it('goes on from what came before', () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, n) => (n * n) % 256);
  for (const at of [0, 1, 500, 1000])
    for (const of of [crc32, crc32InJavaScript])
      expect(of(bytes.subarray(at), of(bytes.subarray(0, at)))).toBe(crc32(bytes));
});
