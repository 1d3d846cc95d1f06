import 'server-only';
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { InferOptions } from '@/lib/contracts/options';
import { frameOf } from '@/lib/exchange/coordinate-frame';
import { MODALITIES } from '@/lib/models/modalities';
import { colourDoubts } from '@/lib/server/images/colour-doubts';
import { analyseImage } from '@/lib/server/inference/analyse-image';
import { defineJob, type JobContext } from '@/lib/server/jobs/define-job';
import { getLog } from '@/lib/server/log';
import { hashBytes } from '@/lib/server/readers/hash-bytes';
import type { ImageFile } from '@/lib/server/readers/read-image';
import { bytesOfResult, type ComposedResult, composeResult } from '@/lib/server/results/compose-result';
import { createEncoder } from '@/lib/server/results/picture-encoder';
import { heldFile, releaseUpload } from './held-uploads';
import { pixelSizeOf, scoringOptions, warningsOf } from './task-options';
import { reportDecoded, reportEncoding, reportReading, reportTiles } from './task-progress';

/**
 * Infers and scores one image that was posted.
 *
 * The image is held in the memory of the process that took the request (`held-uploads.ts`), and so is the result: this
 * job is done by that process. Where workers do it (REMOTE_INFER), it is `REMOTE_INFER_JOB`.
 */
export const INFER_JOB = defineJob({
  name: 'infer',
  schema: z.object({ upload: z.string(), options: InferOptions }),
  bytesOf: bytesOfResult,
  handler: ({ upload, options }, context): Promise<ComposedResult> =>
    analysePosted({ ...heldFile(upload, 'img'), release: () => releaseUpload(upload) }, options, context),
});

/** A posted file; `release` is called once it is decoded. */
type PostedFile = { bytes: Uint8Array; image: ImageFile; release: () => void };

/** Decodes, infers and scores a posted image, on this process's own pool. */
export async function analysePosted(
  file: PostedFile,
  options: InferOptions,
  context: JobContext,
): Promise<ComposedResult> {
  reportReading(context);
  const clock = startClock();
  const [fileSha256, { raster: image, ...description }] = await Promise.all([hashBytes(file.bytes), file.image.read()]);
  file.release();
  const decodeMs = clock();
  reportDecoded(context, 'inferring');
  const { selection } = description;
  const frame = frameOf(options.coordinates, description, selection);
  const pixelSize = pixelSizeOf(options, description);
  const encoder = createEncoder(pixelSize.micronsPerPixel);
  const analysing = analyseImage(
    {
      image,
      micronsPerPixel: pixelSize.micronsPerPixel,
      model: options.model,
      scoring: options.nopost ? null : scoringOptions(options, frame),
      modalities: options.slim ? [] : MODALITIES,
      overlay: !options.slim,
      refined: true,
    },
    {
      signal: context.signal,
      onProgress: (progress) => reportTiles(context, progress),
      onInferred: encoder.addModalities,
    },
  );
  // By then the first task is with the pool's threads, and this one has nothing else to do.
  const doubting = setImmediate().then(() => colourDoubts(image));
  const [analysis, doubts] = await Promise.all([analysing, doubting]);
  const sourceWarnings = [...description.warnings, ...doubts];
  const { inferMs, scoreMs, tiles, glassTiles } = analysis;
  clock();
  const requestWarnings = warningsOf(options);
  const source = { pixelSize, sourceWarnings, requestWarnings, selection, frame, fileSha256 };
  const result = await composeResult({ analysis, encoder, ...source, onEncoded: reportEncoding(context) });
  getLog().info(
    {
      width: image.width,
      height: image.height,
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
}

/** A clock that gives the milliseconds since it was last asked. */
function startClock(): () => number {
  let last = performance.now();
  return () => {
    const ms = Math.round(performance.now() - last);
    last = performance.now();
    return ms;
  };
}
