import 'server-only';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Entry, fromBufferPromise, openPromise, type ZipFile } from 'yauzl';
import { crc32 } from '@/lib/server/crc32';
import { getEnv } from '@/lib/server/env';
import type { SlideInput } from '@/lib/server/readers/random-access';
import { Refusal } from '@/lib/server/readers/slide-source';
import type { TempFolder } from '@/lib/server/readers/temp/temp-folder';
import { withRoom } from '@/lib/server/readers/temp/temp-room';

const MAX_ENTRIES = 5000;
/** Bytes of names, extra fields and comments of all entries, which are in memory together. */
const MAX_DIRECTORY_BYTES = 16e6;
/** Slides are compressed already. An archive that unpacks to more than this many times its size is no slide. */
const MAX_RATIO = 50;
/** Up to this many bytes the ratio does not matter. */
const RATIO_FREE_BYTES = 20e6;
const MAX_PATH_LENGTH = 400;
const MAX_NAME_BYTES = 255;
const MAX_DEPTH = 8;

/** Bits of a Unix mode. */
const FILE_TYPE = 0o170000;
const FOLDER = 0o040000;
const REGULAR = 0o100000;

const STORED = 0;
const DEFLATED = 8;
/** Names of other compression methods, by their numbers. */
const METHODS: Record<number, string> = {
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'xz',
  98: 'PPMd',
};

/** Flag of an entry whose sizes are behind its data. */
const HAS_DESCRIPTOR = 0x8;
/** Marks a size that is in the ZIP64 field. */
const IN_ZIP64_FIELD = 0xffffffff;

/** Files that other programs add to a ZIP. */
const CLUTTER = /(^|\/)(__MACOSX\/|\.|Thumbs\.db$|desktop\.ini$)/i;

/**
 * Unpacks a ZIP into a temporary folder, after its whole directory has been checked.
 *
 * Refused are: entries that share bytes of the archive (by the directory and the local headers), more than `MAX_RATIO`
 * times the archive's size, links and devices, two files of the same name, names that are not plain relative paths (a
 * backslash counts as a slash), encryption, and methods other than stored and deflated.
 *
 * @returns the paths of the files
 * @throws Refusal, AppError `storage_full`, or what yauzl throws at a damaged archive
 */
export async function unpackZip(input: SlideInput, folder: TempFolder): Promise<string[]> {
  // yauzl itself compares the size that an entry states with what it unpacks to.
  const options = { lazyEntries: true, strictFileNames: false, autoClose: false } as const;
  const zip =
    input instanceof Uint8Array
      ? await fromBufferPromise(Buffer.from(input.buffer, input.byteOffset, input.byteLength), options)
      : await openPromise(input.path, options);
  try {
    const entries = await readDirectory(zip);
    await assertApart(zip, entries);
    const files = entries.filter((entry) => !nameOf(entry).endsWith('/') && !CLUTTER.test(nameOf(entry)));
    const paths = files.map((entry) => pathOf(entry, folder));
    if (new Set(paths).size < paths.length) throw new Refusal('ZIP: two files in it have the same name');
    const bytes = sizeOf(files, zip.fileSize);
    await withRoom(folder.root, bytes, 'To unpack this ZIP', async () => {
      for (const entry of files) await unpackEntry(zip, entry, pathOf(entry, folder));
    });
    return paths;
  } finally {
    zip.close();
  }
}

async function readDirectory(zip: ZipFile): Promise<Entry[]> {
  if (zip.entryCount > MAX_ENTRIES) throw new Refusal(`ZIP: more than ${MAX_ENTRIES} files`);
  const entries: Entry[] = [];
  let directoryBytes = 0;
  for await (const entry of zip.eachEntry()) {
    directoryBytes += entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
    if (directoryBytes > MAX_DIRECTORY_BYTES) throw new Refusal('ZIP: its directory is too long');
    assertReadable(entry);
    entries.push(entry);
  }
  return entries;
}

