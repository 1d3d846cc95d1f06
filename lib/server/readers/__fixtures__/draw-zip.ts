import { deflateRawSync } from 'node:zlib';

export type DrawnEntry = {
  name: string;
  bytes: Buffer;
  /** Unix mode, for links. */
  mode?: number;
  /** A wrong unpacked size. */
  statedSize?: number;
  /** A wrong unpacked size in the local header alone. */
  statedLocally?: number;
  isEncrypted?: boolean;
  /** Not compressed. */
  isStored?: boolean;
  /** A method other than that of the data. */
  method?: number;
  /** A wrong checksum. */
  crc?: number;
  /** Whether sizes are behind the data, as in an archive that was written to a pipe. */
  hasDescriptor?: boolean;
  /** Whether sizes and offset are in a ZIP64 field. */
  isZip64?: boolean;
  /** Bytes by which it starts too early: inside the entry before. */
  overlap?: number;
  /** Index of an entry that starts at the same place, with the same bytes. */
  sameAs?: number;
};

const u16 = (...values: number[]) => Buffer.from(values.flatMap((v) => [v & 255, (v >>> 8) & 255]));
const u32 = (...values: number[]) => Buffer.concat(values.map((v) => u16(v & 0xffff, v >>> 16)));
const u64 = (...values: number[]) => Buffer.concat(values.map((v) => u32(v >>> 0, Math.floor(v / 2 ** 32))));
const latin = (text: string) => Buffer.from(text, 'latin1');
const LATER = 0xffffffff;

/** A ZIP, correct or not. */
export function drawZip(entries: DrawnEntry[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  const offsets: number[] = [];
  let end = 0;
  for (const entry of entries) {
    const { name, bytes, mode = 0o100644, isEncrypted = false, isStored = false, hasDescriptor = false } = entry;
    const { isZip64 = false, overlap = 0, sameAs } = entry;
    const packed = isStored ? bytes : deflateRawSync(bytes);
    const size = entry.statedSize ?? bytes.length;
    const crc = entry.crc ?? checksum(bytes);
    const path = Buffer.from(name, 'utf8');
    const flags = 0x800 | (isEncrypted ? 1 : 0) | (hasDescriptor ? 8 : 0);
    const head = u16(isZip64 ? 45 : 20, flags, entry.method ?? (isStored ? 0 : 8), 0, 0);
    const offset = sameAs === undefined ? end - overlap : offsets[sameAs]!;
    offsets.push(offset);

    const localSize = entry.statedLocally ?? size;
    const localExtra = isZip64 ? Buffer.concat([u16(1, 16), u64(localSize, packed.length)]) : Buffer.alloc(0);
    const localSizes = hasDescriptor
      ? u32(0, 0, 0)
      : isZip64
        ? u32(crc, LATER, LATER)
        : u32(crc, packed.length, localSize);
    const descriptor = hasDescriptor ? Buffer.concat([latin('PK\x07\x08'), u32(crc, packed.length, size)]) : latin('');
    const local = Buffer.concat([
      ...[latin('PK\x03\x04'), head, localSizes, u16(path.length, localExtra.length), path, localExtra],
      ...[packed, descriptor],
    ]);
    const extra = isZip64 ? Buffer.concat([u16(1, 24), u64(size, packed.length, offset)]) : Buffer.alloc(0);
    centrals.push(
      Buffer.concat([
        ...[latin('PK\x01\x02'), Buffer.from([20, 3]), head],
        isZip64 ? u32(crc, LATER, LATER) : u32(crc, packed.length, size),
        ...[u16(path.length, extra.length, 0, 0, 0), u32((mode << 16) >>> 0, isZip64 ? LATER : offset), path, extra],
      ]),
    );
    if (sameAs !== undefined) continue;
    if (overlap > 0) local.copy(locals.at(-1)!, locals.at(-1)!.length - overlap);
    locals.push(local.subarray(overlap));
    end = offset + local.length;
  }
  const central = Buffer.concat(centrals);
  const last = Buffer.concat([
    latin('PK\x05\x06'),
    u16(0, 0, entries.length, entries.length),
    u32(central.length, end),
    u16(0),
  ]);
  return Buffer.concat([...locals, central, last]);
}

/**
 * A ZIP bomb after Fifield: the data of each file contain all later local headers, each in a stored block, and end in the
 * same few bytes, which unpack to many.
 */
export function drawQuotedOverlap(count: number, kernelBytes: number): Buffer {
  const kernel = deflateRawSync(Buffer.alloc(kernelBytes));
  const crcOfKernel = checksum(Buffer.alloc(kernelBytes));
  const nameOf = (i: number) => latin(`f${String(i).padStart(4, '0')}.tif`);
  const HEADER = 30 + 9;
  /** A stored block has a header of five bytes. Here it contains one local header. */
  const blocks: Buffer[] = [];
  let packed = kernel.length;
  let size = kernelBytes;
  let crc = crcOfKernel;
  const centrals: Buffer[] = [];
  const offsetOf = (i: number) => i * (HEADER + 5);
  for (let i = count - 1; i >= 0; i--) {
    const head = u16(20, 0, 8, 0, 0);
    const sizes = u32(crc, packed, size);
    const local = Buffer.concat([latin('PK\x03\x04'), head, sizes, u16(9, 0), nameOf(i)]);
    centrals.unshift(
      Buffer.concat([
        ...[latin('PK\x01\x02'), Buffer.from([20, 3]), head, sizes, u16(9, 0, 0, 0, 0)],
        ...[u32((0o100644 << 16) >>> 0, offsetOf(i)), nameOf(i)],
      ]),
    );
    const quote = Buffer.concat([Buffer.from([0]), u16(HEADER, ~HEADER & 0xffff)]);
    blocks.unshift(i === 0 ? local : Buffer.concat([quote, local]));
    packed += HEADER + 5;
    size += HEADER;
    crc = 0; // It is compared only after unpacking.
  }
  const files = Buffer.concat([...blocks, kernel]);
  const central = Buffer.concat(centrals);
  const last = Buffer.concat([latin('PK\x05\x06'), u16(0, 0, count, count), u32(central.length, files.length), u16(0)]);
  return Buffer.concat([files, central, last]);
}

/** CRC-32, reflected; `zlib.crc32` is younger than the oldest Node that runs this. */
function checksum(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
