import 'server-only';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { IngestSlide, SlideDescription } from '@/lib/contracts/slide';
import { AppError, type ErrorCode } from '@/lib/errors';
import { colourDoubts } from '@/lib/server/images/colour-doubts';
import { encodeThumbnail } from '@/lib/server/images/encode-thumbnail';
import type { JobContext } from '@/lib/server/jobs/define-job';
import { getLog } from '@/lib/server/log';
import { type Content, identifyContent } from '@/lib/server/readers/identify-content';
import { choicesOf, hasChoices } from '@/lib/server/readers/list-choices';
import { openSlide } from '@/lib/server/readers/open-slide';
import { openRandomAccess } from '@/lib/server/readers/random-access';
import type { SlideSource } from '@/lib/server/readers/slide-source';
import { makeTempFolder, type TempFolder } from '@/lib/server/readers/temp/temp-folder';
import { retryWhileStorageIsAway } from '@/lib/server/runs/retry-storage';
import type { Attempt } from '@/lib/server/runs/run-status';
import { exists, writeJson } from '@/lib/server/runs/stored-json';
import { getStorage } from '@/lib/server/storage';
import { joinParts } from '@/lib/server/uploads/join-parts';
import type { Warning } from '@/lib/warnings';
import { uploadOf } from './create-slide';
import { RETILED, retileLarge } from './pyramid/retile';
import { type Ingested, type Pyramid, writePyramid } from './pyramid/write-pyramid';
import { keysOf, readRecord, type SlideRecord } from './record';
import type { StoredSlide } from './stored-slide';

/** Errors that the same bytes would lead to again: their upload is of no use. */
const FAULTS_OF_THE_FILE: readonly ErrorCode[] = ['unreadable_image', 'image_too_large', 'upload_too_large'];
const MAX_DAMAGED_LISTED = 1000;

/** Which ingest of which slide. */
export type IngestData = { slide: string; run: string };

/**
 * Writes the copy of a slide that is kept. What it needs to know stands in the record.
 *
 * @throws AppError `slide_not_found`, as readers and storage do, `cancelled`
 */
export async function writeCopy(data: IngestData & Attempt, context: JobContext): Promise<void> {
  const { signal } = context;
  context.report({ stage: 'reading', progress: 0 });
  const keys = keysOf(data.slide);
  const record = await retryWhileStorageIsAway(() => readRecord(data.slide), signal);
  if (record?.run?.id !== data.run) throw new AppError('slide_not_found', 'The slide was deleted.');
  // Stored before the work begins: a crash that the work leads to is counted.
  const { begun } = keys.run(data.run).attempt(data.attempt);
  await retryWhileStorageIsAway(() => writeJson(begun, {}), signal);
  getLog().info({ requestId: data.requestId, attempt: data.attempt }, 'ingest begun');
  // An earlier attempt may have stored everything before its server died.
  if (!(await retryWhileStorageIsAway(() => exists(keys.slide), signal))) await ingest(record, context);
}

async function ingest(record: SlideRecord, context: JobContext): Promise<void> {
  const keys = keysOf(record.id);
  const folder = await makeTempFolder();
  try {
    const taken = await takeIn(record, folder, context);
    if (taken === null) return;
    context.report({ stage: 'encoding', progress: 1 });
    const { pyramid, description } = taken;
    const store = () => getStorage().put(keys.pyramid, pyramid.open(), pyramid.bytes);
    await retryWhileStorageIsAway(store, context.signal);
    const { bytes, width, height } = await encodeThumbnail(pyramid.overview);
    await retryWhileStorageIsAway(() => getStorage().put(keys.thumbnail, bytes), context.signal);
    context.signal.throwIfAborted();
    const stored: StoredSlide = { ...description, thumbnail: { width, height } };
    await retryWhileStorageIsAway(() => writeJson(keys.slide, stored), context.signal);
    await getStorage().delete(uploadOf(record).folder);
  } catch (error) {
    if (error instanceof AppError && FAULTS_OF_THE_FILE.includes(error.code))
      await getStorage().delete(uploadOf(record).folder);
    throw error;
  } finally {
    await folder.remove();
  }
}

