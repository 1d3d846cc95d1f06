import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { markerHistogram } from '@/lib/imaging/thresholds/marker-threshold';
import { resolveGates } from '@/lib/scoring/gate/gate-nuclei';
import type { Polygon } from '@/lib/scoring/gate/roi';
import { binIntensities, INTENSITY_THRESHOLDS } from '@/lib/scoring/scores/h-score';
import { labelingIndex } from '@/lib/scoring/scores/labeling-index';
import { drawNuclei, randomOf, scatterNuclei } from './__fixtures__/draw-nuclei';
import type { SlideCorrection } from './correct-nuclei';
import { gridNuclei, nucleusAt } from './nucleus-grid';
import { numbersOfZone, type SlideFacts, type SlideSettings, SlideTable } from './score-slide';
import { type KindColumns, outlineOf, type SlideNuclei } from './slide-nuclei';
import { zoneArea } from './zone-area';
import { nucleiInZone } from './zone-members';
import { wholeSlide, type Zone, zoneOfArea, zoneOfClass, zoneOfSlide } from './zones';

type GoldenZone = Zone & { area: number; points: [number, number][]; inside: string };
const golden: { size: number; zones: GoldenZone[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, '__fixtures__/zones.json'), 'utf8'),
);

const SLIDE: SlideFacts = { width: 1000, height: 800, micronsPerPixel: 0.5 };
const OPEN = { sizeThresh: 0, sizeThreshUpper: null, markerThresh: null };
const SETTINGS = { thresholds: OPEN, intensity: INTENSITY_THRESHOLDS };

const rectangle = (x0: number, y0: number, x1: number, y1: number): Polygon => [
  [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ],
];
const zoneOf = (include: readonly Polygon[], exclude: readonly Polygon[] = []): Zone => ({
  include,
  within: [],
  exclude,
});

/** Points as nuclei: a point is a corner count, a centre counts from the centre of a pixel. */
const atPoints = (points: readonly [number, number][]): SlideNuclei => ({
  ...scatterNuclei(points.length, 1, 1),
  centroidX: Float64Array.from(points, ([x]) => x - 0.5),
  centroidY: Float64Array.from(points, ([, y]) => y - 0.5),
});

