import 'server-only';
import { isDeepStrictEqual } from 'node:util';
import type { ScoringParameters, ShowImage, StartAnalysis } from '@/lib/contracts/analysis';
import { AppError } from '@/lib/errors';
import type { Raster } from '@/lib/imaging/raster';
import { getEnv } from '@/lib/server/env';
import { colourDoubts } from '@/lib/server/images/colour-doubts';
import { encodePng } from '@/lib/server/images/encode-png';
import { encodeThumbnail, THUMBNAIL_SIDE } from '@/lib/server/images/encode-thumbnail';
import { choicesOf, hasChoices, isSlide } from '@/lib/server/readers/list-choices';
import { type ImageDescription, readSelection, select } from '@/lib/server/readers/read-image';
import { readThumbnail } from '@/lib/server/readers/read-thumbnail';
import type { SlideSource } from '@/lib/server/readers/slide-source';
import { choosePixelSize } from '@/lib/server/results/choose-pixel-size';
import { getStorage } from '@/lib/server/storage';
import type { Warning } from '@/lib/warnings';
import { createAnalysis } from './create-analysis';
import { deleteUpload } from './delete-traces';
import { withUpload } from './open-upload';
import { type AnalysisRecord, keysOf, type StoredSource } from './record';
import { workOnPictures } from './short-work';
import { readRecord, writeRecord } from './stored-analysis';

/** Unnamed channels are shown as red, green and blue, so that a person can see whether they are. */
export const SHOWN = { channels: 'rgb' } as const;

/** Whether a file is more than one plain picture that is analysed at once: then its pixels are taken when it is started. */
export const isForLater = (slide: SlideSource): boolean =>
  slide.width * slide.height > getEnv().limits.pixels || isSlide(slide) || hasChoices(slide);

/**
 * Keeps the pixels of a description of this slide: decoded, and encoded anew without loss, so that no metadata, label or
 * second page of the file remains.
 */
export function keepPixels(
  record: AnalysisRecord,
  slide: SlideSource,
  { description, fileSha256 }: { description: ImageDescription; fileSha256: string },
): Promise<void> {
  const { width, height, selection } = description;
  return workOnPictures(width * height, async () => {
    const { raster: image, warnings } = await readSelection(slide, description);
    await keepImage(record, { ...statedBy(slide), image, selection, warnings, fileSha256 });
  });
}

/** Pixels of which an analysis is made, and what is known of them. */
export type TakenPixels = Pick<
  StoredSource,
  'micronsPerPixel' | 'micronsPerPixelSource' | 'selection' | 'fileSha256'
> & {
  image: Raster;
  /** Doubts about the file. Doubts about its pixels are added here. */
  warnings: readonly Warning[];
};

/**
 * Creates an analysis of pixels that this server has, ready to be started.
 *
 * @param scoring - how it is scored where its start says nothing of that; null = as the model does
 * @param read - called when there is room for as many pixels
 * @returns its id
 * @throws AppError `queue_full`, or what `read` throws: then nothing is left of it
 */
export function createFromPixels(
  { width, height, scoring }: { width: number; height: number; scoring: ScoringParameters | null },
  read: () => Promise<TakenPixels>,
): Promise<string> {
  return workOnPictures(width * height, async () => {
    const taken = await read();
    const upload = { bytes: taken.image.data.byteLength, type: 'image/png' };
    const record = await createAnalysis(upload, { isToCome: false, scoring });
    await keepImage(record, taken);
    return record.id;
  });
}

async function keepImage(record: AnalysisRecord, { image, warnings, ...known }: TakenPixels): Promise<void> {
  const { width, height } = image;
  const stated = known.micronsPerPixel && known.micronsPerPixel * (known.selection?.downsample ?? 1);
  await getStorage().put(keysOf(record.id).source, await encodePng(image, stated));
  await getStorage().delete(keysOf(record.id).thumbnails);
  const thumbnail = await keepThumbnail(record.id, 'taken', image);
  const doubts = [...warnings, ...colourDoubts(image)];
  await keepSource(record, { ...known, width, height, thumbnail, slide: null, warnings: doubts });
}

