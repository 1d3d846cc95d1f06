import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';

/** Brotli's window, as a power of two: rows of a tile, not all of it. */
const WINDOW_BITS = 18;

/**
 * Packs the planes of a tile's maps without loss, in Brotli's fastest form. `lib/server/slides/scoring/README.md` compares it with
 * others.
 */
export function packPlanes(planes: Uint8Array): Uint8Array {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN } = constants;
  return brotliCompressSync(planes, { params: { [BROTLI_PARAM_QUALITY]: 1, [BROTLI_PARAM_LGWIN]: WINDOW_BITS } });
}

/**
 * Unpacks what `packPlanes` packed.
 *
 * @param planes - as many bytes as they have
 * @returns false for bytes that are not those of so many; then `planes` hold anything
 */
export function unpackPlanes(packed: Uint8Array, planes: Uint8Array): boolean {
  let unpacked: Uint8Array;
  try {
    unpacked = brotliDecompressSync(packed, { maxOutputLength: planes.length + 1 });
  } catch {
    return false;
  }
  if (unpacked.length !== planes.length) return false;
  planes.set(unpacked);
  return true;
}