describe('a zone', () => {
  it('has the area that another implementation finds', () => {
    for (const { area, ...zone } of golden.zones)
      expect(Math.abs(zoneArea(zone, { width: golden.size, height: golden.size }) - area)).toBeLessThanOrEqual(
        1e-4 * area,
      );
  });

  it('has the nuclei that another implementation finds', () => {
    for (const zone of golden.zones) {
      const nuclei = atPoints(zone.points);
      const members = nucleiInZone(nuclei, gridNuclei(nuclei), zone);
      const inside = zone.points.map((_, k) => (members.includes(k) ? '1' : '0')).join('');
      expect(inside).toBe(zone.inside);
    }
  });

  it('has an exact area where it has straight sides', () => {
    expect(zoneArea(zoneOf([rectangle(10, 20, 110, 70), rectangle(100, 20, 210, 70)]), SLIDE)).toBeCloseTo(10_000, 6);
    expect(zoneArea(zoneOf([rectangle(0, 0, 100, 100)], [rectangle(50, 50, 300, 300)]), SLIDE)).toBeCloseTo(7500, 6);
    expect(zoneArea(zoneOf([rectangle(-50, -50, 2000, 10)]), SLIDE)).toBeCloseTo(10_000, 6);
    expect(
      zoneArea(
        zoneOf([
          [
            [
              [0, 0],
              [100, 100],
              [0, 100],
            ],
          ],
        ]),
        SLIDE,
      ),
    ).toBeCloseTo(5000, 6);
    expect(zoneArea(zoneOf([]), SLIDE)).toBe(0);
    expect(zoneArea(zoneOf([rectangle(2000, 0, 3000, 100)]), SLIDE)).toBe(0);
  });

  it('counts a centre on the corner of a grid square once, whatever square it is sorted into', () => {
    const random = randomOf(5);
    const nuclei = scatterNuclei(5000, 900, 700);
    const grid = gridNuclei(nuclei);
    for (let round = 0; round < 50; round++) {
      // Corners on the grid's own lines are the hardest.
      const line = (origin: number, most: number) => origin + grid.side * Math.floor(most * random());
      const [x0, x1] = [line(grid.x, grid.columns), line(grid.x, grid.columns)].sort((a, b) => a - b);
      const [y0, y1] = [line(grid.y, grid.rows), line(grid.y, grid.rows)].sort((a, b) => a - b);
      const expected = Array.from(nuclei.centroidX.keys()).filter((k) => {
        const [x, y] = [nuclei.centroidX[k] + 0.5, nuclei.centroidY[k] + 0.5];
        return x >= x0 && x < x1 && y >= y0 && y < y1;
      });
      const members = nucleiInZone(nuclei, grid, zoneOf([rectangle(x0, y0, x1, y1)]));
      expect(Array.from(members).sort((a, b) => a - b)).toEqual(expected);
    }
  });

  it('is what annotations say', () => {
    const area = (name: string, n: number) => ({ class: name, polygons: [rectangle(n, 0, n + 10, 10)] });
    const areas = [
      area('tumour', 0),
      area('tumour', 100),
      area('ignore', 5),
      area('necrosis', 105),
      area('stroma', 200),
    ];
    const size = (zone: Zone) => Math.round(zoneArea(zone, SLIDE));
    expect(size(zoneOfArea(areas[0], areas))).toBe(50);
    expect(size(zoneOfArea(areas[1], areas))).toBe(100);
    expect(size(zoneOfArea(areas[2], areas))).toBe(100);
    expect(size(zoneOfClass('tumour', areas))).toBe(100);
    expect(size(zoneOfClass('necrosis', areas))).toBe(100);
    expect(size(zoneOfSlide(areas, SLIDE))).toBe(1000 * 800 - 200);
    expect(size(zoneOfSlide([...areas, area('tissue', 100)], SLIDE))).toBe(50);
    expect(zoneArea(zoneOf([wholeSlide(SLIDE)]), SLIDE)).toBe(1000 * 800);
  });
});

describe('numbers of a slide', () => {
  it('are those of the same nuclei on one picture', () => {
    const nuclei = scatterNuclei(20_000, SLIDE.width, SLIDE.height);
    const table = new SlideTable(nuclei, SLIDE, []);
    const thresholds = { sizeThresh: 300, sizeThreshUpper: 900, markerThresh: 200 };
    const graded = table.grade({ thresholds, intensity: INTENSITY_THRESHOLDS });
    const numbers = numbersOfZone(graded, table.count(zoneOfSlide([], SLIDE)));
    expect(numbers).toMatchObject(labelingIndex(graded.gated));
    expect(numbers.bins).toEqual(
      binIntensities(
        { odMean: nuclei.odMean, counted: graded.gated.kept, positive: graded.gated.positive },
        INTENSITY_THRESHOLDS,
      ),
    );
    expect(numbers.areaMm2).toBeCloseTo(0.2, 9);
    expect(numbers.perMm2).toBeCloseTo(numbers.total / 0.2, 6);
  });

  it('are graded, of few nuclei, by hand', () => {
    const nuclei = drawNuclei([
      { x: 10, y: 10 },
      { x: 30, y: 10, positive: true, odMean: 0.1 },
      { x: 50, y: 10, positive: true, odMean: 0.35 },
      { x: 70, y: 10, positive: true, odMean: 0.5 },
      { x: 500, y: 500, positive: true, odMean: 0.5 },
    ]);
    const table = new SlideTable(nuclei, SLIDE, []);
    const numbers = numbersOfZone(table.grade(SETTINGS), table.count(zoneOf([rectangle(0, 0, 200, 200)])));
    expect(numbers).toMatchObject({
      ...{ total: 4, positive: 3, percentPositive: 75, hScore: 150, areaMm2: 0.01, perMm2: 400 },
      bins: { negative: 1, onePlus: 1, twoPlus: 1, threePlus: 1 },
      allred: { proportion: 5, intensity: 2, total: 7 },
    });
  });

  it('of nothing are zeros', () => {
    const table = new SlideTable(drawNuclei([]), SLIDE, []);
    const numbers = numbersOfZone(table.grade(SETTINGS), table.count(zoneOf([])));
    expect(numbers).toMatchObject({
      total: 0,
      percentPositive: 0,
      interval: [0, 100],
      areaMm2: 0,
      perMm2: 0,
      hScore: 0,
    });
  });

  it('have the automatic thresholds of one picture', () => {
    const random = randomOf(3);
    const [width, height] = [300, 200];
    const marker = {
      data: Uint8Array.from({ length: width * height }, () => 200 * random() ** 3),
      width,
      height,
      channels: 1 as const,
    };
    const auto = { sizeThresh: 'auto', sizeThreshUpper: null, markerThresh: 'auto' } as const;
    for (const algorithm of ['watershed', 'deepliif'] as const) {
      const nuclei = {
        ...scatterNuclei(500, width, height),
        algorithm,
        markerHistogram: Float64Array.from(markerHistogram(marker)),
      };
      const table = new SlideTable(nuclei, { width, height, micronsPerPixel: 0.5 }, []);
      const columns = { ...nuclei, bbox: new Int32Array(2000), firstPixel: new Int32Array(500) };
      const expected = resolveGates(columns, marker, auto, 0.5);
      expect(expected.markerThresh).toBeGreaterThan(0);
      // Asked twice: the second answer is a kept one.
      expect(table.resolve(auto)).toEqual(expected);
      expect(table.resolve(auto)).toEqual(expected);
      expect(table.resolve({ ...auto, markerThresh: null }).markerThresh).toBeNull();
    }
  });
});

