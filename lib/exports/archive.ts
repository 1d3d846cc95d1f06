import { imagejRoiName, type RoiOptions, writeImagejRoi } from '@/lib/exchange/imagej-roi';
import type { ExportedNucleus } from '@/lib/exchange/nuclei';

type Content = Blob | Uint8Array | string | AsyncIterable<Uint8Array>;

/** A file as it lies in an archive, so that a thread can prepare it. */
export type PackedFile = {
  name: string;
  /** Compressed by DEFLATE, or as they are. */
  packed: Uint8Array;
  isCompressed: boolean;
  /** Size and checksum before compression. */
  size: number;
  crc: number;
};

/**
 * `read` is called when it is the file's turn, so that an archive does not hold all its files at once. A file that is
 * gone by then (null) is left out.
 */
export type ArchivedFile = PackedFile | { name: string; read: () => Content | null | Promise<Content | null> };

/** These are compressed already. */
const COMPRESSED = /\.(png|zip|pdf)$/;
const LEVEL = 4;
/** Larger contents are compressed in pieces of this size. */
const PIECE_BYTES = 2 ** 18;
/** The page must move, and a server must answer others. */
const LONGEST_WITHOUT_REST_MS = 20;

/** From this number of files on, the plain end of an archive cannot state it. */
const MOST_COUNTED = 0xffff;
const END_BYTES = 22;
const ZIP64_END_BYTES = 56;
const ZIP64_LOCATOR_BYTES = 20;
const ZIP64_VERSION = 45;

/**
 * Adds the number of files to the end of an archive, in the form of ZIP64. Programs that read the plain form alone would find
 * `count` modulo 65,536 files.
 *
 * @param directory - the central directory, and after it the plain end
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT 4.3.14 to 4.3.16
 */
function countByZip64(directory: Uint8Array, count: number): Uint8Array {
  const at = directory.length - END_BYTES;
  const bytes = new Uint8Array(directory.length + ZIP64_END_BYTES + ZIP64_LOCATOR_BYTES);
  bytes.set(directory.subarray(0, at));
  bytes.set(directory.subarray(at), bytes.length - END_BYTES);
  const view = new DataView(bytes.buffer);
  const end = bytes.length - END_BYTES;
  const [size, offset] = [view.getUint32(end + 12, true), view.getUint32(end + 16, true)];
  view.setUint32(at, 0x06064b50, true);
  view.setUint32(at + 4, ZIP64_END_BYTES - 12, true);
  view.setUint16(at + 12, ZIP64_VERSION, true);
  view.setUint16(at + 14, ZIP64_VERSION, true);
  // The upper halves of the four are 0.
  for (const [field, value] of [count, count, size, offset].entries()) view.setUint32(at + 24 + 8 * field, value, true);
  const locator = at + ZIP64_END_BYTES;
  view.setUint32(locator, 0x07064b50, true);
  view.setUint32(locator + 8, offset + size, true);
  view.setUint32(locator + 16, 1, true);
  view.setUint16(end + 8, MOST_COUNTED, true);
  view.setUint16(end + 10, MOST_COUNTED, true);
  return bytes;
}

const toBytes = (content: Uint8Array | string) =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content;

/** Compresses a file at once. */
export async function packFile(name: string, content: Uint8Array | string): Promise<PackedFile> {
  const { deflateSync, ZipPassThrough } = await import('fflate');
  const bytes = toBytes(content);
  // It counts size and checksum.
  const counter = new ZipPassThrough(name);
  counter.ondata = () => {};
  counter.push(bytes, true);
  const isCompressed = !COMPRESSED.test(name);
  const packed = isCompressed ? deflateSync(bytes, { level: LEVEL }) : bytes;
  return { name, packed, isCompressed, size: counter.size, crc: counter.crc };
}

/** A ZIP or jar file with one more entry, or with another content of one. */
export async function addEntry(archive: Uint8Array, { name, content }: { name: string; content: string }) {
  const { strToU8, unzipSync, zipSync } = await import('fflate');
  // Jars know no time before 1980; this one makes the same archive each time.
  return zipSync({ ...unzipSync(archive), [name]: strToU8(content) }, { level: LEVEL, mtime: new Date(2026, 0, 1) });
}

