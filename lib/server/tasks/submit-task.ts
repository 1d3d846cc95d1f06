import 'server-only';
import type { InferOptions, PostprocessOptions } from '@/lib/contracts/options';
import { AppError } from '@/lib/errors';
import { frameOf, type PictureFrame, toPicture } from '@/lib/exchange/coordinate-frame';
import { MODALITIES } from '@/lib/models/manifest';
import type { ByteLease } from '@/lib/server/http/byte-lease';
import type { Upload } from '@/lib/server/http/upload';
import { colourDoubts } from '@/lib/server/images/colour-doubts';
import type { DecodedImage } from '@/lib/server/images/decode-image';
import { analyseImage, type Progress, rescoreImage, type ScoringOptions } from '@/lib/server/inference/analyse-image';
import { startEngine } from '@/lib/server/inference/engine';
import { getJobQueue } from '@/lib/server/jobs';
import type { JobContext } from '@/lib/server/jobs/queue';
import { getLog } from '@/lib/server/log';
import { hashBytes } from '@/lib/server/readers/hash-file';
import { describeImage, type ImageDescription, type ReadOptions, readImage } from '@/lib/server/readers/read-image';
import { bytesOfResult, composeResult, type StoredResult, type Wishes } from '@/lib/server/results/compose-result';
import { choosePixelSize, type PixelsInFile } from '@/lib/server/results/pixel-size';

/** Shares of the whole that progress is told by; inference is nearly all of the time. */
const SHARE = { reading: 0.02, inferring: 0.83, scoring: 0.05, encoding: 0.1 } as const;

/** Checks an image's header, queues its analysis, and gives the job's id. */
export async function submitInference({ options, files, lease }: Upload<InferOptions, 'img'>): Promise<string> {
  return enqueue({ lease, files, options }, async (open) => {
    (await startEngine()).modelRef(options.model); // An unknown model is the caller's mistake: said now.
    const img = await open('img');
    const fileSha256 = await hashBytes(files.img as Uint8Array);
    const { selection } = img.header;
    const frame = frameOf(options.coordinates, img.header, selection);
    const pixelSize = choosePixelSize(options, pixelsIn(img.header));
    return {
      pixels: img.header.width * img.header.height,
      run: async (context) => {
        const clock = startClock();
        const { raster: image, warnings } = await img.decode();
        const sourceWarnings = [...warnings, ...colourDoubts(image)];
        lease.release();
        const decodeMs = clock();
        context.report({ stage: 'inferring', progress: SHARE.reading });
        const analysis = await analyseImage(
          {
            image,
            micronsPerPixel: pixelSize.micronsPerPixel,
            model: options.model,
            scoring: options.nopost ? null : scoringOptions(options, frame),
            modalities: options.slim ? [] : MODALITIES,
            overlay: !options.slim,
            refined: true,
          },
          { signal: context.signal, onProgress: (progress) => reportTiles(context, progress) },
        );
        const { inferMs, scoreMs, tiles, glassTiles } = analysis;
        const onEncoded = encodingReport(context);
        clock();
        const source = { pixelSize, sourceWarnings, selection, fileSha256 };
        const result = await composeResult({
          analysis,
          ...source,
          wishes: wishesOf(options, frame),
          onEncoded,
        });
        const { width, height } = image;
        getLog().info(
          {
            width,
            height,
            tiles,
            glassTiles,
            decodeMs,
            inferMs: Math.round(inferMs),
            scoreMs: Math.round(scoreMs),
            encodeMs: clock(),
          },
          'image analysed',
        );
        return result;
      },
    };
  });
}

/** Milliseconds since it was last asked. */
function startClock(): () => number {
  let last = performance.now();
  return () => {
    const ms = Math.round(performance.now() - last);
    last = performance.now();
    return ms;
  };
}

/** The same for maps that were inferred earlier. */
export async function submitPostprocess(
  upload: Upload<PostprocessOptions, 'img' | 'seg_img' | 'marker_img'>,
): Promise<string> {
  const { options, files, lease } = upload;
  return enqueue({ lease, files, options }, async (open) => {
    const img = await open('img');
    const fileSha256 = await hashBytes(files.img as Uint8Array);
    const seg = await open('seg_img');
    const marker = files.marker_img && (await open('marker_img'));
    assertSameSizes({ img: img.header, seg_img: seg.header, ...(marker && { marker_img: marker.header }) });
    const { selection } = img.header;
    const frame = frameOf(options.coordinates, img.header, selection);
    const pixelSize = choosePixelSize(options, img.header.pixelSize ? pixelsIn(img.header) : pixelsOfMap(seg.header));
    return {
      pixels: img.header.width * img.header.height,
      run: async (context) => {
        const { raster: image, warnings } = await img.decode();
        const { raster: segmentation, warnings: mapWarnings } = await seg.decode();
        const markerMap = (await marker?.decode()) ?? null;
        lease.release();
        context.report({ stage: 'scoring', progress: SHARE.reading });
        const { micronsPerPixel } = pixelSize;
        const scoring = scoringOptions(options, frame);
        const request = { image, segmentation, marker: markerMap?.raster ?? null, micronsPerPixel, scoring };
        const analysis = await rescoreImage(request, { signal: context.signal });
        const onEncoded = encodingReport(context);
        const ofMaps = [...mapWarnings, ...(markerMap?.warnings ?? [])];
        const sourceWarnings = [...warnings, ...ofMaps, ...colourDoubts(image)];
        const source = { pixelSize, sourceWarnings, selection, fileSha256 };
        return composeResult({ analysis, ...source, wishes: wishesOf(options, frame), onEncoded });
      },
    };
  });
}