describe('tumour nuclei', () => {
  const nuclei = drawNuclei([
    { x: 10, y: 10, positive: true },
    { x: 40, y: 10 },
    { x: 10, y: 40, positive: true },
    { x: 40, y: 40 },
    { x: 70, y: 10, side: 2 },
  ]);
  const brownMean = Float32Array.of(0.1, 0.3, -0.2, 0, 0);
  const stained = { ...nuclei, kindColumns: { ...(nuclei.kindColumns as KindColumns), brownMean } };
  /** The left ones are tumour, and the one that a gate drops. */
  const kinds = { kind: Uint8Array.of(0, 1, 0, 2, 0), likelihood: new Float32Array(5).fill(1), named: null };
  const upper = zoneOfArea({ class: 'tumour', polygons: [rectangle(0, 0, 100, 30)] }, []);
  const counted = (settings: Partial<SlideSettings> = {}, corrections: SlideCorrection[] = [], isTold = true) => {
    const table = new SlideTable(stained, SLIDE, corrections);
    table.tell(isTold ? { kinds, weights: null, stated: new Set() } : null);
    const graded = table.grade({ ...SETTINGS, thresholds: { ...OPEN, sizeThresh: 10 }, ...settings });
    const of = (zone: Zone) => numbersOfZone(graded, table.count(zone));
    return { all: of(zoneOfSlide([], SLIDE)), upper: of(upper) };
  };

  it('are counted beside all nuclei, in each zone', () => {
    const { all, upper: above } = counted();
    expect(all).toMatchObject({ total: 4, positive: 2, tumourNuclei: { total: 2, positive: 2, percentPositive: 100 } });
    expect(above).toMatchObject({ total: 2, positive: 1, tumourNuclei: { total: 1, positive: 1, negative: 0 } });
  });

  it('have no numbers where kinds were not told, or the marker is one of other cells', () => {
    expect(counted({}, [], false).all).toMatchObject({ total: 4, tumourNuclei: null });
    expect(counted({ marker: 'cd8' }).all).toMatchObject({ total: 4, tumourNuclei: null });
    expect(counted({ marker: 'ki67' }).all.tumourNuclei?.total).toBe(2);
  });

  it('follow what was taught of positive and negative, and corrections after that', () => {
    const limits = { positiveFrom: 0.2, negativeBelow: -0.1 };
    const classifier = { weights: null, limits, clicks: 0, classClicks: 10, images: 1 };
    const teaching = { classes: [], clicks: [], classifier };
    expect(counted({ teaching }).all).toMatchObject({ positive: 2, tumourNuclei: { positive: 1, total: 2 } });
    const back = counted({ teaching }, [{ kind: 'class', x: 12, y: 42, positive: true }]).all;
    expect(back.tumourNuclei?.positive).toBe(2);
  });

  it('are those added by hand whose nearest found nucleus is one', () => {
    const add = (x: number, y: number) => ({ kind: 'add', x, y, positive: true }) as const;
    expect(counted({}, [add(13, 90), add(43, 90), add(900, 700)]).all).toMatchObject({
      total: 7,
      // Left of the middle, and far away, where the one that a gate drops is the nearest.
      tumourNuclei: { total: 4 },
    });
  });
});

