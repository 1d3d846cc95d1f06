import 'server-only';
import type { ScoringParameters } from '@/lib/contracts/analysis';
import { InferResult } from '@/lib/contracts/infer';
import { writeThresholds } from '@/lib/contracts/thresholds';
import { AppError } from '@/lib/errors';
import { frameOf } from '@/lib/exchange/coordinate-frame';
import type { Raster } from '@/lib/imaging/raster';
import { decodeImage } from '@/lib/server/images/decode-image';
import { withPixelSize } from '@/lib/server/images/png-chunks';
import { readHeader } from '@/lib/server/images/read-header';
import type { ScoredImage } from '@/lib/server/inference/analyse-image';
import type { PixelSize } from '@/lib/server/results/choose-pixel-size';
import { composeResult } from '@/lib/server/results/compose-result';
import type { PictureEncoder } from '@/lib/server/results/picture-encoder';
import { retryWhileStorageIsAway } from '@/lib/server/runs/retry-storage';
import { readJson } from '@/lib/server/runs/stored-json';
import { getStorage } from '@/lib/server/storage/index';
import { readObject } from '@/lib/server/storage/storage';
import type { Done } from './read-done';
import { createDrawing, type KeysOfRun, keysOf, StoredResult, type StoredSource } from './record';

/** The image and the maps that a result is scored on. */
export async function readMaps({ record, run, result }: Done) {
  const keys = keysOf(record.id);
  const { map } = keys.run(run.id);
  const [image, segmentation, marker] = await Promise.all([
    readPicture(keys.source),
    readPicture(map('Seg')),
    result.maps.includes('Marker') ? readPicture(map('Marker')) : null,
  ]);
  return { image, segmentation, marker };
}

/** A stored picture, decoded into shared memory. */
export async function readPicture(key: string): Promise<Raster> {
  const bytes = await readPng(key);
  return (await decodeImage(bytes, await readHeader(bytes))).raster;
}

/** A picture that this server has stored, as it is stored. */
export async function readPng(key: string, signal?: AbortSignal): Promise<Buffer> {
  const bytes = await retryWhileStorageIsAway(() => readObject(getStorage(), key), signal);
  if (!bytes) throw new AppError('analysis_not_found', 'The analysis was deleted.');
  return bytes;
}

/** What a stored result has of an answer. */
const Numbers = InferResult.omit({ images: true, coordinates: true, cells: true, geojson: true }).required({
  scoring: true,
  percent_pos_interval: true,
});

/** A result whose pictures are stored, and that has no revision yet. */
type DrawnResult = Omit<StoredResult, 'revision'>;

/** The image of an analysis. The stored file is made to state the pixel size that it is analysed with, for downloads. */
export async function readSource(key: string, micronsPerPixel: number, signal: AbortSignal): Promise<Raster> {
  const bytes = await readPng(key, signal);
  const stated = withPixelSize(bytes, micronsPerPixel);
  if (!stated.equals(bytes)) await retryWhileStorageIsAway(() => getStorage().put(key, stated), signal);
  return (await decodeImage(bytes, await readHeader(bytes))).raster;
}

type Finished = {
  analysis: ScoredImage;
  /** That has the maps already; left out where they are stored. */
  encoder?: PictureEncoder;
  pixelSize: PixelSize;
  source: StoredSource;
  parameters: ScoringParameters;
  /** The maps that are stored already; null = those of `analysis` are to be. */
  maps: StoredResult['maps'] | null;
};

/** Stores the pictures of a result, under names that no other has. It is nobody's result until it is published. */
export async function storePictures(
  run: KeysOfRun,
  { analysis, encoder, pixelSize, source, parameters, maps }: Finished,
  signal?: AbortSignal,
): Promise<DrawnResult> {
  const drawing = createDrawing();
  const { images, rest } = await composeResult({
    ...{ analysis, pixelSize, selection: source.selection, sourceWarnings: source.warnings },
    frame: frameOf('image', source, source.selection),
    fileSha256: source.fileSha256,
    ...(encoder && { encoder }),
    onEncoded: () => undefined,
  });
  const drawn: readonly string[] = ['SegOverlaid', 'SegRefined'];
  for (const { name, png } of images) {
    const key = drawn.includes(name) ? run.drawn(drawing, name) : run.map(name);
    await retryWhileStorageIsAway(() => getStorage().put(key, png), signal);
  }
  return {
    drawing,
    maps: maps ?? images.flatMap(({ name }) => (isMap(name) ? [name] : [])),
    ...Numbers.parse(JSON.parse(rest.toString())),
    corrections: analysis.score?.corrections ?? { class: 0, delete: 0, add: 0, split: 0, join: 0 },
    defaults: writeThresholds(analysis.defaults),
    parameters,
  };
}

/**
 * Makes a result the analysis's own, numbers and pictures in one step.
 *
 * @returns false when another has this revision
 */
export async function publishResult(run: KeysOfRun, result: StoredResult, signal?: AbortSignal): Promise<boolean> {
  const key = run.result(result.revision);
  const bytes = Buffer.from(JSON.stringify(result));
  if (await retryWhileStorageIsAway(() => getStorage().putNew(key, bytes), signal)) return true;
  // A storage that answered too late may have written it at the first of several tries.
  const there = await retryWhileStorageIsAway(() => readJson(key, StoredResult), signal);
  return there?.drawing === result.drawing;
}

const isMap = (name: string): name is StoredResult['maps'][number] => name !== 'SegOverlaid' && name !== 'SegRefined';