const pixelsIn = ({ pixelSize, downsample }: ImageDescription): PixelsInFile => ({
  micronsPerPixel: pixelSize?.micronsPerPixel ?? null,
  statedBy: pixelSize?.statedBy ?? null,
  downsample,
});

/** A picture of ours states the size of the pixels that were analysed, at whatever level. */
function pixelsOfMap({ pixelSize }: ImageDescription): PixelsInFile {
  if (pixelSize === null) return { micronsPerPixel: null };
  return { micronsPerPixel: pixelSize.micronsPerPixel, statedBy: `${pixelSize.statedBy} of seg_img` };
}

type OpenImage = { header: ImageDescription; decode: () => Promise<DecodedImage> };
type Prepared = { pixels: number; run: (context: JobContext) => Promise<StoredResult> };

/** Holds the posted bytes until the job has decoded them, or will not. */
async function enqueue<Name extends string>(
  upload: { lease: ByteLease; files: Partial<Record<Name, Uint8Array>>; options: PostprocessOptions },
  prepare: (open: (name: Name) => Promise<OpenImage>) => Promise<Prepared>,
): Promise<string> {
  const { lease, files, options } = upload;
  // The other files are pictures of ours, of what was chosen then.
  const { series, plane, channels, level, region } = options;
  const readingOf = (name: Name): ReadOptions => ({
    commonOnly: options.pil,
    ...(name === 'img' && { series, plane, channels, level, region }),
  });
  const held = new Map(Object.entries(files) as [Name, Uint8Array][]);
  const dispose = () => {
    held.clear();
    lease.release();
  };
  const open = async (name: Name): Promise<OpenImage> => {
    const bytes = held.get(name) as Uint8Array;
    const header = await describeImage(bytes, readingOf(name));
    return {
      header,
      decode: async () => {
        const { raster, warnings } = await readImage(held.get(name) as Uint8Array, {
          ...readingOf(name),
          isAdmitted: true,
        });
        held.delete(name);
        return { raster, warnings };
      },
    };
  };
  try {
    const { pixels, run } = await prepare(open);
    return getJobQueue<StoredResult>().submit({
      pixels,
      dispose,
      bytesOf: bytesOfResult,
      run: (context) => {
        context.report({ stage: 'reading', progress: 0 });
        return run(context);
      },
    });
  } catch (error) {
    dispose();
    throw error;
  }
}

function wishesOf({ include, roi, geojson_classes: geojsonClasses }: PostprocessOptions, frame: PictureFrame): Wishes {
  const detail = roi?.leftOut ?? null;
  return { include, geojsonClasses, frame, warnings: detail === null ? [] : [{ code: 'roi_partly_used', detail }] };
}

function scoringOptions(options: PostprocessOptions, frame: PictureFrame): ScoringOptions {
  const { size_thresh_upper: upper, marker_thresh: marker } = options;
  return {
    algorithm: options.algorithm,
    probThresh: options.prob_thresh,
    sizeThresh: options.size_thresh,
    sizeThreshUpper: upper === 'none' ? null : upper,
    markerThresh: marker === 'none' ? null : marker,
    roi: options.roi?.include.map((polygon) => toPicture(frame, polygon)),
    exclude: options.roi?.exclude.map((polygon) => toPicture(frame, polygon)),
    wantNuclei: options.include.length > 0,
  };
}

function assertSameSizes(headers: Record<string, ImageDescription>): void {
  const sizes = Object.entries(headers).map(([name, { width, height }]) => ({ name, size: `${width} x ${height}` }));
  const first = sizes[0];
  const others = sizes.filter(({ size }) => size !== first?.size);
  if (others.length === 0) return;
  const fields = others.map(({ name, size }) => ({
    pointer: `/${name}`,
    detail: `${size} pixels, where ${first?.name} has ${first?.size}`,
  }));
  const list = sizes.map(({ name, size }) => `${name} has ${size} pixels`).join(', ');
  throw new AppError('size_mismatch', `All files must be of one size: ${list}.`, { fields });
}

function reportTiles({ report }: JobContext, { stage, tilesDone, tiles }: Progress): void {
  const inferred = SHARE.inferring * (tiles === 0 ? 1 : tilesDone / tiles);
  report({ stage, progress: SHARE.reading + inferred, tilesDone, tiles });
}

function encodingReport({ report }: JobContext): (fraction: number) => void {
  const before = 1 - SHARE.encoding;
  report({ stage: 'encoding', progress: before });
  return (fraction) => report({ stage: 'encoding', progress: before + SHARE.encoding * fraction });
}
