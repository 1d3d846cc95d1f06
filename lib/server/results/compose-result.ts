import 'server-only';
import type { InferResult, Scoring, SelectionAnswer, TaughtCount, TumourCount } from '@/lib/contracts/infer';
import { writeUsedThresholds } from '@/lib/contracts/thresholds';
import type { PictureFrame } from '@/lib/exchange/coordinate-frame';
import { stateFrame } from '@/lib/exchange/qupath-geojson';
import { madeBy, roundInterval, stateSummary } from '@/lib/exchange/score-summary';
import type { TaughtClassifier } from '@/lib/scoring/classify/teach-picture';
import type { LabelingIndex } from '@/lib/scoring/scores/labeling-index';
import type { ScoredImage } from '@/lib/server/inference/analyse-image';
import type { Warning } from '@/lib/warnings';
import type { PixelSize } from './choose-pixel-size';
import { createEncoder, type EncodedPicture, type PictureEncoder } from './picture-encoder';

/** A result as it is kept: pictures as PNG, all else as JSON. Base64 is written while it is sent. */
export type ComposedResult = {
  images: readonly EncodedPicture[];
  /** An object. */
  rest: Buffer;
  /** An object with at least one member, in shared memory: what the request lists of the nuclei. */
  lists: Uint8Array | null;
};

export const bytesOfResult = ({ images, rest, lists }: ComposedResult) =>
  images.reduce((sum, { png }) => sum + png.byteLength, rest.byteLength + (lists?.byteLength ?? 0));

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
  /** What is to be said of the request; left out where there is none. */
  requestWarnings?: readonly Warning[];
  /** Told as pictures are done, from 0 to 1. */
  onEncoded: (fraction: number) => void;
};

/** Turns an analysis into its answer; pictures that are not encoded yet are encoded all at once. */
export async function composeResult(composition: Composition): Promise<ComposedResult> {
  const { analysis, onEncoded, pixelSize, encoder = createEncoder(pixelSize.micronsPerPixel) } = composition;
  encoder.addDrawn(analysis);
  const images = await encoder.finish(onEncoded);
  return { images, rest: Buffer.from(JSON.stringify(withoutImages(composition))), lists: analysis.lists };
}

function withoutImages({
  analysis,
  pixelSize,
  selection,
  frame,
  fileSha256,
  sourceWarnings,
  requestWarnings = [],
}: Composition): Omit<InferResult, 'images'> {
  const { score, lists, provenance, warnings } = analysis;
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
      network_microns_per_pixel: provenance.networkMicronsPerPixel,
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
    warnings: [...sourceWarnings, ...pixelSize.warnings, ...requestWarnings, ...warnings],
    ...((lists !== null || score?.summary.hotSpot !== undefined) && {
      coordinates: stateFrame(frame, micronsPerPixel),
    }),
  };
}

const describeTumour = (index: LabelingIndex, taught: TaughtClassifier | null): TumourCount => ({
  num_total: index.total,
  num_pos: index.positive,
  num_neg: index.negative,
  percent_pos: index.percentPositive,
  percent_pos_interval: roundInterval(index.interval),
  made_by: madeBy(taught),
});

const describeTaught = ({ clicks, classClicks, limits }: TaughtClassifier): TaughtCount => ({
  clicks,
  class_clicks: classClicks,
  positive_from: limits?.positiveFrom ?? null,
  negative_below: limits?.negativeBelow ?? null,
});

function describeScore(score: NonNullable<ScoredImage['score']>): Scoring {
  return {
    num_total: score.total,
    num_pos: score.positive,
    num_neg: score.negative,
    percent_pos: score.percentPositive,
    ...writeUsedThresholds(score.thresholds),
    tumour: score.tumour && describeTumour(score.tumour, score.taught),
    ...(score.taught && { taught: describeTaught(score.taught) }),
    exclude_on_edges: score.edges.areExcluded,
    num_on_edges: score.edges.count,
  };
}
