import 'server-only';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { AppError } from '@/lib/errors';
import { currentClient } from '@/lib/server/current-client';
import { isDiskFull } from '@/lib/server/disk-full';
import { FairLine, type Place } from '@/lib/server/jobs/fair-line';
import { processWide } from '@/lib/server/process-wide';
import { type Content, identifyContent } from '@/lib/server/readers/identify-content';
import { isSlidedat, LONE_FOLDER } from '@/lib/server/readers/openslide/mirax-files';
import { openRandomAccess, type SlideInput } from '@/lib/server/readers/random-access';
import { Refusal } from '@/lib/server/readers/slide-source';
import { makeTempFolder } from '@/lib/server/readers/temp/temp-folder';
import type { SlideFolder } from '@/lib/server/readers/walled/slide-folder';
import { ARCHIVE_HEAD_BYTES, archiveKind } from './archive-kind';
import { unpackZip } from './unpack-zip';

/** Files that name the other files of a slide. In MIRAX a JPEG beside it shows the glass and must not be taken for the image. */
const INDEX_FILE = /\.(vsi|mrxs|vms|vmu|ndpis|afi|oif|lei|xlef|lof|mvd2|scn|companion\.ome)$/i;

/** Names at which a reader would unpack a file itself, without the checks here. */
const ARCHIVE_NAME = /\.(zip|jar|gz|tgz|bz2|tbz2?|xz|zst|7z|rar|tar|z)$/i;

/** Unpacked slides in the temporary folder at once, and ZIPs that may wait for one of them to be removed. */
const LIMITS = { places: 2, waiting: 16, what: 'ZIPs wait to be unpacked', retrySeconds: 10 };

/** The line of ZIPs that wait to be unpacked. */
export const getUnpackingLine = (): FairLine => processWide('unpacking-line', () => new FairLine(LIMITS));

export type UnpackedSlide = SlideFolder & { place: Place };

/**
 * Waits for a place, unpacks the ZIP of a slide into a temporary folder, and finds the file to open. The place is free
 * again when the folder is removed.
 *
 * Entries keep their names, since the parts of a slide refer to each other by name. Nothing is written outside the folder:
 * a name with `..`, an absolute name or a link is refused.
 *
 * @param isAdmitted - whether the file has waited in another line; then this one does not refuse it
 * @throws Refusal, AppError `queue_full`, `storage_full`
 */
export async function unpackSlide(
  input: SlideInput,
  { isAdmitted }: { isAdmitted?: boolean | undefined } = {},
): Promise<UnpackedSlide> {
  const place = await getUnpackingLine().enter({ client: currentClient(), isAdmitted });
  const folder = await makeTempFolder().catch((error: unknown) => {
    place.leave();
    throw error;
  });
  const remove = () => folder.remove().finally(place.leave);
  try {
    const paths = await unpackZip(input, folder);
    return { folder: { ...folder, remove }, main: await findMain(paths), place };
  } catch (error) {
    await remove();
    throw explain(error);
  }
}

function explain(error: unknown): unknown {
  if (error instanceof Refusal || error instanceof AppError) return error;
  if (isDiskFull(error))
    return new AppError('storage_full', 'The temporary folder of this server has no room for what is in this ZIP.', {
      cause: error,
    });
  const said = error instanceof Error ? error.message : '';
  if (said.startsWith('strong encryption')) return new Refusal('ZIP: it is encrypted', { cause: error });
  if (said.startsWith('multi-disk'))
    return new Refusal('ZIP: it is one part of several. Pack the slide into one file', { cause: error });
  return new Refusal('ZIP: the archive is damaged, or refers outside itself', { cause: error });
}

async function findMain(paths: string[]): Promise<string> {
  for (const path of paths) await assertNoArchive(path);
  const index = paths.filter((path) => INDEX_FILE.test(path));
  const [main, ...otherMains] = index;
  if (otherMains.length > 0) throw tooMany(index.length);
  if (main !== undefined) return main;
  if (paths.some(isSlidedat)) throw LONE_FOLDER;

  const images: { path: string; content: Content }[] = [];
  for (const path of paths) {
    const content = await identify(path);
    // A label among the levels of a DICOM slide is deleted before any reader sees it.
    if (content.isSideImage) await rm(path);
    else if (content.name !== null) images.push({ path, content });
  }
  const readable = images.filter(({ content }) => !content.refusal);
  const candidates = readable.length > 0 ? readable : images;
  // The full resolution comes first, since its pixel size is the slide's. Equals are sorted by name.
  candidates.sort((a, b) => b.content.pixels - a.content.pixels || (basename(a.path) < basename(b.path) ? -1 : 1));
  const [best] = candidates;
  if (best === undefined) {
    const [only, ...others] = paths;
    if (only !== undefined && others.length === 0) return only;
    throw new Refusal('ZIP: no file in it is an image that a reader knows');
  }
  const isSeries = candidates.every(({ content }) => content.name === 'DICOM');
  const isAlone = candidates.length === 1 || isSeries;
  if (!isAlone) throw tooMany(candidates.length);
  return best.path;
}

/** A reader would unpack an archive in the archive itself, without the checks here. */
async function assertNoArchive(path: string): Promise<void> {
  const file = await openRandomAccess({ path });
  const head = await file.read(0, ARCHIVE_HEAD_BYTES).finally(() => file.close());
  const kind = archiveKind(head) ?? ARCHIVE_NAME.exec(path)?.[1]?.toUpperCase() ?? null;
  if (kind === null) return;
  throw new Refusal(`This ZIP holds another archive (${kind}). Put the files of one slide into one ZIP, unpacked.`, {
    isFinal: true,
  });
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