function assertReadable({ externalFileAttributes, compressionMethod: method, generalPurposeBitFlag }: Entry): void {
  const type = (externalFileAttributes >>> 16) & FILE_TYPE;
  if (![0, FOLDER, REGULAR].includes(type)) throw new Refusal('ZIP: it holds a link or a device');
  if (generalPurposeBitFlag & 1) throw new Refusal('ZIP: it is encrypted');
  if (method === STORED || method === DEFLATED) return;
  const name = METHODS[method] ?? `method ${method}`;
  throw new Refusal(`ZIP: it is compressed by ${name}. Pack it by the usual method (Deflate), or not compressed`);
}

/**
 * No byte of the archive may belong to two entries, or a few bytes could be unpacked thousands of times. The directory
 * states where an entry starts, its local header where its data starts. Both must state the same sizes.
 */
async function assertApart(zip: ZipFile, entries: Entry[]): Promise<void> {
  const ranges: { start: number; end: number }[] = [];
  for (const entry of entries) {
    const local = await zip.readLocalFileHeaderPromise(entry);
    const isStated = !(local.generalPurposeBitFlag & HAS_DESCRIPTOR);
    const differs = (here: number, there: number) => isStated && here !== IN_ZIP64_FIELD && here !== there;
    if (
      local.compressionMethod !== entry.compressionMethod ||
      (local.generalPurposeBitFlag ^ entry.generalPurposeBitFlag) & 1 ||
      differs(local.compressedSize, entry.compressedSize) ||
      differs(local.uncompressedSize, entry.uncompressedSize)
    )
      throw new Refusal('ZIP: its directory contradicts its entries');
    ranges.push({ start: entry.relativeOffsetOfLocalHeader, end: local.fileDataStart + entry.compressedSize });
  }
  ranges.sort((a, b) => a.start - b.start);
  if (ranges.some(({ start }, i) => start < (ranges[i - 1]?.end ?? 0)))
    throw new Refusal('ZIP: files in it overlap, so it is damaged or forged');
}

function sizeOf(files: Entry[], archiveBytes: number): number {
  const bytes = files.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
  const limit = getEnv().limits.slideBytes;
  if (bytes > limit) throw new Refusal(`ZIP: unpacks to more than ${limit} bytes (${limit / 1e9} GB)`);
  if (bytes > RATIO_FREE_BYTES && bytes > archiveBytes * MAX_RATIO)
    throw new Refusal(`ZIP: unpacks to more than ${MAX_RATIO} times its size, more than any slide`);
  return bytes;
}

/** Some programs begin every name with `../../slides/`. */
const nameOf = ({ fileName }: Entry) => fileName.replaceAll(/(?<=^|\/)\.\//g, '');

/** The path of an entry, inside the folder. Control characters are refused, as they separate words of the reader's protocol. */
function pathOf(entry: Entry, folder: TempFolder): string {
  const name = nameOf(entry);
  const segments = name.split('/');
  const isPlain = segments.every(
    (part) => !['', '..'].includes(part) && !/\p{Cc}/u.test(part) && Buffer.byteLength(part) <= MAX_NAME_BYTES,
  );
  const path = join(folder.files, ...segments);
  const isShort = name.length <= MAX_PATH_LENGTH && segments.length <= MAX_DEPTH;
  if (isPlain && isShort && path.startsWith(folder.files + sep)) return path;
  throw new Refusal('ZIP: the name of a file in it is not a plain relative path');
}

async function unpackEntry(zip: ZipFile, entry: Entry, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  let checksum = 0;
  await pipeline(
    await zip.openReadStreamPromise(entry),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        checksum = crc32(chunk, checksum);
        yield chunk;
      }
    },
    createWriteStream(path, { flags: 'wx', mode: 0o600 }),
  );
  if (checksum !== entry.crc32) throw new Refusal('ZIP: a file in it is damaged: its checksum differs');
}
