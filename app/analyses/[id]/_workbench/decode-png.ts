import type { Raster } from '@/lib/imaging/raster';

const SIGNATURE_BYTES = 8;
const GREY = 0;
const RGB = 2;

/**
 * Reads an 8-bit grey or RGB PNG, not interlaced: what this site's server writes.
 *
 * Not by a canvas: browsers may manage its colours or blur what is read back against fingerprinting, and the nuclei
 * follow from every single bit.
 *
 * @param onRow - told the fraction that is done, now and then.
 */
export async function decodePng(
  bytes: Uint8Array<ArrayBuffer>,
  onProgress?: (fraction: number) => void,
): Promise<Raster> {
  const { header, parts } = readChunks(bytes);
  const { width, height, channels } = header;
  const data = new Uint8Array(width * height * channels);
  const rowBytes = width * channels;
  const row = new Uint8Array(rowBytes + 1);
  let filled = 0;
  let y = 0;
  const packed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
  const reader = packed.pipeThrough(new DecompressionStream('deflate')).getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const chunk = read.value;
    for (let from = 0; from < chunk.length && y < height; ) {
      const to = Math.min(chunk.length, from + row.length - filled);
      row.set(chunk.subarray(from, to), filled);
      filled += to - from;
      from = to;
      if (filled < row.length) break;
      unfilter(row, data, y++ * rowBytes, rowBytes, channels);
      filled = 0;
    }
    onProgress?.(y / height);
  }
  if (y < height) throw new RangeError(`The picture ends after ${y} of ${height} rows.`);
  return { data, width, height, channels };
}

type Header = { width: number; height: number; channels: 1 | 3 };

function readChunks(bytes: Uint8Array<ArrayBuffer>): { header: Header; parts: Uint8Array<ArrayBuffer>[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let header: Header | null = null;
  for (let at = SIGNATURE_BYTES; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (name === 'IHDR') header = readHeader(view, at + 8);
    else if (name === 'IDAT') parts.push(bytes.subarray(at + 8, at + 8 + length));
    else if (name === 'IEND') break;
    at += length + 12;
  }
  if (!header) throw new RangeError('This is not a PNG picture.');
  return { header, parts };
}

function readHeader(view: DataView, at: number): Header {
  const [depth, colour, interlaced] = [view.getUint8(at + 8), view.getUint8(at + 9), view.getUint8(at + 12)];
  if (depth !== 8 || (colour !== GREY && colour !== RGB) || interlaced !== 0)
    throw new RangeError(`Expected 8-bit grey or RGB, got depth ${depth}, colour type ${colour}.`);
  return { width: view.getUint32(at), height: view.getUint32(at + 4), channels: colour === RGB ? 3 : 1 };
}

/** @see W3C, Portable Network Graphics (third edition), 9 Filtering */
function unfilter(row: Uint8Array, data: Uint8Array, start: number, length: number, step: number): void {
  const filter = row[0];
  if (filter === 0) {
    data.set(row.subarray(1), start);
    return;
  }
  const hasAbove = start > 0;
  for (let i = 0; i < length; i++) {
    const at = start + i;
    const left = i >= step ? data[at - step] : 0;
    const above = hasAbove ? data[at - length] : 0;
    const corner = hasAbove && i >= step ? data[at - length - step] : 0;
    data[at] = row[i + 1] + prediction(filter, left, above, corner);
  }
}

function prediction(filter: number, left: number, above: number, corner: number): number {
  switch (filter) {
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return (left + above) >> 1;
    default: {
      const [toLeft, toAbove, toCorner] = [
        Math.abs(above - corner),
        Math.abs(left - corner),
        Math.abs(left + above - 2 * corner),
      ];
      if (toLeft <= toAbove && toLeft <= toCorner) return left;
      return toAbove <= toCorner ? above : corner;
    }
  }
}

/** One channel: the largest of each pixel, as the marker's value is read. */
export function toGrey({ data, width, height, channels }: Raster): Raster {
  if (channels === 1) return { data, width, height, channels };
  const grey = new Uint8Array(width * height);
  for (let i = 0, c = 0; i < grey.length; i++, c += 3) grey[i] = Math.max(data[c], data[c + 1], data[c + 2]);
  return { data: grey, width, height, channels: 1 };
}
