import { type CellMembranes, decodeCells, joinMembranes } from '@/lib/exchange/cell-membranes';
import { joinCells } from '@/lib/exchange/slide-nuclei';
import { likeliestKinds } from '@/lib/scoring/classify/classify-nuclei';
import { hasTumourIndex, type Marker } from '@/lib/scoring/classify/kinds';
import type { PackedNuclei } from '@/lib/scoring/classify/packed-nuclei';
import { findUnsure } from '@/lib/scoring/classify/propose-nucleus';
import type { ClassExample } from '@/lib/scoring/classify/teach-kinds';
import { type TaughtKinds, type Teaching, UNTAUGHT } from '@/lib/scoring/classify/teach-picture';
import type { Polygon } from '@/lib/scoring/gate/roi';
import type { HotSpotSize } from '@/lib/scoring/scores/score-summary';
import { sizeDensity } from '@/lib/scoring/scores/size-density';
import type { SlideCorrection } from '@/lib/scoring/slide/correct-nuclei';
import { countHeat } from '@/lib/scoring/slide/heat-map';
import { type HotSpots, slideHotSpots } from '@/lib/scoring/slide/hot-spots';
import { CORNER, nucleusAt } from '@/lib/scoring/slide/nucleus-grid';
import { type ProposedArea, proposeRatings, RATING_SIDE_UM } from '@/lib/scoring/slide/propose-ratings';
import {
  globalScores,
  type NeuroendocrineScore,
  neuroendocrineScore,
  RATINGS,
  type Rating,
} from '@/lib/scoring/slide/protocols';
import { type CountedZone, type GradedSlide, numbersOfZone, SlideTable } from '@/lib/scoring/slide/score-slide';
import { areCellsThere, type SlideCells } from '@/lib/scoring/slide/slide-cells';
import { packSlideInTurns, teachPacked, tellSlideInTurns } from '@/lib/scoring/slide/slide-kinds';
import { type CellNuclei, nucleusCovers, outlineOf, type SlideNuclei } from '@/lib/scoring/slide/slide-nuclei';
import { nucleiInZone } from '@/lib/scoring/slide/zone-members';
import { type Zone, zoneOfArea, zoneOfClass, zoneOfSlide } from '@/lib/scoring/slide/zones';
import { completeThresholds } from '@/lib/scoring/thresholds';
import { readGlass } from './read-glass';
import type {
  KindsState,
  PartNumbers,
  ProbedNucleus,
  TableArea,
  TableNumbers,
  TablePlan,
  TablePlots,
  TableSettings,
  TakenCells,
  TeachingState,
} from './table-protocol';

/** A part of the slide whose nuclei are known. */
type Part = { readonly outline: Zone; readonly counted: CountedZone; readonly isComplete: boolean };

type Parts = {
  readonly slide: Part;
  readonly tumour: Part | null;
  readonly classes: readonly (readonly [TableArea['class'], Part])[];
  readonly areas: readonly (readonly [string, Part])[];
  readonly rated: readonly { readonly rating: Rating; readonly counted: CountedZone }[];
};

/** What is drawn of the slide. */
export type DrawnTable = { readonly table: SlideTable; readonly graded: GradedSlide };

/**
 * All nuclei of a slide that were found so far, and its numbers. What does not change with a slider is kept: nuclei until cells
 * or corrections change, members of regions until annotations do.
 */
export class TableCore {
  readonly #slide: { readonly width: number; readonly height: number };
  readonly #cells = new Map<number, CellNuclei>();
  readonly #membranes = new Map<number, CellMembranes>();
  #key = '';
  #plan: TablePlan | null = null;
  #joined: SlideNuclei | null = null;
  #areas: readonly TableArea[] = [];
  #corrections: readonly SlideCorrection[] = [];
  #table: SlideTable | null = null;
  #parts: Parts | null = null;
  #graded: GradedSlide | null = null;
  #teaching: Teaching = UNTAUGHT;
  #isTeaching = false;
  #examples: readonly ClassExample[] = [];
  /** Kinds without clicks, by what was taught elsewhere. */
  #told: { readonly of: SlideNuclei; readonly by: string; readonly kinds: TaughtKinds | null } | null = null;
  /** What clicks need; null where a cell lacks it. */
  #packed: { readonly of: SlideNuclei; readonly nuclei: PackedNuclei | null } | null = null;
  /** What they have taught. */
  #learnt: { readonly of: PackedNuclei; readonly by: string; readonly kinds: TaughtKinds } | null = null;