/** @returns null where a person has to choose first */
async function takeIn(
  record: SlideRecord,
  folder: TempFolder,
  { signal, report }: JobContext,
): Promise<{ pyramid: Pyramid; description: SlideDescription } | null> {
  const path = join(folder.root, 'upload');
  const fileSha256 = await joinParts(uploadOf(record), folder.root, path, signal);
  try {
    const sent = await contentOf(path);
    const retiled = await retileLarge(path, sent, folder.root);
    signal.throwIfAborted();
    return await withSlide(retiled ?? path, record, async (source) => {
      const onTiles = (tilesDone: number, tiles: number) =>
        report({ stage: 'encoding', progress: tilesDone / tiles, tilesDone, tiles });
      const pyramid = await writePyramid(source, folder.root, { signal, onTiles });
      const description = describeCopy(pyramid, source.slide, fileSha256);
      return { pyramid, description: retiled ? { ...description, ...statedIn(sent) } : description };
    });
  } finally {
    // Its room is needed for the copy.
    await rm(path, { force: true });
    await rm(join(folder.root, RETILED), { force: true });
  }
}

/** Opens the image that was chosen. @returns null where a person has to choose first: what there is, is stored */
async function withSlide<T>(
  path: string,
  record: SlideRecord,
  work: (source: Ingested) => Promise<T>,
): Promise<T | null> {
  const file = await openRandomAccess({ path });
  try {
    const open = await openSlide({ path }, { isAdmitted: true });
    try {
      const chosen = record.run?.chosen ?? {};
      const slide = open.choose({ ...chosen, channels: 'rgb' });
      if (!isChosen(slide, chosen)) {
        await writeJson(keysOf(record.id).choices, choicesOf(slide));
        return null;
      }
      // Between two blocks another file may have the reading process.
      const pause = () => {
        open.rest(() => {});
        open.resume();
      };
      return await work({ slide, file, content: await identifyContent(file), pause });
    } finally {
      await open.close();
    }
  } finally {
    await file.close();
  }
}

async function contentOf(path: string): Promise<Content> {
  const file = await openRandomAccess({ path });
  try {
    return await identifyContent(file);
  } finally {
    await file.close();
  }
}

/** What the file itself states, where its pixels were cut into tiles first. */
const statedIn = ({ name, pixelSize }: Content) => ({
  format: name ?? 'image',
  is_lossless: false,
  microns_per_pixel: pixelSize?.micronsPerPixel ?? null,
  microns_per_pixel_source: pixelSize?.statedBy ?? null,
});

/** Whether a person has said all that has to be said about a file. */
function isChosen(slide: SlideSource, { series, plane, channels }: IngestSlide): boolean {
  if (!hasChoices(slide)) return true;
  const readable = slide.images.filter(({ isBrightfield }) => isBrightfield);
  const image = slide.images.find((one) => one.series === slide.series);
  const hasSeries = readable.length === 1 || series !== undefined;
  const hasPlane = (image?.planes ?? 1) === 1 || plane !== undefined;
  return hasSeries && hasPlane && (!image?.isUnnamed || channels === 'rgb');
}

function describeCopy(pyramid: Pyramid, slide: SlideSource, fileSha256: string): SlideDescription {
  return {
    width: slide.width,
    height: slide.height,
    levels: pyramid.levels.map(({ width, height }, i) => ({ width, height, downsample: 2 ** i })),
    bytes: pyramid.bytes,
    format: slide.format,
    series: slide.series,
    plane: slide.plane,
    microns_per_pixel: slide.pixelSize?.micronsPerPixel ?? null,
    microns_per_pixel_source: slide.pixelSize?.statedBy ?? null,
    magnification: slide.magnification,
    is_lossless: pyramid.isPassed,
    profile: pyramid.profile,
    damaged_tiles: pyramid.damaged.slice(0, MAX_DAMAGED_LISTED),
    file_sha256: fileSha256,
    warnings: [...firstOfEachCode(slide.warnings), ...damageOf(pyramid), ...colourDoubts(pyramid.overview)],
  };
}

/** A slide is read in many parts, each of which may be damaged. */
function firstOfEachCode(warnings: readonly Warning[]): Warning[] {
  return [...new Map([...warnings].reverse().map((warning) => [warning.code, warning])).values()].reverse();
}

function damageOf({ damaged, levels: [full] }: Pyramid): Warning[] {
  if (damaged.length === 0) return [];
  const detail = `${damaged.length} of the slide's ${full?.counts.length} tiles are damaged and left out.`;
  return [{ code: 'image_damaged', detail }];
}