/** Keeps a thumbnail of the slide, and what there is to choose from; the upload stays until the choice is made. */
export async function keepChoices(record: AnalysisRecord, slide: SlideSource, fileSha256: string): Promise<void> {
  const { width, height } = slide;
  const name = `${slide.series}-${slide.plane}`;
  const thumbnail = await keepThumbnail(record.id, name, await readThumbnail(slide, THUMBNAIL_SIDE));
  const shown = { width, height, thumbnail, slide: choicesOf(slide), selection: null, warnings: [...slide.warnings] };
  await keepSource(record, { ...statedBy(slide), ...shown, fileSha256 });
}

/**
 * Shows another image or focal plane of a file that offers several.
 *
 * @throws AppError `wrong_state`, `invalid_option`, or as `withUpload` does
 */
export async function showImage(id: string, choice: ShowImage): Promise<void> {
  const record = await readRecord(id);
  if (!record.source?.slide)
    throw new AppError('wrong_state', 'There is nothing to choose: the pixels of this analysis are taken.');
  await withUpload(record, { ...choice, ...SHOWN }, (slide, fileSha256) => keepChoices(record, slide, fileSha256));
}

/**
 * The record of an analysis that may be started: with the pixels that `started` asks for, taken now where that is still
 * open. The upload goes with it.
 *
 * @throws AppError `wrong_state` when others were taken already, `invalid_option` for what the file has not, or as
 *   `withUpload` does
 */
export async function takePixels(record: AnalysisRecord, started: StartAnalysis): Promise<AnalysisRecord> {
  const { source } = record;
  if (!source) throw new AppError('wrong_state', 'There is no verified image yet.');
  const { series, plane, level, region } = started;
  if (!source.slide) {
    if (isTaken(source, started)) return record;
    throw new AppError('wrong_state', 'Other pixels of this file were taken already. Send it again for another part.');
  }
  const isShown = series === undefined || series === source.slide.series;
  const chosen = isShown ? { series: source.slide.series, plane: plane ?? source.slide.plane } : { series, plane };
  await withUpload(record, { ...chosen, ...SHOWN }, async (slide, fileSha256) => {
    assertTold(slide, started);
    const description = select(slide, { level, region });
    // Its refusal must come before the rest of the file is gone.
    choosePixelSize(started, { ...statedBy(slide), downsample: description.downsample });
    await keepPixels(record, slide, { description, fileSha256 });
  });
  await deleteUpload(record.id);
  return readRecord(record.id);
}

/** @throws AppError `invalid_option` for unnamed channels that nobody called red, green and blue */
function assertTold({ images, series }: SlideSource, { channels }: StartAnalysis): void {
  const chosen = images.find((image) => image.series === series);
  if (!chosen?.isUnnamed || channels === 'rgb') return;
  const detail =
    'The image holds 3 channels without names. It is analysed when the start says that they are red, green and blue: channels=rgb.';
  throw new AppError('invalid_option', detail, { fields: [{ pointer: '/channels', detail }] });
}

/** Whether the pixels that are asked for are those that were taken; what is left out is not compared. */
function isTaken({ selection, width, height }: StoredSource, started: StartAnalysis): boolean {
  const { series, plane, level, region } = selection ?? {
    ...{ series: 0, plane: 0, level: 0 },
    region: { x: 0, y: 0, width, height },
  };
  const isSame = (asked: unknown, taken: unknown) => asked === undefined || isDeepStrictEqual(asked, taken);
  return (
    isSame(started.series, series) &&
    isSame(started.plane, plane) &&
    isSame(started.level, level) &&
    isSame(started.region, region)
  );
}

async function keepThumbnail(id: string, name: string, image: Raster): Promise<StoredSource['thumbnail']> {
  const { bytes, width, height } = await encodeThumbnail(image);
  await getStorage().put(keysOf(id).thumbnail(name), bytes);
  return { name, width, height };
}

/** Reads the record again: an analysis that was deleted while its pixels were encoded stays deleted. */
const keepSource = async ({ id }: AnalysisRecord, source: StoredSource) =>
  writeRecord({ ...(await readRecord(id)), source });

const statedBy = ({ pixelSize }: SlideSource) => ({
  micronsPerPixel: pixelSize?.micronsPerPixel ?? null,
  micronsPerPixelSource: pixelSize?.statedBy ?? null,
});
