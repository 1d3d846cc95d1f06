import { decodeCell, joinCells } from '@/lib/exchange/slide-nuclei';
import type { NucleusKinds } from '@/lib/scoring/classify/classify-nuclei';
import { hasTumourIndex, type Marker } from '@/lib/scoring/classify/kinds';
import type { TaughtClassifier } from '@/lib/scoring/classify/teach-picture';
import type { Polygon } from '@/lib/scoring/gate/roi';
import type { HotSpotSize } from '@/lib/scoring/scores/score-summary';
import { sizeDensity } from '@/lib/scoring/scores/size-density';
import type { SlideCorrection } from '@/lib/scoring/slide/correct-nuclei';
import { countHeat } from '@/lib/scoring/slide/heat-map';
import { type HotSpots, slideHotSpots } from '@/lib/scoring/slide/hot-spots';
import { nucleusAt } from '@/lib/scoring/slide/nucleus-grid';
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
import { tellSlideInTurns } from '@/lib/scoring/slide/slide-kinds';
import type { CellNuclei, SlideNuclei } from '@/lib/scoring/slide/slide-nuclei';
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
  #key = '';
  #plan: TablePlan | null = null;
  #joined: SlideNuclei | null = null;
  #areas: readonly TableArea[] = [];
  #corrections: readonly SlideCorrection[] = [];
  #table: SlideTable | null = null;
  #parts: Parts | null = null;
  #graded: GradedSlide | null = null;
  #classifier: TaughtClassifier | null = null;
  #kinds: { readonly of: SlideNuclei; readonly by: string; readonly kinds: NucleusKinds | null } | null = null;

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
    if (isOther) this.#cells.clear();
    this.#key = key;
    this.#plan = plan;
    for (const file of files) {
      const cell = decodeCell(file);
      this.#cells.set(cell.cell.row * plan.grid.columns + cell.cell.column, cell);
    }
    if (isOther || files.length > 0 || !this.#joined) {
      this.#joined = joinCells([...this.#cells.values()], 'watershed');
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
  count({ thresholds, intensity, corrections, marker, classifier }: TableSettings): TableNumbers | null {
    const started = performance.now();
    if (!this.#joined || !this.#plan) return null;
    if (!areSame(corrections, this.#corrections)) this.#table = null;
    this.#corrections = corrections;
    const plan = this.#plan;
    const table = this.#openTable(this.#joined, plan);
    this.#parts ??= this.#split(table, plan);
    this.#classifier = classifier;
    const isTold = this.#isTold();
    table.tell(isTold ? (this.#kinds?.kinds ?? null) : null);
    const graded = table.grade({
      ...{ thresholds: completeThresholds(thresholds, plan.defaults), intensity },
      ...{ marker, classifier },
    });
    this.#graded = graded;
    const numbers = ({ counted, isComplete }: Part): PartNumbers => ({ ...numbersOfZone(graded, counted), isComplete });
    const { slide, tumour, classes, areas, rated } = this.#parts;
    return {
      ...{ cells: this.#cells.size, nuclei: this.#joined.count, gates: graded.gates, applied: graded.applied },
      kinds: stateOf(this.#joined, marker, isTold),
      slide: numbers(slide),
      tumour: tumour && numbers(tumour),
      classes: classes.map(([name, part]) => ({ class: name, numbers: numbers(part) })),
      areas: new Map(areas.map(([id, part]) => [id, numbers(part)])),
      global: globalScores(graded, rated),
      ms: performance.now() - started,
    };
  }

  /**
   * Tells kinds as the newest `count` wants them, in turns of some tens of milliseconds. Whatever is asked in between is
   * answered by the kinds before; where nuclei or classifier change in between, it ends without a result.
   *
   * @returns whether another `count` has other numbers now
   */
  *tell(): Generator<void, boolean> {
    const [joined, plan, by] = [this.#joined, this.#plan, textOf(this.#classifier)];
    if (!joined || !plan || this.#isTold()) return false;
    const field = { ...this.#slide, micronsPerPixel: plan.micronsPerPixel };
    const telling = tellSlideInTurns(joined, field, this.#classifier?.weights ?? null);
    for (;;) {
      const { done, value } = telling.next();
      if (this.#joined !== joined || textOf(this.#classifier) !== by) return false;
      if (done) {
        this.#kinds = { of: joined, by, kinds: value };
        return true;
      }
      yield;
    }
  }

  #isTold = (): boolean => this.#kinds?.of === this.#joined && this.#kinds?.by === textOf(this.#classifier);

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

function stateOf({ kindColumns }: SlideNuclei, marker: Marker | null, isTold: boolean): KindsState {
  if (!hasTumourIndex(marker)) return 'unmarked';
  if (kindColumns === null) return 'unknown';
  return isTold ? 'told' : 'waiting';
}

/** Messages are copies, so classifiers are compared by what they say. */
const textOf = (classifier: TaughtClassifier | null): string => JSON.stringify(classifier?.weights ?? null);

/** Messages are copies, so corrections are compared by what they say. */
const areSame = (a: readonly SlideCorrection[], b: readonly SlideCorrection[]): boolean =>
  a.length === b.length && JSON.stringify(a) === JSON.stringify(b);
