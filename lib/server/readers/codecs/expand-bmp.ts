import 'server-only';
import { Refusal } from '@/lib/server/readers/slide-source';

/** Bytes of the info header. The older headers of OS/2 have neither run lengths nor 16 bits. */
const INFO_BYTES = 40;
const FILE_HEADER_BYTES = 14;
const COMPRESSION = { none: 0, rle8: 1, rle4: 2, bitFields: 3 } as const;
/** 5 bits each, where the file has no masks. */
const MASKS_555 = [0x7c00, 0x03e0, 0x001f];
const ESCAPE = { endOfLine: 0, endOfPicture: 1, move: 2 } as const;

type Header = { width: number; height: number; bits: number; compression: number; pixelsAt: number; paletteAt: number };

/**
 * Expands a BMP with run lengths (RLE8, RLE4) or 16 bits a pixel, which Bio-Formats misreads, to 24 bits a pixel.
 *
 * @param assertSize - throws for more pixels than may be held
 * @returns null for any other BMP
 */
export function expandBmp(bmp: Buffer, assertSize: (size: { width: number; height: number }) => void): Buffer | null {
  const header = readHeader(bmp);
  if (header === null) return null;
  const { compression, bits, width, height } = header;
  const isRuns = compression === COMPRESSION.rle8 || compression === COMPRESSION.rle4;
  if (!isRuns && bits !== 16) return null;
  const rows = Math.abs(height);
  if (width < 1 || rows < 1) throw new Refusal(`BMP: its header states ${width} x ${height} pixels`);
  assertSize({ width, height: rows });
  const colours = isRuns ? expandRuns(bmp, header) : expandWords(bmp, header);
  const stride = Math.ceil((width * 3) / 4) * 4;
  const plain = Buffer.alloc(FILE_HEADER_BYTES + INFO_BYTES + stride * rows);
  bmp.copy(plain, 0, 0, FILE_HEADER_BYTES + INFO_BYTES);
  plain.writeUInt32LE(plain.length, 2);
  plain.writeUInt32LE(FILE_HEADER_BYTES + INFO_BYTES, 10);
  plain.writeUInt32LE(INFO_BYTES, 14);
  plain.writeUInt16LE(24, 28);
  plain.writeUInt32LE(COMPRESSION.none, 30);
  plain.writeUInt32LE(stride * rows, 34);
  plain.writeUInt32LE(0, 46);
  for (let row = 0; row < rows; row++)
    plain.set(colours.subarray(row * width * 3, (row + 1) * width * 3), FILE_HEADER_BYTES + INFO_BYTES + row * stride);
  return plain;
}

function readHeader(bmp: Buffer): Header | null {
  if (bmp.length < FILE_HEADER_BYTES + INFO_BYTES || bmp.readUInt32LE(14) < INFO_BYTES) return null;
  return {
    width: bmp.readInt32LE(18),
    height: bmp.readInt32LE(22),
    bits: bmp.readUInt16LE(28),
    compression: bmp.readUInt32LE(30),
    pixelsAt: bmp.readUInt32LE(10),
    paletteAt: FILE_HEADER_BYTES + bmp.readUInt32LE(14),
  };
}

/** Blue, green, red, in the stored order of rows. Pixels that no run reaches have the first colour. */
function expandRuns(bmp: Buffer, { width, height, compression, pixelsAt, paletteAt }: Header): Uint8Array {
  const indices = new Uint8Array(width * Math.abs(height));
  const isNibbles = compression === COMPRESSION.rle4;
  let [x, y, at] = [0, 0, pixelsAt];
  const put = (index: number) => {
    if (x < width && y < Math.abs(height)) indices[y * width + x] = index;
    x++;
  };
  const nibble = (byte: number, i: number) => (i % 2 === 0 ? byte >> 4 : byte & 15);
  while (at + 1 < bmp.length && y < Math.abs(height)) {
    const [count, value] = [bmp.readUInt8(at), bmp.readUInt8(at + 1)];
    at += 2;
    if (count > 0) for (let i = 0; i < count; i++) put(isNibbles ? nibble(value, i) : value);
    else if (value === ESCAPE.endOfPicture) return lookUp(bmp, indices, paletteAt, pixelsAt);
    else if (value === ESCAPE.endOfLine) [x, y] = [0, y + 1];
    else if (value === ESCAPE.move) {
      x += bmp[at] ?? 0;
      y += bmp[at + 1] ?? 0;
      at += 2;
    } else {
      for (let i = 0; i < value; i++) put(isNibbles ? nibble(bmp[at + (i >> 1)] ?? 0, i) : (bmp[at + i] ?? 0));
      const bytes = isNibbles ? Math.ceil(value / 2) : value;
      at += bytes + (bytes % 2);
    }
  }
  if (y < Math.abs(height) - 1)
    throw new Refusal(`BMP: it is cut short: ${y} of its ${Math.abs(height)} rows are there`);
  return lookUp(bmp, indices, paletteAt, pixelsAt);
}

function lookUp(bmp: Buffer, indices: Uint8Array, paletteAt: number, paletteEnd: number): Uint8Array {
  const colours = new Uint8Array(indices.length * 3);
  const end = Math.min(paletteEnd, bmp.length);
  indices.forEach((index, i) => {
    const at = paletteAt + index * 4;
    if (at + 3 <= end) for (let c = 0; c < 3; c++) colours[i * 3 + c] = bmp[at + c] ?? 0;
  });
  return colours;
}

/** Pixels are 16-bit words, in which masks select red, green and blue. */
function expandWords(bmp: Buffer, { width, height, compression, pixelsAt, paletteAt }: Header): Uint8Array {
  const rows = Math.abs(height);
  const stride = Math.ceil((width * 2) / 4) * 4;
  if (pixelsAt + stride * rows > bmp.length) throw new Refusal('BMP: it is cut short: rows are missing');
  // The masks are behind the first 40 bytes, as part of a longer header or after it.
  const masksAt = Math.min(paletteAt, FILE_HEADER_BYTES + INFO_BYTES);
  const masks =
    compression === COMPRESSION.bitFields ? [0, 4, 8].map((shift) => bmp.readUInt32LE(masksAt + shift)) : MASKS_555;
  const fields = [...masks].reverse().map((mask) => ({ mask, shift: mask === 0 ? 0 : 31 - Math.clz32(mask & -mask) }));
  const colours = new Uint8Array(width * rows * 3);
  for (let row = 0, to = 0; row < rows; row++)
    for (let column = 0; column < width; column++) {
      const word = bmp.readUInt16LE(pixelsAt + row * stride + column * 2);
      for (const { mask, shift } of fields)
        colours[to++] = mask === 0 ? 0 : Math.round((((word & mask) >>> shift) * 255) / (mask >>> shift));
    }
  return colours;
}
