import type { Raster } from '@/lib/imaging/raster';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const CHUNK_HEAD_BYTES = 8;
const CHECKSUM_BYTES = 4;
const GREY = 0;
const RGB = 2;

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Reads an 8-bit grey or RGB PNG that is not interlaced, as the server writes it. It is unpacked while it arrives, so the
 * file is never in memory as a whole.
 *
 * A canvas is no substitute: browsers may convert its colours, or add noise to what is read back against fingerprinting,
 * and the nuclei depend on the exact values.
 *
 * @param channels - 3: as stored; 1: the largest channel of each pixel, which is the marker's value
 * @param onProgress - called now and then with the fraction that is done, 0 to 1
 * @throws RangeError for any other kind of file, and for a file that is cut short
 */
export async function decodePng(
  file: ReadableStream<Bytes>,
  channels: 1 | 3,
  onProgress?: (fraction: number) => void,
): Promise<Raster> {
  const bytes = createByteReader(file);
  const { width, height, stored } = await readHeader(bytes);
  if (channels > stored) throw new RangeError('Expected a picture in colours, got a grey one.');
  const data = new Uint8Array(width * height * channels);
  const packed = new Uint8Array(width * stored + 1);
  let row = new Uint8Array(width * stored);
  let above = new Uint8Array(width * stored);
  let filled = 0;
  let y = 0;
  const reader = packedPixels(bytes).pipeThrough(new DecompressionStream('deflate')).getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const chunk = read.value;
    for (let from = 0; from < chunk.length && y < height; ) {
      const to = Math.min(chunk.length, from + packed.length - filled);
      packed.set(chunk.subarray(from, to), filled);
      filled += to - from;
      from = to;
      if (filled < packed.length) break;
      unfilter(packed, row, above, stored);
      if (channels === stored) data.set(row, y * row.length);
      else takeLargest(row, data, y * width);
      [row, above] = [above, row];
      filled = 0;
      y++;
    }
    onProgress?.(y / height);
  }
  if (y < height) throw new RangeError(`The picture ends after ${y} of ${height} rows.`);
  return { data, width, height, channels };
}

type ByteReader = ReturnType<typeof createByteReader>;

/** Reads bytes from a stream whose chunks may end anywhere. */
function createByteReader(stream: ReadableStream<Bytes>) {
  const reader = stream.getReader();
  let rest: Bytes = new Uint8Array(0);

  /** At least one byte, at most `count`. */
  async function some(most: number): Promise<Bytes> {
    while (rest.length === 0) {
      const { done, value } = await reader.read();
      if (done) throw new RangeError('The picture ends too early.');
      rest = value;
    }
    const taken = rest.subarray(0, most);
    rest = rest.subarray(taken.length);
    return taken;
  }

  async function exactly(count: number): Promise<Bytes> {
    const whole = new Uint8Array(count);
    for (let filled = 0; filled < count; ) {
      const part = await some(count - filled);
      whole.set(part, filled);
      filled += part.length;
    }
    return whole;
  }
  return { some, exactly };
}

async function readHeader(bytes: ByteReader): Promise<{ width: number; height: number; stored: 1 | 3 }> {
  const signature = await bytes.exactly(SIGNATURE.length);
  if (SIGNATURE.some((byte, i) => signature[i] !== byte)) throw new RangeError('This is not a PNG picture.');
  const { length } = await readChunkHead(bytes);
  const view = new DataView((await bytes.exactly(length + CHECKSUM_BYTES)).buffer);
  const [depth, colour, interlaced] = [view.getUint8(8), view.getUint8(9), view.getUint8(12)];
  if (depth !== 8 || (colour !== GREY && colour !== RGB) || interlaced !== 0)
    throw new RangeError(`Expected 8-bit grey or RGB, got depth ${depth}, colour type ${colour}.`);
  return { width: view.getUint32(0), height: view.getUint32(4), stored: colour === RGB ? 3 : 1 };
}

async function readChunkHead(bytes: ByteReader): Promise<{ name: string; length: number }> {
  const head = await bytes.exactly(CHUNK_HEAD_BYTES);
  return { name: String.fromCharCode(...head.subarray(4)), length: new DataView(head.buffer).getUint32(0) };
}

/** The contents of the data chunks as one stream. Their checksums are skipped, since the packed data has its own. */
function packedPixels(bytes: ByteReader): ReadableStream<Bytes> {
  let left = 0;
  return new ReadableStream<Bytes>({
    async pull(controller) {
      while (left === 0) {
        const { name, length } = await readChunkHead(bytes);
        if (name === 'IEND') return controller.close();
        if (name === 'IDAT') left = length;
        else await bytes.exactly(length + CHECKSUM_BYTES);
      }
      const part = await bytes.some(left);
      left -= part.length;
      if (left === 0) await bytes.exactly(CHECKSUM_BYTES);
      controller.enqueue(part);
    },
  });
}

/**
 * Undoes the filter of one row. `above` is the row before it, or zeros.
 *
 * @see W3C, Portable Network Graphics (third edition), 9 Filtering
 */
function unfilter(packed: Bytes, row: Bytes, above: Bytes, step: number): void {
  const [filter = 0] = packed;
  if (filter === 0) {
    row.set(packed.subarray(1));
    return;
  }
  for (let i = 0; i < row.length; i++) {
    const left = i >= step ? (row[i - step] ?? 0) : 0;
    const corner = i >= step ? (above[i - step] ?? 0) : 0;
    row[i] = (packed[i + 1] ?? 0) + prediction(filter, left, above[i] ?? 0, corner);
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

function takeLargest(row: Bytes, data: Bytes, start: number): void {
  for (let x = 0, c = 0; c < row.length; x++, c += 3)
    data[start + x] = Math.max(row[c] ?? 0, row[c + 1] ?? 0, row[c + 2] ?? 0);
}
