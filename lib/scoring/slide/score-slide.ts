import type { NucleusKinds } from '@/lib/scoring/classify/classify-nuclei';
import { hasTumourIndex, type Marker } from '@/lib/scoring/classify/kinds';
import {
  classesBy,
  describeTaught,
  type TaughtClassifier,
  type TaughtKinds,
  type Teaching,
  UNTAUGHT,
} from '@/lib/scoring/classify/teach-picture';
import type { PointCorrectionCounts } from '@/lib/scoring/gate/apply-corrections';
import {
  type GatedNuclei,
  type Gates,
  type GateThresholds,
  gateNuclei,
  resolveCountedGates,
} from '@/lib/scoring/gate/gate-nuclei';
import { describeMembranes, type MembraneCuts, type Membranes } from '@/lib/scoring/membrane/describe-membranes';
import { gradeMembranes } from '@/lib/scoring/membrane/score-membranes';
import type { IntensityThresholds } from '@/lib/scoring/scores/h-score';
import { addNuclei, correctNuclei, type SlideCorrection } from './correct-nuclei';
import { gridNuclei, type NucleusGrid } from './nucleus-grid';
import { examplesOf, type SlideExamples, withAdded } from './slide-kinds';
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
  /** Where membranes are to be counted, their cut points; by default they are not. */
  readonly membrane?: MembraneCuts | null;
  /** What is taught by clicks on this slide, and was on others; by default nothing. */
  readonly teaching?: Teaching;
};

/** Nuclei with their corrections, gated and graded. */
export type GradedSlide = {
  readonly gates: Gates;
  readonly gated: GatedNuclei;
  readonly grades: Grades;
  /** Entry in `KINDS` of each nucleus; null where tumour nuclei are not counted alone. */
  readonly kind: Uint8Array | null;
  /** What each adds to a score of membranes; null where they are not asked for, not measured, or kinds are not told. */
  readonly membranes: { readonly adds: Uint8Array; readonly cuts: MembraneCuts } | null;
  readonly applied: PointCorrectionCounts;
  /** What was taught, here and before; null where nothing was. */
  readonly taught: TaughtClassifier | null;
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
  #taught: Pick<TaughtKinds, 'weights' | 'stated'> = { weights: null, stated: new Set() };
  readonly #found: SlideNuclei;
  readonly #corrections: readonly SlideCorrection[];
  /** Automatic size thresholds sort all sizes, so they are kept. */
  #autoSize: number | null = null;
  #described: { readonly weak: number; readonly membranes: Membranes } | null = null;

  constructor(found: SlideNuclei, slide: SlideFacts, corrections: readonly SlideCorrection[]) {
    this.slide = slide;
    this.#found = found;
    this.#corrections = corrections;
    const joined = addNuclei(found, gridNuclei(found), corrections, slide.micronsPerPixel);
    this.nuclei = joined.nuclei;
    this.grid = joined.grid;
  }

  /** @param told - of the found nuclei; null where kinds cannot be told. */
  tell(told: TaughtKinds | null): void {
    this.kinds = told && withAdded(told.kinds, this.nuclei, this.grid);
    this.#taught = told ?? { weights: null, stated: new Set() };
  }

  /** What clicks say of its nuclei. */
  examplesOf(clicks: Teaching['clicks']): SlideExamples {
    return examplesOf(clicks, { nuclei: this.nuclei, grid: this.grid, found: this.#found.count });
  }

  /** Turns every `auto` into a number, over all found nuclei and the marker of all their cells. */
  resolve(thresholds: GateThresholds): Gates {
    const isKnown = thresholds.sizeThresh === 'auto' && this.#autoSize !== null;
    const stated = isKnown ? { ...thresholds, sizeThresh: this.#autoSize as number } : thresholds;
    const gates = resolveCountedGates(this.#found, this.#found.markerHistogram, stated, this.slide.micronsPerPixel);
    if (thresholds.sizeThresh === 'auto') this.#autoSize = gates.sizeThresh;
    return gates;
  }

  /** Completeness and densities of the membranes of the found nuclei; null where they were not measured. */
  membranes({ weak }: Pick<MembraneCuts, 'weak'>): Membranes | null {
    const { membranes, centroidX, centroidY } = this.#found;
    if (!membranes) return null;
    if (this.#described?.weak !== weak) {
      const { micronsPerPixel } = this.slide;
      const described = describeMembranes(membranes, { weak }, { centroidX, centroidY, micronsPerPixel });
      this.#described = { weak, membranes: described };
    }
    return this.#described.membranes;
  }

  grade({ thresholds, intensity, marker = null, membrane = null, teaching = UNTAUGHT }: SlideSettings): GradedSlide {
    const gates = this.resolve(thresholds);
    const { kept, positive } = gateNuclei(this.nuclei, gates);
    const { kindColumns } = this.nuclei;
    const classes = kindColumns
      ? classesBy(kindColumns.brownMean, positive, this.examplesOf(teaching.clicks).classes, teaching.classifier)
      : { positive, limits: null, stated: new Set<number>() };
    const { gated, applied } = correctNuclei(
      this.nuclei,
      this.grid,
      { kept, positive: classes.positive },
      this.#corrections,
      this.#found.count,
    );
    const grades = gradeNuclei(gated, this.nuclei.odMean, intensity);
    const kind = hasTumourIndex(marker) ? (this.kinds?.kind ?? null) : null;
    const described = membrane && this.kinds && this.membranes(membrane);
    const membranes =
      membrane && described && this.kinds
        ? { adds: gradeMembranes(described, { counted: gated.kept, ...this.kinds }, membrane), cuts: membrane }
        : null;
    const taught = describeTaught(this.#taught, classes, teaching);
    return { gates, gated, grades, kind, membranes, applied, taught };
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
