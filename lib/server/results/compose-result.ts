import 'server-only';
import type { InferResult, Scoring, SelectionAnswer } from '@/lib/contracts/infer';
import type { Include } from '@/lib/contracts/options';
import { writeUsedThresholds } from '@/lib/contracts/thresholds';
import type { PictureFrame } from '@/lib/exchange/coordinate-frame';
import { describeObjects, type GeojsonClasses, stateFrame } from '@/lib/exchange/qupath-geojson';
import { roundInterval, stateSummary } from '@/lib/exchange/score-summary';
import type { NucleusRecords } from '@/lib/scoring/find/nucleus-records';
import type { IntensityThresholds } from '@/lib/scoring/scores/h-score';
import type { ScoredImage } from '@/lib/server/inference/analyse-image';
import type { Warning } from '@/lib/warnings';
import type { PixelSize } from './choose-pixel-size';
import { describeCells, exportNuclei } from './describe-nuclei';
import { createEncoder, type EncodedPicture, type PictureEncoder } from './picture-encoder';

/** A result as it is kept: pictures as PNG, all else as JSON. Base64 is written while it is sent. */
export type ComposedResult = { images: readonly EncodedPicture[]; rest: Buffer };

export const bytesOfResult = ({ images, rest }: ComposedResult) =>
  images.reduce((sum, { png }) => sum + png.byteLength, rest.byteLength);

/** What a request wants of the nuclei, and what of the request has to be remarked on. */
export type Wishes = {
  include: readonly Include[];
  geojsonClasses: GeojsonClasses;
  intensity: IntensityThresholds;
  warnings: readonly Warning[];
};

type Composition = {
  analysis: ScoredImage;
  /** That has the modalities already; left out where there are none. */
  encoder?: PictureEncoder;
  pixelSize: PixelSize;
  selection: SelectionAnswer | null;
  /** What every coordinate of the answer counts. */
  frame: PictureFrame;
  /** Of the file that was sent; null where nobody noted it. */
  fileSha256: string | null;
  /** What is doubted of the image that was analysed. */
  sourceWarnings: readonly Warning[];
  /** What the request wants besides pictures and numbers; left out where nobody asks. */
  wishes?: Wishes;
  /** Told as pictures are done, from 0 to 1. */
  onEncoded: (fraction: number) => void;
};

/** Turns an analysis into its answer; pictures that are not encoded yet are encoded all at once. */
export async function composeResult(composition: Composition): Promise<ComposedResult> {
  const { analysis, onEncoded, pixelSize, encoder = createEncoder(pixelSize.micronsPerPixel) } = composition;
  encoder.addDrawn(analysis);
  const images = await encoder.finish(onEncoded);
  return { images, rest: Buffer.from(JSON.stringify(withoutImages(composition))) };
}

function withoutImages({
  analysis,
  pixelSize,
  selection,
  frame,
  fileSha256,
  sourceWarnings,
  wishes,
}: Composition): Omit<InferResult, 'images'> {
  const { score, nuclei, provenance, warnings } = analysis;
  const { micronsPerPixel } = pixelSize;
  return {
    ...(score && {
      scoring: describeScore(score),
      percent_pos_interval: roundInterval(score.interval),
      ...stateSummary(score.summary, { frame, micronsPerPixel }),
    }),
    provenance: {
      model: provenance.model,
      model_sha256: provenance.modelSha256,
      software: provenance.software,
      commit: provenance.commit,
      file_sha256: fileSha256,
      provider: provenance.provider,
      precision: provenance.precision,
      graph_optimisation: provenance.graphOptimisation,
      microns_per_pixel: provenance.micronsPerPixel,
      microns_per_pixel_source: pixelSize.source,
      ...(pixelSize.statedBy && { microns_per_pixel_stated_by: pixelSize.statedBy }),
      algorithm: provenance.algorithm,
      ...(selection && { selection }),
    },
    warnings: [...sourceWarnings, ...pixelSize.warnings, ...(wishes?.warnings ?? []), ...warnings],
    ...(wishes &&
      (wishes.include.length > 0 || score?.summary.hotSpot !== undefined) && {
        coordinates: stateFrame(frame, micronsPerPixel),
      }),
    ...(wishes && nuclei && describeIncluded(nuclei, { frame, micronsPerPixel }, wishes)),
  };
}

function describeIncluded(
  records: NucleusRecords,
  { frame, micronsPerPixel }: { frame: PictureFrame; micronsPerPixel: number },
  { include, geojsonClasses: classes, intensity }: Wishes,
): Pick<InferResult, 'cells' | 'geojson'> {
  const nuclei = exportNuclei(records, frame.width, { micronsPerPixel, intensity });
  return {
    ...(include.includes('cells') && { cells: describeCells(nuclei, frame) }),
    ...(include.includes('geojson') && { geojson: describeObjects(nuclei, [], { frame, micronsPerPixel, classes }) }),
  };
}

function describeScore(score: NonNullable<ScoredImage['score']>): Scoring {
  return {
    num_total: score.total,
    num_pos: score.positive,
    num_neg: score.negative,
    percent_pos: score.percentPositive,
    ...writeUsedThresholds(score.thresholds),
  };
}
