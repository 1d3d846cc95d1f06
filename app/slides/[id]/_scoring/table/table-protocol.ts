import type { WorkerCall } from '@/app/_loading/worker-rpc';
import type { Annotation, AnnotationClass } from '@/lib/contracts/annotation';
import type { NucleiPlan } from '@/lib/contracts/slide-scoring';
import type { Marker } from '@/lib/scoring/classify/kinds';
import type { TaughtClassifier, Teaching } from '@/lib/scoring/classify/teach-picture';
import type { PointCorrectionCounts } from '@/lib/scoring/gate/apply-corrections';
import type { Gates } from '@/lib/scoring/gate/gate-nuclei';
import type { MembraneCuts } from '@/lib/scoring/membrane/describe-membranes';
import type { IntensityThresholds } from '@/lib/scoring/scores/h-score';
import type { HotSpotSize } from '@/lib/scoring/scores/score-summary';
import type { SizeDensity } from '@/lib/scoring/scores/size-density';
import type { SlideCorrection } from '@/lib/scoring/slide/correct-nuclei';
import type { HeatKind } from '@/lib/scoring/slide/heat-map';
import type { HotSpots } from '@/lib/scoring/slide/hot-spots';
import type { ProposedArea } from '@/lib/scoring/slide/propose-ratings';
import type { GlobalScores, NeuroendocrineScore } from '@/lib/scoring/slide/protocols';
import type { ZoneNumbers } from '@/lib/scoring/slide/zone-numbers';
import type { Thresholds } from '@/lib/scoring/thresholds';

/** What numbers depend on besides nuclei and annotations. Thresholds that are left out are the model's. */
export type TableSettings = {
  readonly thresholds: { readonly [Name in keyof Omit<Thresholds, 'algorithm'>]?: Thresholds[Name] | undefined };
  readonly intensity: IntensityThresholds;
  readonly corrections: readonly SlideCorrection[];
  readonly marker: Marker | null;
  /** Where membranes are to be counted, their cut points. */
  readonly membrane: MembraneCuts | null;
  readonly teaching: Teaching;
  /** Somebody is about to teach: what a click needs is made ready. */
  readonly isTeaching: boolean;
};

/**
 * Whether tumour nuclei are counted alone. `waiting`: kinds are to be told first, by `tell`. `unmarked`: the marker is one of
 * other cells. `unknown`: an older version has found the nuclei.
 */
export type KindsState = 'told' | 'waiting' | 'unmarked' | 'unknown';

/** Cells whose nuclei are there, but of which nobody has measured the membranes, though the marker is one of membranes. */
export type MembraneState = { readonly unmeasured: number };

/** How the teaching of a slide stands. */
export type TeachingState = {
  /** What a click needs is not made yet: `tell` does it. */
  readonly isReading: boolean;
  /** What was taught, here and before; null where nothing was. */
  readonly taught: TaughtClassifier | null;
  /** Of the nuclei that count: how many are unsure, and where the least sure one is. null while nobody teaches. */
  readonly unsure: { readonly count: number; readonly least: { readonly x: number; readonly y: number } | null } | null;
};

export type TableArea = Pick<Annotation, 'id' | 'class' | 'polygons' | 'rating'>;

/** Numbers of a part of the slide. `isComplete`: all cells that it touches were scored, or are glass. */
export type PartNumbers = ZoneNumbers & { readonly isComplete: boolean };

export type TableNumbers = {
  /** Cells that were scored, and nuclei found in them, before any gate. */
  readonly cells: number;
  readonly nuclei: number;
  readonly gates: Gates;
  readonly applied: PointCorrectionCounts;
  readonly kinds: KindsState;
  readonly teaching: TeachingState;
  /** null where membranes are not to be counted. */
  readonly membranes: MembraneState | null;
  readonly slide: PartNumbers;
  /** null where no region is tumour. */
  readonly tumour: PartNumbers | null;
  /** Of all regions of a class together. */
  readonly classes: readonly { readonly class: AnnotationClass; readonly numbers: PartNumbers }[];
  readonly areas: ReadonlyMap<string, PartNumbers>;
  /** By the ratings of the annotations. */
  readonly global: GlobalScores;
  /** Milliseconds that the worker took. */
  readonly ms: number;
};

/** What plots show, of all nuclei before any gate. */
export type TablePlots = { readonly sizes: SizeDensity; readonly marker: Float64Array | null };

/** How the nuclei of a part of the slide are drawn: as outlines, as points, or as a map of squares. */
export type DrawnAs = 'outlines' | 'points' | HeatKind;

/** A part of the slide in its pixels, and pixels of the picture for one of the slide. */
export type WantedPicture = {
  readonly as: DrawnAs;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  /** Canvas pixels to a CSS pixel: lines are as thick on every screen. */
  readonly ratio: number;
  /** Outlines have a mark in the colour of the nucleus's kind or class. */
  readonly areKindsShown: boolean;
};

export type DrawnPicture = { readonly bitmap: ImageBitmap; readonly wanted: WantedPicture };

/** What is at a place. */
export type ProbedNucleus = { readonly isPositive: boolean; readonly isKept: boolean };

/** How the server finds and counts nuclei; see `NucleiPlan`. */
export type TablePlan = {
  readonly grid: NucleiPlan['grid'];
  readonly micronsPerPixel: number;
  readonly glass: string;
  readonly defaults: Thresholds;
};

/** Files of cells of one key: those of another key replace all that were there. */
export type TakenCells = { readonly key: string; readonly plan: TablePlan; readonly cells: readonly Uint8Array[] };

/** What the worker of the table does, by name. */
export type TableCalls = {
  open: WorkerCall<{ width: number; height: number }, null>;
  take: WorkerCall<TakenCells, TablePlots>;
  annotate: WorkerCall<readonly TableArea[], null>;
  /** null when there are newer settings by now, or no nuclei were read. */
  count: WorkerCall<TableSettings, TableNumbers | null>;
  /** Tells the kinds of all nuclei, or makes what a click needs, as the newest `count` wants it. Whether another count has other numbers now. */
  tell: WorkerCall<null, boolean>;
  hotSpots: WorkerCall<HotSpotSize, HotSpots | null>;
  neuroendocrine: WorkerCall<null, NeuroendocrineScore | null>;
  proposeRatings: WorkerCall<null, ProposedArea[]>;
  draw: WorkerCall<WantedPicture, DrawnPicture | null>;
  probe: WorkerCall<{ x: number; y: number }, ProbedNucleus | null>;
  /** A point in each nucleus that counts and whose centre a closed ring encloses. */
  within: WorkerCall<readonly (readonly [x: number, y: number])[], { x: number; y: number }[]>;
};