describe('a correction', () => {
  const nuclei = drawNuclei([
    { x: 10, y: 10 },
    { x: 40, y: 10, positive: true, odMean: 0.5 },
    { x: 70, y: 10, side: 2 },
  ]);
  const all = zoneOfSlide([], SLIDE);
  const numbersWith = (corrections: SlideCorrection[], thresholds = OPEN) => {
    const table = new SlideTable(nuclei, SLIDE, corrections);
    const graded = table.grade({ ...SETTINGS, thresholds });
    return { ...numbersOfZone(graded, table.count(all)), applied: graded.applied, table };
  };

  it('belongs to the nucleus that covers its point', () => {
    const grid = gridNuclei(nuclei);
    expect(nucleusAt(nuclei, grid, { x: 10.1, y: 10.1 })).toBe(0);
    expect(nucleusAt(nuclei, grid, { x: 15.9, y: 15.9 })).toBe(0);
    expect(nucleusAt(nuclei, grid, { x: 16.1, y: 12 })).toBe(-1);
    expect(numbersWith([{ kind: 'class', x: 13, y: 13, positive: true }])).toMatchObject({ total: 3, positive: 2 });
    expect(numbersWith([{ kind: 'delete', x: 43, y: 13 }])).toMatchObject({
      total: 2,
      positive: 0,
      applied: { delete: 1 },
    });
    expect(numbersWith([{ kind: 'delete', x: 20, y: 13 }])).toMatchObject({ total: 3, applied: { delete: 0 } });
  });

  it('adds a disc where nothing was found, graded by its density', () => {
    const { bins, total, table } = numbersWith([{ kind: 'add', x: 200, y: 200, positive: true, odMean: 0.5 }]);
    expect({ total, bins }).toEqual({ total: 4, bins: { negative: 2, onePlus: 0, twoPlus: 0, threePlus: 2 } });
    expect(table.nuclei.areaPx[3]).toBe(197);
    const [[outer]] = outlineOf(table.nuclei, 3);
    expect(Math.min(...outer.map(([x]) => x))).toBe(192);
    expect(Math.max(...outer.map(([, y]) => y))).toBe(209);
    expect(numbersWith([{ kind: 'add', x: 200, y: 200, positive: true }]).bins.onePlus).toBe(1);
  });

  it('keeps a nucleus that a gate drops, and adds no second one on it', () => {
    const thresholds = { ...OPEN, sizeThresh: 10 };
    expect(numbersWith([], thresholds).total).toBe(2);
    expect(numbersWith([{ kind: 'add', x: 71, y: 11, positive: true }], thresholds)).toMatchObject({
      total: 3,
      positive: 2,
    });
    expect(numbersWith([{ kind: 'class', x: 71, y: 11, positive: true }], thresholds)).toMatchObject({
      total: 2,
      positive: 1,
    });
  });

  it('follows the ones before it', () => {
    const add = { kind: 'add', x: 200, y: 200, positive: false } as const;
    const near = { x: 203, y: 201 };
    expect(numbersWith([add, { kind: 'add', ...near, positive: true }])).toMatchObject({
      total: 4,
      positive: 2,
      applied: { add: 2 },
    });
    expect(numbersWith([add, { kind: 'delete', ...near }])).toMatchObject({ total: 3 });
    expect(numbersWith([{ kind: 'delete', ...near }, add])).toMatchObject({ total: 4, applied: { delete: 0 } });
  });
});
