import 'server-only';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Entry, fromBufferPromise, openPromise, type ZipFile } from 'yauzl';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import type { SlideFolder } from './bioformats';
import { type Content, identifyContent } from './identify-content';
import { openRandomAccess, type SlideInput } from './random-access';
import { Refusal } from './slide-source';
import { makeTempFolder, type TempFolder } from './temp-folder';

const MAX_ENTRIES = 5000;
/** Slides are compressed already: what shrinks more than this is no slide. */
const MAX_RATIO = 50;
/** Below so many bytes the ratio proves nothing. */
const RATIO_FREE_BYTES = 20e6;
const MAX_PATH_LENGTH = 400;
const MAX_DEPTH = 8;
const SYMLINK = 0o120000;
const FILE_TYPE = 0o170000;

/** What other programs put into a ZIP beside the slide. */
const CLUTTER = /(^|\/)(__MACOSX\/|\.|Thumbs\.db$|desktop\.ini$)/i;

/** Files that lead to others. MIRAX has a JPEG of that name, which shows the glass: it must not be taken for the image. */
const INDEX_FILE = /\.(vsi|mrxs|vms|vmu|ndpis|afi|oif|lei|xlef|lof|mvd2|scn|companion\.ome)$/i;

/**
 * Unpacks the ZIP of a slide of several files into a folder of ours, and finds the file to open.
 *
 * Entries keep their names, by which the parts of a slide know each other. Nothing is written outside the folder: a name
 * with `..`, an absolute one or a link ends the reading.
 *
 * @throws Refusal
 */
export async function unpackSlide(input: SlideInput): Promise<SlideFolder> {
  const folder = await makeTempFolder();
  try {
    const paths = await unpack(input, folder);
    return { folder, main: await findMain(paths) };
  } catch (error) {
    await folder.remove();
    if (error instanceof Refusal) throw error;
    if (isDiskFull(error))
      throw new AppError('storage_full', 'The temporary folder of this server has no room for what is in this ZIP.');
    throw new Refusal('ZIP: the archive is damaged, or refers outside itself', { cause: error });
  }
}

const isDiskFull = (error: unknown) => ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');

async function unpack(input: SlideInput, folder: TempFolder): Promise<string[]> {
  // Sizes that an entry states are held against what it unpacks to, by yauzl itself.
  const options = { strictFileNames: true, autoClose: false };
  const zip =
    input instanceof Uint8Array
      ? await fromBufferPromise(Buffer.from(input.buffer, input.byteOffset, input.byteLength), options)
      : await openPromise(input.path, options);
  try {
    if (zip.entryCount > MAX_ENTRIES) throw new Refusal(`ZIP: more than ${MAX_ENTRIES} files`);
    const limit = getEnv().limits.slideBytes;
    const paths: string[] = [];
    let unpacked = 0;
    let packed = 0;
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/') || CLUTTER.test(entry.fileName)) continue;
      unpacked += entry.uncompressedSize;
      packed += entry.compressedSize;
      if (unpacked > limit) throw new Refusal(`ZIP: unpacks to more than ${limit} bytes (${limit / 1e9} GB)`);
      if (unpacked > RATIO_FREE_BYTES && unpacked > packed * MAX_RATIO)
        throw new Refusal(`ZIP: unpacks to more than ${MAX_RATIO} times its size, as no slide does`);
      paths.push(await unpackEntry(zip, entry, folder));
    }
    return paths;
  } finally {
    zip.close();
  }
}

async function unpackEntry(zip: ZipFile, entry: Entry, folder: TempFolder): Promise<string> {
  const { fileName } = entry;
  if (((entry.externalFileAttributes >>> 16) & FILE_TYPE) === SYMLINK) throw new Refusal('ZIP: it holds a link');
  if (entry.isEncrypted()) throw new Refusal('ZIP: it is encrypted');
  const segments = fileName.split('/');
  // Control characters would break the words of our own protocol.
  const isPlain = segments.every((part) => part !== '' && part !== '.' && part !== '..' && !/\p{Cc}/u.test(part));
  const path = join(folder.files, ...segments);
  const isShort = fileName.length <= MAX_PATH_LENGTH && segments.length <= MAX_DEPTH;
  if (!isPlain || !isShort || !path.startsWith(folder.files + sep))
    throw new Refusal('ZIP: it has a name that is no plain path');
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // `wx`: two entries of one name are one too many.
  await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  return path;
}

async function findMain(paths: string[]): Promise<string> {
  const index = paths.filter((path) => INDEX_FILE.test(path));
  if (index.some((path) => /\.mrxs$/i.test(path)))
    throw new Refusal('This ZIP holds a MIRAX (MRXS) slide, which no reader here opens. Export it as TIFF or DICOM.', {
      isFinal: true,
    });
  if (index.length === 1) return index[0];
  if (index.length > 1) throw tooMany(index.length);

  const images: { path: string; content: Content }[] = [];
  for (const path of paths) {
    const content = await identify(path);
    // A label among the levels of a DICOM slide: gone before any reader sees it.
    if (content.isSideImage) await rm(path);
    else if (content.name !== null && !content.isArchive) images.push({ path, content });
  }
  const readable = images.filter(({ content }) => !content.refusal);
  const candidates = readable.length > 0 ? readable : images;
  if (candidates.length === 0 && paths.length === 1) return paths[0];
  if (candidates.length === 0) throw new Refusal('ZIP: no file in it is an image that a reader knows');
  const isSeries = candidates.every(({ content }) => content.name === 'DICOM');
  const isAlone = candidates.length === 1 || isSeries;
  if (!isAlone) throw tooMany(candidates.length);
  // The full resolution of a series: its pixel size is the slide's. Names decide between equals.
  candidates.sort((a, b) => b.content.pixels - a.content.pixels || (basename(a.path) < basename(b.path) ? -1 : 1));
  return candidates[0].path;
}

const tooMany = (count: number) =>
  new Refusal(`This ZIP holds ${count} images. Send one slide at a time, with the files that belong to it.`, {
    isFinal: true,
  });

async function identify(path: string): Promise<Content> {
  const file = await openRandomAccess({ path });
  try {
    return await identifyContent(file);
  } finally {
    await file.close();
  }
}
