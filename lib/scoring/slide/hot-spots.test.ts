import { describe, expect, it } from 'vitest';
import type { Polygon } from '@/lib/scoring/gate/roi';
import { INTENSITY_THRESHOLDS } from '@/lib/scoring/scores/h-score';
import { findHotSpots } from '@/lib/scoring/scores/hot-spot';
import { randomOf, scatterNuclei } from './__fixtures__/draw-nuclei';
import { HOT_SPOT_SIZES, slideHotSpots } from './hot-spots';
import { type SlideFacts, SlideTable } from './score-slide';
import type { SlideNuclei } from './slide-nuclei';
import { type Zone, zoneOfSlide } from './zones';

const SETTINGS = {
  thresholds: { sizeThresh: 0, sizeThreshUpper: null, markerThresh: null },
  intensity: INTENSITY_THRESHOLDS,
};
/** 12 x 8 mm. */
const SLIDE: SlideFacts = { width: 24_000, height: 16_000, micronsPerPixel: 0.5 };

const square = (x0: number, y0: number, side: number): Polygon => [
  [
    [x0, y0],
    [x0 + side, y0],
    [x0 + side, y0 + side],
    [x0, y0 + side],
  ],
];

/** Evenly spread nuclei, a tenth positive, but for planted squares. */
function planted(spots: { x: number; y: number; side: number; share: number }[], count = 60_000): SlideNuclei {
  const nuclei = scatterNuclei(count, SLIDE.width, SLIDE.height, 8);
  const random = randomOf(2);
  const positive = nuclei.positive.map((_, k) => {
    const spot = spots.find(
      ({ x, y, side }) =>
        nuclei.centroidX[k] > x &&
        nuclei.centroidX[k] < x + side &&
        nuclei.centroidY[k] > y &&
        nuclei.centroidY[k] < y + side,
    );
    return random() < (spot?.share ?? 0.1) ? 1 : 0;
  });
  return { ...nuclei, positive };
}

function spotsOf(nuclei: SlideNuclei, size: (typeof HOT_SPOT_SIZES)[number], outline: Zone = zoneOfSlide([], SLIDE)) {
  const table = new SlideTable(nuclei, SLIDE, []);
  return slideHotSpots(table, table.grade(SETTINGS), { outline, counted: table.count(outline) }, size);
}

const cornerOf = ({ polygon }: { polygon: Polygon }) => polygon[0][0];
const overlaps = (a: Polygon, b: Polygon) =>
  a[0][0][0] < b[0][2][0] && b[0][0][0] < a[0][2][0] && a[0][0][1] < b[0][2][1] && b[0][0][1] < a[0][2][1];

describe('fields on a small grid', () => {
  it.each([
    { kind: 'area', areaPx: 1600 },
    { kind: 'nuclei', nuclei: 12 },
  ] as const)('are those of a plain search ($kind)', (size) => {
    for (let seed = 1; seed <= 8; seed++) {
      const image = { width: 230, height: 170 };
      const nuclei = scatterNuclei(300, image.width, image.height, seed);
      const counted = nuclei.positive.map((_, k) => (k % 7 === 0 ? 0 : 1));
      const cell = 10;
      const countIn = (x0: number, y0: number, side: number) => {
        let [total, positive] = [0, 0];
        for (let k = 0; k < nuclei.count; k++) {
          const [x, y] = [nuclei.centroidX[k] + 0.5, nuclei.centroidY[k] + 0.5];
          if (counted[k] === 0 || x < x0 || y < y0 || x >= x0 + side || y >= y0 + side) continue;
          total++;
          positive += nuclei.positive[k];
        }
        return { total, positive };
      };
      let fields: { x: number; y: number; side: number; total: number; positive: number }[] = [];
      for (let y = 0; y < image.height; y += cell)
        for (let x = 0; x < image.width; x += cell)
          for (let side = cell; x + side <= 230 && y + side <= 170; side += cell) {
            if (size.kind === 'area' && side !== 40) continue;
            const counts = countIn(x, y, side);
            if (size.kind === 'nuclei' && counts.total < size.nuclei) continue;
            fields.push({ x, y, side, ...counts });
            if (size.kind === 'nuclei') break;
          }
      const fullest = Math.max(...fields.map(({ total }) => total));
      fields = fields.filter(({ total }) => 3 * total >= fullest);
      const expected: [number, number, number, number][] = [];
      while (expected.length < 5 && fields.length > 0) {
        fields.sort(
          (a, b) => b.positive / b.total - a.positive / a.total || b.total - a.total || a.y - b.y || a.x - b.x,
        );
        const { x, y, side, total, positive } = fields[0];
        expected.push([total, positive, x, y]);
        fields = fields.filter((f) => f.x >= x + side || x >= f.x + f.side || f.y >= y + side || y >= f.y + f.side);
      }
      const found = findHotSpots({ ...nuclei, counted }, image, size, { cell, most: 5 });
      expect(found.map(({ total, positive, x0, y0 }) => [total, positive, x0, y0])).toEqual(expected);
    }
  });
});

