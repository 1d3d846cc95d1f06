import * as zlib from 'node:zlib';

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** The same without Node's own function. */
export function crc32InJavaScript(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[i] ?? 0)) & 255] ?? 0);
  return ~crc >>> 0;
}

/**
 * The checksum of ZIP and PNG. Node has a function for it since 20.15, which is faster.
 *
 * @param before - the checksum of the bytes before these
 */
export const crc32: (bytes: Uint8Array, before?: number) => number =
  (zlib.crc32 as typeof zlib.crc32 | undefined) ?? crc32InJavaScript;
