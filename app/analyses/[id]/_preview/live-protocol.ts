import type { WorkerCall } from '@/app/_loading/worker-rpc';
import type { NucleusPixels } from '@/lib/exchange/nuclei';
import type { Raster } from '@/lib/imaging/raster';
import type { NucleusKinds } from '@/lib/scoring/classify/classify-nuclei';
import type { NucleusKind } from '@/lib/scoring/classify/kinds';
import type { Features } from '@/lib/scoring/classify/nucleus-features';
import type { OutlinedNuclei } from '@/lib/scoring/find/outlined-nuclei';
import type { Membranes } from '@/lib/scoring/membrane/describe-membranes';
import type { Score } from '@/lib/scoring/score-image';
import type { IntensityBins } from '@/lib/scoring/scores/h-score';
import type { Parameters } from './parameters';

/** A part of the image: pixels, `x1` and `y1` exclusive. */
export type Box = { x0: number; y0: number; x1: number; y1: number };

/** URLs of the PNGs that the live worker computes from, each of the image's size. */
export type LoadMaps = {
  original: string;
  segmentation: string;
  /** null when the model infers none. */
  marker: string | null;
  micronsPerPixel: number;
};

/** Which of the found nuclei count. 1 = yes. */
export type GatedColumns = {
  /** Passes the gates and is not deleted by hand. */
  kept: Uint8Array;
  /** Kept, and inside of the regions. The numbers count these. */
  counted: Uint8Array;
  positive: Uint8Array;
};

export type LiveNumbers = Score;

/** Answer to `score`. */
export type LiveScore = {
  numbers: LiveNumbers;
  /**
   * All nuclei of one segmentation, before any gate; those drawn by hand come last. It is the same object as long as the
   * segmentation does not change.
   */
  found: OutlinedNuclei;
  gated: GatedColumns;
  /** Of all found nuclei. */
  kinds: NucleusKinds;
  /** Of all found nuclei; null where membranes are not measured. */
  membranes: Membranes | null;
  /** Milliseconds that the worker took. */
  ms: number;
};

export type OutlinesInSight = { found: OutlinedNuclei; gated: Pick<GatedColumns, 'kept' | 'positive'> };

/** What is shown before the nuclei of the whole image are found. */
export type LiveSketch = {
  /** Estimated counts by intensity; null while too little has been computed ahead. */
  bins: IntensityBins | null;
  /** null in the first of two messages, which has the numbers alone. */
  outlines: OutlinesInSight | null;
};

/** A nucleus under the pointer. */
export type ProbedNucleus = {
  /** Index into `OutlinedNuclei`. */
  index: number;
  isPositive: boolean;
  isKept: boolean;
  isCounted: boolean;
  kind: NucleusKind;
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
  /** Red + blue of each pixel, 255 at most, which the segmentation threshold is compared with: 256 counts. */
  segmentation: Uint32Array;
};

/** How much of the pictures is there, from 0 to 1; or a copy of the original, for whoever shows it. */
export type LoadNews = { loaded: number } | { original: Raster };

/** What the live worker does, by name. */
export type LiveCalls = {
  load: WorkerCall<LoadMaps, LiveHistograms, LoadNews>;
  /**
   * `view`: what is on the screen. When nuclei have to be found anew, sketches are told ahead.
   * null when a newer request came in before it was done. `found` is null while it is what was sent last.
   */
  score: WorkerCall<
    { parameters: Parameters; view: Box | null },
    (Omit<LiveScore, 'found'> & { found: OutlinedNuclei | null }) | null,
    LiveSketch
  >;
  /** Image pixels. */
  probe: WorkerCall<{ x: number; y: number }, ProbedNucleus | null>;
  /** What kinds are told by, of the nuclei that `score` found last. */
  features: WorkerCall<null, Features>;
  /** The pixels of the same nuclei. */
  pixels: WorkerCall<null, NucleusPixels>;
};
