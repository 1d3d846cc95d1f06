import type { NucleusPixels } from '@/lib/exchange/nuclei';
import type { OutlinedNuclei } from '@/lib/scoring/find/outlined-nuclei';
import type { Score } from '@/lib/scoring/score-image';
import type { IntensityBins, IntensityThresholds } from '@/lib/scoring/scores/h-score';
import type { FailureReply } from '../_loading/failures';
import type { Parameters } from './parameters';

/** A part of the image: pixels, `x1` and `y1` exclusive. */
export type Box = { x0: number; y0: number; x1: number; y1: number };

/** What the live worker computes from: addresses of PNGs, each of the image's size. */
export type LoadMaps = {
  original: string;
  segmentation: string;
  /** null when the model infers none. */
  marker: string | null;
  micronsPerPixel: number;
};

/** Which of the found nuclei count. 1 = yes. */
export type GatedColumns = {
  /** Passed the gates and was not deleted by hand. */
  kept: Uint8Array;
  /** Kept, and where the regions count. The numbers are of these. */
  counted: Uint8Array;
  positive: Uint8Array;
};

export type LiveNumbers = Score & {
  /** Pixels in which nuclei count: the regions', or the whole image. */
  areaPx: number;
};

/** What the live worker answers to `score`. */
export type LiveScore = {
  numbers: LiveNumbers;
  /**
   * All nuclei found with one segmentation threshold, before any gate, those drawn by hand last. The same object as
   * before while the segmentation has not changed.
   */
  found: OutlinedNuclei;
  gated: GatedColumns;
  /** Milliseconds that the worker took. */
  ms: number;
};

export type OutlinesInSight = { found: OutlinedNuclei; gated: Pick<GatedColumns, 'kept' | 'positive'> };

/** What can be said before the nuclei of the whole image are found. */
export type LiveSketch = {
  /** Counted nuclei by intensity, nearly; null while too little is known. */
  bins: IntensityBins | null;
  /** null while they are not known: they follow the numbers, when it is known what is in sight. */
  outlines: OutlinesInSight | null;
};

/** A nucleus under the pointer. */
export type ProbedNucleus = {
  /** Index into `OutlinedNuclei`. */
  index: number;
  isPositive: boolean;
  isKept: boolean;
  isCounted: boolean;
  areaPx: number;
  markerMax: number;
  markerMean: number;
  odMean: number;
  centroidX: number;
  centroidY: number;
};

export type LiveHistograms = {
  /** Brightness of the marker picture: 256 counts; null without one. */
  marker: Uint32Array | null;
  /** What the segmentation threshold is held against: red + blue of each pixel, 255 at most; 256 counts. */
  segmentation: Uint32Array;
};

/** What the live worker is asked, by name, and what it answers. */
export type LiveCalls = {
  load: (maps: LoadMaps) => LiveHistograms;
  /**
   * `view`: what is on the screen. When nuclei have to be found anew, a sketch is sent ahead, graded by `intensity`.
   * null when a newer request came in before it was done. `found` is null while it is what was sent last.
   */
  score: (wanted: {
    parameters: Parameters;
    intensity: IntensityThresholds;
    view: Box | null;
  }) => (Omit<LiveScore, 'found'> & { found: OutlinedNuclei | null }) | null;
  /** Image pixels. */
  probe: (place: { x: number; y: number }) => ProbedNucleus | null;
  /** The pixels of the nuclei that `score` found last. */
  pixels: (ask: null) => NucleusPixels;
};

export type LiveCallName = keyof LiveCalls;
export type ArgumentOf<Name extends LiveCallName> = ArgumentIn<LiveCalls[Name]>;
export type AnswerOf<Name extends LiveCallName> = ReturnType<LiveCalls[Name]>;
type ArgumentIn<F> = F extends (argument: infer A) => unknown ? A : never;

export type LiveRequest = {
  [Name in LiveCallName]: { id: number; name: Name; argument: ArgumentOf<Name> };
}[LiveCallName];

export type LiveReply =
  | { kind: 'answer'; id: number; value: unknown }
  | ({ kind: 'failure'; id: number } & FailureReply)
  | { kind: 'sketch'; id: number; sketch: LiveSketch }
  /** While loading: 0 to 1. */
  | { kind: 'progress'; fraction: number };