/** What an archive may hold in all: its addresses have 32 bits. */
export const MAX_ARCHIVE_BYTES = 4e9;

/**
 * Writes an archive of files in their order, as fast as its chunks are taken.
 *
 * @throws RangeError above `maxBytes`: an archive that breaks off is seen to be broken, one with wrong addresses is not
 */
export async function* writeArchive(
  files: Iterable<ArchivedFile> | AsyncIterable<ArchivedFile>,
  { maxBytes = MAX_ARCHIVE_BYTES } = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const { Zip, ZipDeflate, ZipPassThrough } = await import('fflate');
  let written: Uint8Array[] = [];
  let writtenBytes = 0;
  let allBytes = 0;
  let count = 0;
  const zip = new Zip((error, chunk, isDirectory) => {
    if (error) throw error;
    const bytes = isDirectory && count >= MOST_COUNTED ? countByZip64(chunk, count) : chunk;
    written.push(bytes);
    writtenBytes += bytes.length;
    allBytes += bytes.length;
  });
  // Thousands of small files leave in a few chunks.
  function* takeWritten(least = PIECE_BYTES) {
    if (allBytes > maxBytes) throw new RangeError(`An archive may have ${maxBytes} bytes; this one has more.`);
    if (writtenBytes < least) return;
    yield joinBytes(written);
    written = [];
    writtenBytes = 0;
  }
  let rested = performance.now();
  async function rest() {
    if (performance.now() - rested < LONGEST_WITHOUT_REST_MS) return;
    await new Promise((resolve) => setTimeout(resolve));
    rested = performance.now();
  }

  for await (const file of files) {
    const { name } = file;
    const content = 'packed' in file ? null : await file.read();
    if (content === null && !('packed' in file)) continue;
    count++;
    const isSmall = (content instanceof Uint8Array || typeof content === 'string') && content.length <= PIECE_BYTES;
    const packed = 'packed' in file ? file : isSmall ? await packFile(name, content) : null;
    if (packed) {
      const { isCompressed, size, crc } = packed;
      const entry: Parameters<typeof zip.add>[0] = { filename: name, compression: isCompressed ? 8 : 0, size, crc };
      zip.add(entry);
      for (const piece of piecesOf(packed.packed)) {
        entry.ondata?.(null, piece, false);
        yield* takeWritten();
      }
      entry.ondata?.(null, new Uint8Array(0), true);
    } else {
      const entry = COMPRESSED.test(name) ? new ZipPassThrough(name) : new ZipDeflate(name, { level: LEVEL });
      zip.add(entry);
      for await (const piece of readPieces(content ?? '')) {
        entry.push(new Uint8Array(piece), false);
        yield* takeWritten();
        await rest();
      }
      entry.push(new Uint8Array(0), true);
    }
    yield* takeWritten();
    await rest();
  }
  zip.end();
  yield* takeWritten(1);
}

async function* readPieces(content: Content): AsyncGenerator<Uint8Array> {
  if (content instanceof Blob)
    for (let start = 0; start < content.size; start += PIECE_BYTES)
      yield new Uint8Array(await content.slice(start, start + PIECE_BYTES).arrayBuffer());
  else if (content instanceof Uint8Array || typeof content === 'string') yield* piecesOf(toBytes(content));
  else yield* content;
}

/** Copies, because a stream does not take shared memory. */
function* piecesOf(bytes: Uint8Array): Generator<Uint8Array<ArrayBuffer>> {
  for (let start = 0; start < bytes.length; start += PIECE_BYTES)
    yield new Uint8Array(bytes.subarray(start, start + PIECE_BYTES));
}

function joinBytes(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}

/** A ZIP file for ImageJ's ROI Manager. */
export async function zipRois(nuclei: readonly ExportedNucleus[], options: RoiOptions): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeArchive(roiFiles(nuclei, options))) chunks.push(chunk);
  return joinBytes(chunks);
}

function* roiFiles(nuclei: readonly ExportedNucleus[], options: RoiOptions): Generator<ArchivedFile> {
  for (const nucleus of nuclei)
    yield { name: `${imagejRoiName(nucleus)}.roi`, read: () => writeImagejRoi(nucleus, options) };
}
