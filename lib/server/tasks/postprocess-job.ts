import 'server-only';
import { z } from 'zod';
import { PostprocessOptions } from '@/lib/contracts/options';
import { frameOf } from '@/lib/exchange/coordinate-frame';
import { colourDoubts } from '@/lib/server/images/colour-doubts';
import { rescoreImage } from '@/lib/server/inference/analyse-image';
import { defineJob } from '@/lib/server/jobs/define-job';
import { hashBytes } from '@/lib/server/readers/hash-bytes';
import { bytesOfResult, type ComposedResult, composeResult } from '@/lib/server/results/compose-result';
import { dropHeldFile, heldFile, releaseUpload } from './held-uploads';
import { pixelSizeOf, scoringOptions, warningsOf } from './task-options';
import { reportDecoded, reportEncoding, reportReading } from './task-progress';

/** Scores maps that were inferred earlier and posted with their image. Done by the process that took them, as `INFER_JOB` is. */
export const POSTPROCESS_JOB = defineJob({
  name: 'postprocess',
  schema: z.object({ upload: z.string(), options: PostprocessOptions, hasMarker: z.boolean() }),
  bytesOf: bytesOfResult,
  handler: async ({ upload, options, hasMarker }, context): Promise<ComposedResult> => {
    reportReading(context);
    const read = async (name: string) => {
      const image = await heldFile(upload, name).image.read();
      dropHeldFile(upload, name);
      return image;
    };
    const fileSha256 = await hashBytes(heldFile(upload, 'img').bytes);
    const img = await read('img');
    const seg = await read('seg_img');
    const marker = hasMarker ? await read('marker_img') : null;
    releaseUpload(upload);
    reportDecoded(context, 'scoring');
    const { raster: image, selection } = img;
    const frame = frameOf(options.coordinates, img, selection);
    const pixelSize = pixelSizeOf(options, img, seg);
    const analysis = await rescoreImage(
      {
        image,
        segmentation: seg.raster,
        marker: marker?.raster ?? null,
        micronsPerPixel: pixelSize.micronsPerPixel,
        scoring: scoringOptions(options, frame),
      },
      { signal: context.signal },
    );
    const sourceWarnings = [...img.warnings, ...seg.warnings, ...(marker?.warnings ?? []), ...colourDoubts(image)];
    const requestWarnings = warningsOf(options);
    const source = { pixelSize, sourceWarnings, requestWarnings, selection, frame, fileSha256 };
    return composeResult({ analysis, ...source, onEncoded: reportEncoding(context) });
  },
});
