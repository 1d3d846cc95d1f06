import type { SlideFacts } from './score-slide';
import type { SlideNuclei } from './slide-nuclei';
import { type Grades, NEGATIVE } from './zone-numbers';

/** Counts on a grid of squares over the slide, row by row from its upper left corner. */
export type HeatMap = {
  /** Side of a square in pixels of the full resolution. Those at the right and lower edge reach beyond the slide. */
  readonly side: number;
  readonly columns: number;
  readonly rows: number;
  readonly total: Uint32Array;
  readonly positive: Uint32Array;
};

/** Sides to choose from, in µm: a field of 0.2 mm² is 447 µm wide. */
const SIDES_UM = [25, 50, 100, 200, 400, 800, 1600, 3200] as const;
/** Squares are at least this wide on the screen, so that their colours can be told apart. */
const NARROWEST_ON_SCREEN = 12;
const MOST_SQUARES = 4_000_000;

/** The side of a square, in µm, for a zoom. @param downsample - pixels of the full resolution for one of the screen. */
export function heatMapSideUm(downsample: number, micronsPerPixel: number): number {
  const least = NARROWEST_ON_SCREEN * downsample * micronsPerPixel;
  return SIDES_UM.find((side) => side >= least) ?? SIDES_UM[SIDES_UM.length - 1];
}

/** So many nuclei in a square on average, most squares have an index. */
const WANTED_IN_SQUARE = 20;

/** The side of a square, in µm, for a single picture: there most squares hold enough nuclei for an index. */
export function heatMapSideFor(nuclei: number, areaMm2: number): number {
  const least = 1000 * Math.sqrt((WANTED_IN_SQUARE * areaMm2) / Math.max(1, nuclei));
  return SIDES_UM.find((side) => side >= least) ?? SIDES_UM[SIDES_UM.length - 1];
}

/**
 * Counts the nuclei of a slide, or of a zone of it, in squares.
 *
 * @param sideUm - made larger where the slide would have more than four million squares.
 * @param members - the nuclei of a zone; all by default.
 */
export function countHeat(
  { centroidX, centroidY }: Pick<SlideNuclei, 'centroidX' | 'centroidY'>,
  grades: Grades,
  { width, height, micronsPerPixel }: SlideFacts,
  sideUm: number,
  members?: Int32Array,
): HeatMap {
  const side = Math.max(1, Math.round(sideUm / micronsPerPixel), Math.ceil(Math.sqrt((width * height) / MOST_SQUARES)));
  const [columns, rows] = [Math.ceil(width / side), Math.ceil(height / side)];
  const total = new Uint32Array(columns * rows);
  const positive = new Uint32Array(columns * rows);
  const count = members?.length ?? grades.length;
  for (let m = 0; m < count; m++) {
    const k = members === undefined ? m : members[m];
    if (grades[k] === 0) continue;
    // A centroid counts from the centre of the first pixel.
    const column = Math.min(columns - 1, Math.floor((centroidX[k] + 0.5) / side));
    const row = Math.min(rows - 1, Math.floor((centroidY[k] + 0.5) / side));
    total[row * columns + column]++;
    if (grades[k] > NEGATIVE) positive[row * columns + column]++;
  }
  return { side, columns, rows, total, positive };
}

export const HEAT_KINDS = ['index', 'density'] as const;
/** `index`: positive nuclei of all, in %. `density`: nuclei per mm². */
export type HeatKind = (typeof HEAT_KINDS)[number];

/** What the values of a heat map are, for its legend. */
export const HEAT_UNITS: Readonly<Record<HeatKind, string>> = { index: 'positive, %', density: 'nuclei per mm²' };

/** With fewer nuclei, a square has no index. */
export const FEWEST_NUCLEI = 10;

/** The value of each square; NaN where there is none. */
export function heatValues(
  { side, columns, total, positive }: HeatMap,
  kind: HeatKind,
  slide: SlideFacts,
): Float32Array {
  if (kind === 'index')
    return Float32Array.from(total, (n, i) => (n < FEWEST_NUCLEI ? Number.NaN : (100 * positive[i]) / n));
  return Float32Array.from(total, (n, i) => {
    const width = Math.min(side, slide.width - (i % columns) * side);
    const height = Math.min(side, slide.height - Math.floor(i / columns) * side);
    const areaMm2 = (width * height * slide.micronsPerPixel ** 2) / 1e6;
    return n === 0 ? Number.NaN : n / areaMm2;
  });
}

export type HeatColour = readonly [red: number, green: number, blue: number];

/** A step of the legend: values from `from` up to below `to`. The last one has no end. */
export type HeatStep = { readonly from: number; readonly to: number | null; readonly colour: HeatColour };

/**
 * Dark blue to yellow, brighter step by step, so that steps can be told apart without seeing red or green, and in grey.
 *
 * @see Smith and van der Walt 2015: viridis (CC0)
 */
const COLOURS: readonly HeatColour[] = [
  [68, 1, 84],
  [70, 50, 126],
  [54, 92, 141],
  [39, 127, 142],
  [31, 161, 135],
  [74, 193, 109],
  [160, 218, 57],
  [253, 231, 37],
];

/** In %. Narrow steps where protocols draw lines: 3, 5, 20, 30. */
const INDEX_STEPS = [0, 1, 3, 5, 10, 20, 30, 50] as const;
/** From the fatty rim of a section to crowded lymphoid tissue, of 20,000 nuclei a mm² and more. */
const DENSITY_STEPS = [0, 1000, 2000, 4000, 6000, 10_000, 15_000, 20_000] as const;

/** The steps of a legend: the same for every slide, so that slides can be compared. */
export const heatLegend = (kind: HeatKind): HeatStep[] => {
  const steps = kind === 'index' ? INDEX_STEPS : DENSITY_STEPS;
  return steps.map((from, i) => ({ from, to: steps[i + 1] ?? null, colour: COLOURS[i] }));
};

/** RGBA, one pixel a square; transparent where a square has no value. */
export function paintHeat(values: Float32Array, kind: HeatKind): Uint8ClampedArray<ArrayBuffer> {
  const steps = heatLegend(kind);
  const pixels = new Uint8ClampedArray(4 * values.length);
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    let step = 0;
    while (step + 1 < steps.length && values[i] >= steps[step + 1].from) step++;
    pixels.set(steps[step].colour, 4 * i);
    pixels[4 * i + 3] = 255;
  }
  return pixels;
}
