import type { Polygon } from '@/lib/scoring/gate/roi';
import { type FieldSize, findHotSpots } from '@/lib/scoring/scores/hot-spot';
import type { HotSpotSize } from '@/lib/scoring/scores/score-summary';
import { type CountedZone, type GradedSlide, numbersOfZone, type SlideTable } from './score-slide';

import { NEGATIVE, type ZoneNumbers } from './zone-numbers';
import type { Zone } from './zones';

/** Sizes of fields to choose from: those that protocols name. */
export const HOT_SPOT_SIZES = [{ mm2: 0.2 }, { mm2: 2 }, { nuclei: 500 }] as const satisfies HotSpotSize[];

export const HOT_SPOTS = 5;

/** Fields of an area are moved by this share of their side. */
const STEPS_PER_SIDE = 16;
/** Fields with a number of nuclei are moved and grow by this much. */
const STEP_UM = 25;
/** A field with a number of nuclei is no larger: beyond this it is no spot. */
const LARGEST_MM2 = 2;

export type SlideHotSpot = {
  /** A square, in pixels of the full resolution. */
  readonly polygon: Polygon;
  /** Of the part of the zone that lies in the square: its nuclei and its area. */
  readonly numbers: ZoneNumbers;
};

export type HotSpots = {
  readonly size: HotSpotSize;
  /** A sentence that says how they were found. */
  readonly method: string;
  /** The hottest first. Fewer than asked for, also none, when no more fit beside each other. */
  readonly spots: readonly SlideHotSpot[];
};

/**
 * The hottest fields among the nuclei of a zone, none overlapping another one.
 *
 * @param zone - with its nuclei, from `SlideTable.count`. A field may reach beyond the zone; nuclei there do not count.
 */
export function slideHotSpots(
  table: SlideTable,
  graded: GradedSlide,
  zone: { readonly outline: Zone; readonly counted: CountedZone },
  size: HotSpotSize,
  most = HOT_SPOTS,
): HotSpots {
  const { nuclei, slide } = table;
  const { grades } = graded;
  const counted = new Uint8Array(nuclei.count);
  const positive = new Uint8Array(nuclei.count);
  const { members } = zone.counted;
  for (let m = 0; m < members.length; m++) {
    const grade = grades[members[m]];
    if (grade === 0) continue;
    counted[members[m]] = 1;
    if (grade > NEGATIVE) positive[members[m]] = 1;
  }
  const perMm2 = 1e6 / slide.micronsPerPixel ** 2;
  const fieldSize: FieldSize =
    'mm2' in size ? { kind: 'area', areaPx: size.mm2 * perMm2 } : { kind: 'nuclei', nuclei: size.nuclei };
  const cell = Math.max(
    1,
    Math.round(
      fieldSize.kind === 'area' ? Math.sqrt(fieldSize.areaPx) / STEPS_PER_SIDE : STEP_UM / slide.micronsPerPixel,
    ),
  );
  const largestSide = Math.sqrt(LARGEST_MM2 * perMm2);
  const fields = findHotSpots({ ...nuclei, counted, positive }, slide, fieldSize, { cell, most, largestSide });
  const spots = fields.map(({ x0, y0, x1, y1 }) => {
    const square: Polygon = [[[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]]; // biome-ignore format: corners
    const { include: within, exclude } = zone.outline;
    return { polygon: square, numbers: numbersOfZone(graded, table.count({ include: [square], within, exclude })) };
  });
  return { size, method: methodOf(size, cell * slide.micronsPerPixel), spots };
}

function methodOf(size: HotSpotSize, stepUm: number): string {
  const what =
    'mm2' in size
      ? `squares of ${size.mm2} mm²`
      : `the smallest squares with at least ${size.nuclei} nuclei, ${LARGEST_MM2} mm² at most`;
  return `Highest index among ${what}, moved in steps of ${stepUm.toFixed(0)} µm; no two overlap; squares with less than a third of the fullest one's nuclei are left out.`;
}