  constructor(slide: { readonly width: number; readonly height: number }) {
    this.#slide = slide;
  }

  /**
   * Takes files of cells. Those of another key replace all that were there.
   *
   * @throws AppError `internal` when a file is damaged
   */
  take({ key, plan, cells: files }: TakenCells): TablePlots {
    const isOther = key !== this.#key;
    if (isOther) {
      this.#cells.clear();
      this.#membranes.clear();
    }
    this.#key = key;
    this.#plan = plan;
    const { cells, membranes } = decodeCells(files);
    for (const one of cells) this.#cells.set(one.cell.row * plan.grid.columns + one.cell.column, one);
    for (const one of membranes) this.#membranes.set(one.cell.row * plan.grid.columns + one.cell.column, one);
    if (isOther || files.length > 0 || !this.#joined) {
      const all = [...this.#cells.values()];
      const joined = joinCells(all, 'watershed');
      const measured = this.#membranes.size > 0 ? joinMembranes(joined, all, [...this.#membranes.values()]) : null;
      this.#joined = { ...joined, membranes: measured };
      this.#table = null;
    }
    this.#parts = null;
    const { areaPx, markerHistogram } = this.#joined;
    return { sizes: sizeDensity(areaPx), marker: markerHistogram };
  }

  annotate(areas: readonly TableArea[]): void {
    this.#areas = areas;
    this.#parts = null;
  }

  /** null before any file was taken. */
  count({
    thresholds,
    intensity,
    corrections,
    marker,
    membrane,
    teaching,
    isTeaching,
  }: TableSettings): TableNumbers | null {
    const started = performance.now();
    if (!this.#joined || !this.#plan) return null;
    if (!areSame(corrections, this.#corrections)) this.#table = null;
    this.#corrections = corrections;
    const plan = this.#plan;
    const table = this.#openTable(this.#joined, plan);
    this.#parts ??= this.#split(table, plan);
    this.#teaching = teaching;
    this.#isTeaching = isTeaching;
    this.#examples = table.examplesOf(teaching.clicks).kinds;
    const kinds = this.#kindsNow();
    table.tell(kinds ?? null);
    const graded = table.grade({
      ...{ thresholds: completeThresholds(thresholds, plan.defaults), intensity },
      ...{ marker, membrane, teaching },
    });
    this.#graded = graded;
    const numbers = ({ counted, isComplete }: Part): PartNumbers => ({ ...numbersOfZone(graded, counted), isComplete });
    const { slide, tumour, classes, areas, rated } = this.#parts;
    return {
      ...{ cells: this.#cells.size, nuclei: this.#joined.count, gates: graded.gates, applied: graded.applied },
      kinds: stateOf(this.#joined, marker, kinds !== undefined),
      teaching: this.#teachingState(table, graded),
      membranes: membrane && { unmeasured: this.#countUnmeasured() },
      slide: numbers(slide),
      tumour: tumour && numbers(tumour),
      classes: classes.map(([name, part]) => ({ class: name, numbers: numbers(part) })),
      areas: new Map(areas.map(([id, part]) => [id, numbers(part)])),
      global: globalScores(graded, rated),
      ms: performance.now() - started,
    };
  }

  /**
   * Tells kinds as the newest `count` wants them, or makes what clicks need, in turns of some tens of milliseconds. Whatever is asked in
   * between is answered by the kinds before; where nuclei or classifier change in between, it ends without a result. New clicks
   * change nothing of what they need.
   *
   * @returns whether another `count` has other numbers now
   */
  *tell(): Generator<void, boolean> {
    const [joined, plan] = [this.#joined, this.#plan];
    if (!joined || !plan) return false;
    const field = { ...this.#slide, micronsPerPixel: plan.micronsPerPixel };
    if (this.#isReading()) {
      const nuclei = yield* this.#whileWanted(packSlideInTurns(joined, field), () => this.#joined === joined);
      if (nuclei !== undefined) this.#packed = { of: joined, nuclei };
      return nuclei !== undefined;
    }
    if (this.#kindsNow() !== undefined) return false;
    const by = this.#weightsText();
    const isWanted = () => this.#joined === joined && this.#weightsText() === by;
    const weights = this.#teaching.classifier?.weights ?? null;
    const kinds = yield* this.#whileWanted(tellSlideInTurns(joined, field, weights), isWanted);
    if (kinds === undefined) return false;
    this.#told = { of: joined, by, kinds: kinds && { kinds, weights, stated: new Set() } };
    return true;
  }

  /** @returns undefined where it was given up */
  *#whileWanted<T>(turns: Generator<void, T>, isWanted: () => boolean): Generator<void, T | undefined> {
    for (;;) {
      const { done, value } = turns.next();
      if (!isWanted()) return undefined;
      if (done) return value;
      yield;
    }
  }

  /** What kinds are told by what is there: null where they cannot be told, undefined where they can once `tell` was done. */
  #kindsNow(): TaughtKinds | null | undefined {
    const packed = this.#packed?.of === this.#joined ? this.#packed : null;
    const weights = this.#teaching.classifier?.weights ?? null;
    if (packed?.nuclei && this.#examples.length > 0) return this.#learn(packed.nuclei);
    if (packed && this.#examples.length > 0) return null;
    if (this.#examples.length > 0) return undefined;
    if (this.#told?.of === this.#joined && this.#told?.by === this.#weightsText()) return this.#told?.kinds;
    if (packed && weights === null)
      return packed.nuclei && { kinds: likeliestKinds(packed.nuclei), weights, stated: new Set() };
    return undefined;
  }

  #learn(packed: PackedNuclei): TaughtKinds {
    const { classes } = this.#teaching;
    const by = JSON.stringify([classes, this.#weightsText(), this.#examples]);
    if (this.#learnt?.of !== packed || this.#learnt.by !== by)
      this.#learnt = { of: packed, by, kinds: teachPacked(packed, this.#teaching, this.#examples) };
    return this.#learnt.kinds;
  }

  #isReading = (): boolean =>
    (this.#isTeaching || this.#examples.length > 0) && this.#joined !== null && this.#packed?.of !== this.#joined;

  #weightsText = (): string => JSON.stringify(this.#teaching.classifier?.weights ?? null);

  #teachingState(table: SlideTable, { gated, taught }: GradedSlide): TeachingState {
    const state = { isReading: this.#isReading(), taught, unsure: null };
    if (!this.#isTeaching || !table.kinds || !this.#parts) return state;
    const counted = new Uint8Array(table.nuclei.count);
    for (const k of (this.#parts.tumour ?? this.#parts.slide).counted.members) counted[k] = gated.kept[k] as number;
    const { count, least } = findUnsure(table.kinds.likelihood, counted);
    const { centroidX, centroidY } = table.nuclei;
    const place = { x: (centroidX[least] ?? 0) + CORNER, y: (centroidY[least] ?? 0) + CORNER };
    return { ...state, unsure: { count, least: least < 0 ? null : place } };
  }

  #countUnmeasured(): number {
    let unmeasured = 0;
    for (const index of this.#cells.keys()) if (!this.#membranes.has(index)) unmeasured++;
    return unmeasured;
  }

  /** In the tumour regions, or in the slide where there is none. null before `count`. */
  hotSpots(size: HotSpotSize): HotSpots | null {
    const scope = this.#scope();
    return scope && slideHotSpots(scope.table, scope.graded, scope.part, size);
  }

  neuroendocrine(): NeuroendocrineScore | null {
    const scope = this.#scope();
    return scope && neuroendocrineScore(scope.table, scope.graded, scope.part);
  }

  /** Of the same part of the slide. */
  proposeRatings(): ProposedArea[] {
    const scope = this.#scope();
    if (!scope) return [];
    const { table, graded, part } = scope;
    const map = countHeat(table.nuclei, graded.grades, table.slide, RATING_SIDE_UM, part.counted.members);
    return proposeRatings(map, table.slide);
  }

  /** In pixels of the slide, from its corner. null where there is no nucleus. */
  probe(place: { x: number; y: number }): ProbedNucleus | null {
    const drawn = this.drawn();
    const k = drawn ? nucleusAt(drawn.table.nuclei, drawn.table.grid, place) : -1;
    if (!drawn || k < 0) return null;
    const { kept, positive } = drawn.graded.gated;
    return { isKept: kept[k] === 1, isPositive: positive[k] === 1 };
  }

  /** A point in each kept nucleus whose centre a closed ring encloses. In pixels of the slide, from its corner. */
  within(ring: Polygon[number]): { x: number; y: number }[] {
    const drawn = this.drawn();
    if (!drawn) return [];
    const { nuclei, grid } = drawn.table;
    const members = nucleiInZone(nuclei, grid, { include: [[ring]], within: [], exclude: [] });
    return Array.from(members)
      .filter((k) => drawn.graded.gated.kept[k] === 1)
      .map((k) => placeIn(nuclei, k));
  }

  /** null before `count`. */
  drawn(): DrawnTable | null {
    return this.#table && this.#graded && { table: this.#table, graded: this.#graded };
  }

  #scope() {
    const drawn = this.drawn();
    return drawn && this.#parts && { ...drawn, part: this.#parts.tumour ?? this.#parts.slide };
  }

  #openTable(joined: SlideNuclei, plan: TablePlan): SlideTable {
    if (this.#table) return this.#table;
    const facts = { ...this.#slide, micronsPerPixel: plan.micronsPerPixel };
    this.#table = new SlideTable(joined, facts, this.#corrections);
    this.#parts = null;
    return this.#table;
  }

  #split(table: SlideTable, plan: TablePlan): Parts {
    const isGlass = readGlass(plan.glass);
    const cells: SlideCells = { slide: this.#slide, cells: plan.grid, micronsPerPixel: plan.micronsPerPixel };
    const isThere = (index: number) => this.#cells.has(index) || isGlass(index);
    const part = (outline: Zone, polygons: readonly Polygon[] | null): Part => ({
      outline,
      counted: table.count(outline),
      isComplete: areCellsThere(cells, polygons, isThere),
    });
    const areas = this.#areas;
    const of = (name: string) => areas.filter((area) => area.class === name).flatMap(({ polygons }) => polygons);
    const named = new Set(areas.map((area) => area.class).filter((name) => name !== 'ignore' && name !== 'tissue'));
    const classes = [...named].map((name) => [name, part(zoneOfClass(name, areas), of(name))] as const);
    const tissue = of('tissue');
    return {
      slide: part(zoneOfSlide(areas, this.#slide), tissue.length > 0 ? tissue : null),
      tumour: classes.find(([name]) => name === 'tumour')?.[1] ?? null,
      classes,
      areas: areas.map((area) => [area.id, part(zoneOfArea(area, areas), area.polygons)] as const),
      rated: RATINGS.flatMap((rating) => {
        const include = areas.filter((area) => area.rating === rating).flatMap(({ polygons }) => polygons);
        if (include.length === 0) return [];
        return [{ rating, counted: table.count({ ...zoneOfClass('', areas), include }) }];
      }),
    };
  }
}

/** The centre of a nucleus, or a pixel of it where it bends around its centre. */
function placeIn(nuclei: SlideNuclei, k: number): { x: number; y: number } {
  const centre = { x: (nuclei.centroidX[k] ?? 0) + CORNER, y: (nuclei.centroidY[k] ?? 0) + CORNER };
  if (nucleusCovers(nuclei, k, centre)) return centre;
  // An outer ring begins at a corner of its first pixel.
  const [x, y] = outlineOf(nuclei, k)[0]?.[0]?.[0] ?? [centre.x, centre.y];
  const beside = [-0.5, 0.5].flatMap((dy) => [-0.5, 0.5].map((dx) => ({ x: x + dx, y: y + dy })));
  return beside.find((place) => nucleusCovers(nuclei, k, place)) ?? centre;
}

function stateOf({ kindColumns }: SlideNuclei, marker: Marker | null, isTold: boolean): KindsState {
  if (!hasTumourIndex(marker)) return 'unmarked';
  if (kindColumns === null) return 'unknown';
  return isTold ? 'told' : 'waiting';
}

/** Messages are copies, so corrections are compared by what they say. */
const areSame = (a: readonly SlideCorrection[], b: readonly SlideCorrection[]): boolean =>
  a.length === b.length && JSON.stringify(a) === JSON.stringify(b);
