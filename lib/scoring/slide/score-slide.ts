import { applyLimits } from '@/lib/scoring/classify/calibrate-classes';
import type { NucleusKinds } from '@/lib/scoring/classify/classify-nuclei';
import { hasTumourIndex, type Marker } from '@/lib/scoring/classify/kinds';
import type { TaughtClassifier } from '@/lib/scoring/classify/teach-picture';
import type { PointCorrectionCounts } from '@/lib/scoring/gate/apply-corrections';
import {
  type GatedNuclei,
  type Gates,
  type GateThresholds,
  gateNuclei,
  resolveCountedGates,
} from '@/lib/scoring/gate/gate-nuclei';
import type { IntensityThresholds } from '@/lib/scoring/scores/h-score';
import { addNuclei, correctNuclei, type SlideCorrection } from './correct-nuclei';
import { gridNuclei, type NucleusGrid } from './nucleus-grid';
import { withAdded } from './slide-kinds';
import type { SlideNuclei } from './slide-nuclei';
import { zoneArea } from './zone-area';
import { nucleiInZone } from './zone-members';
import { type Grades, gradeNuclei, numbersOf, type ZoneNumbers } from './zone-numbers';
import type { Zone } from './zones';

/** A slide, as far as numbers need it. */
export type SlideFacts = { readonly width: number; readonly height: number; readonly micronsPerPixel: number };

/** Settings that a number depends on, and that change with a slider. */
export type SlideSettings = {
  readonly thresholds: GateThresholds;
  readonly intensity: IntensityThresholds;
  /** What the slide is stained for; by default nobody named it. */
  readonly marker?: Marker | null;
  /** What was taught on pictures, whose limits of positive and negative hold here; by default nothing. */
  readonly classifier?: TaughtClassifier | null;
};

/** Nuclei with their corrections, gated and graded. */
export type GradedSlide = {
  readonly gates: Gates;
  readonly gated: GatedNuclei;
  readonly grades: Grades;
  /** Entry in `KINDS` of each nucleus; null where tumour nuclei are not counted alone. */
  readonly kind: Uint8Array | null;
  readonly applied: PointCorrectionCounts;
};

/** A zone with what does not change with a slider. */
export type CountedZone = { readonly members: Int32Array; readonly areaMm2: number };

/**
 * Everything of a slide's nuclei that does not change while size, marker and intensity thresholds move: made anew when nuclei or
 * corrections change.
 */
export class SlideTable {
  readonly slide: SlideFacts;
  /** The found nuclei, then those added by hand. */
  readonly nuclei: SlideNuclei;
  readonly grid: NucleusGrid;
  /** Of all `nuclei`; null until `tell` gave them. */
  kinds: NucleusKinds | null = null;
  readonly #found: SlideNuclei;
  readonly #corrections: readonly SlideCorrection[];
  /** Automatic size thresholds sort all sizes, so they are kept. */
  #autoSize: number | null = null;

  constructor(found: SlideNuclei, slide: SlideFacts, corrections: readonly SlideCorrection[]) {
    this.slide = slide;
    this.#found = found;
    this.#corrections = corrections;
    const joined = addNuclei(found, gridNuclei(found), corrections, slide.micronsPerPixel);
    this.nuclei = joined.nuclei;
    this.grid = joined.grid;
  }

  /** @param kinds - of the found nuclei; null where they cannot be told. */
  tell(kinds: NucleusKinds | null): void {
    this.kinds = kinds && withAdded(kinds, this.nuclei, this.grid);
  }

  /** Turns every `auto` into a number, over all found nuclei and the marker of all their cells. */
  resolve(thresholds: GateThresholds): Gates {
    const isKnown = thresholds.sizeThresh === 'auto' && this.#autoSize !== null;
    const stated = isKnown ? { ...thresholds, sizeThresh: this.#autoSize as number } : thresholds;
    const gates = resolveCountedGates(this.#found, this.#found.markerHistogram, stated, this.slide.micronsPerPixel);
    if (thresholds.sizeThresh === 'auto') this.#autoSize = gates.sizeThresh;
    return gates;
  }

  grade({ thresholds, intensity, marker = null, classifier = null }: SlideSettings): GradedSlide {
    const gates = this.resolve(thresholds);
    const { kept, positive } = gateNuclei(this.nuclei, gates);
    const { kindColumns } = this.nuclei;
    const limits = classifier?.limits;
    const classed = limits && kindColumns ? applyLimits(kindColumns.brownMean, positive, limits) : positive;
    const { gated, applied } = correctNuclei(
      this.nuclei,
      this.grid,
      { kept, positive: classed },
      this.#corrections,
      this.#found.count,
    );
    const grades = gradeNuclei(gated, this.nuclei.odMean, intensity);
    return { gates, gated, grades, kind: hasTumourIndex(marker) ? (this.kinds?.kind ?? null) : null, applied };
  }

  /** The nuclei of a zone and its area. */
  count(zone: Zone): CountedZone {
    const { slide, nuclei, grid } = this;
    const areaMm2 = (zoneArea(zone, slide) * slide.micronsPerPixel ** 2) / 1e6;
    return { members: nucleiInZone(nuclei, grid, zone), areaMm2 };
  }
}

export const numbersOfZone = (graded: GradedSlide, { members, areaMm2 }: CountedZone): ZoneNumbers =>
  numbersOf(graded, members, areaMm2);