describe('hot spots of a slide', () => {
  const places = [
    { x: 4000, y: 3000, side: 1200, share: 0.8 },
    { x: 18_000, y: 11_000, side: 1200, share: 0.6 },
    { x: 9000, y: 12_500, side: 1200, share: 0.4 },
  ];

  it.each(HOT_SPOT_SIZES.slice(0, 1))('are found where they were planted, the hottest first (%o)', (size) => {
    const { spots } = spotsOf(planted(places), size);
    expect(spots).toHaveLength(5);
    for (const [i, { x, y }] of places.entries()) {
      const [left, top] = cornerOf(spots[i]);
      expect(Math.abs(left - x)).toBeLessThan(400);
      expect(Math.abs(top - y)).toBeLessThan(400);
    }
    expect(spots[0].numbers.percentPositive).toBeGreaterThan(70);
    expect(spots[0].numbers.areaMm2).toBeCloseTo(0.2, 2);
  });

  it('hold the nuclei that were asked for, and never overlap', () => {
    for (const size of HOT_SPOT_SIZES) {
      const { spots } = spotsOf(planted(places), size);
      for (const [i, spot] of spots.entries()) {
        if ('nuclei' in size) expect(spot.numbers.total).toBeGreaterThanOrEqual(size.nuclei);
        for (const other of spots.slice(i + 1)) expect(overlaps(spot.polygon, other.polygon)).toBe(false);
      }
      expect(spots.length).toBeGreaterThan(0);
    }
  });

  it('count what lies in the zone and is not ignored', () => {
    const zone: Zone = { include: [square(15_000, 8000, 8000)], within: [], exclude: [square(18_000, 11_000, 1200)] };
    const { spots } = spotsOf(planted(places), { mm2: 0.2 }, zone);
    for (const spot of spots) {
      expect(overlaps(spot.polygon, square(15_000, 8000, 8000))).toBe(true);
      expect(spot.numbers.percentPositive).toBeLessThan(25);
    }
  });

  it('are as large as the part of the zone that they show, so densities are those of tissue', () => {
    const strip: Polygon = [[[0, 0], [600, 0], [600, 20_000], [0, 20_000], [0, 0]]]; // biome-ignore format: corners
    const { spots } = spotsOf(planted([]), { mm2: 0.2 }, { include: [strip], within: [], exclude: [] });
    expect(spots.length).toBeGreaterThan(0);
    for (const { polygon, numbers } of spots) {
      const [[[left, top], , [right, bottom]]] = polygon as unknown as [[[number, number], unknown, [number, number]]];
      const shown = ((Math.min(600, right) - left) * (bottom - top) * 0.5 ** 2) / 1e6;
      expect(numbers.areaMm2).toBeCloseTo(shown, 6);
      expect(numbers.perMm2).toBeCloseTo(numbers.total / shown, 0);
    }
    expect(spots.some(({ numbers }) => numbers.areaMm2 < 0.15)).toBe(true);
  });

  it('are none where there are too few nuclei, or no slide', () => {
    expect(spotsOf(planted([], 400), { nuclei: 500 }).spots).toEqual([]);
    expect(spotsOf(planted([], 0), { mm2: 0.2 }).spots).toEqual([]);
  });

  it('say how they were found', () => {
    expect(spotsOf(planted([]), { mm2: 0.2 }).method).toContain(
      'squares of 0.2 mm², moved in steps of 28 µm; no two overlap',
    );
    expect(spotsOf(planted([]), { nuclei: 500 }).method).toContain('at least 500 nuclei, 2 mm² at most');
  });
});
