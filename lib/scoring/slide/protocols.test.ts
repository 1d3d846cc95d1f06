import { describe, expect, it } from 'vitest';
import type { Polygon } from '@/lib/scoring/gate/roi';
import { INTENSITY_THRESHOLDS } from '@/lib/scoring/scores/h-score';
import { drawNuclei, randomOf, scatterNuclei } from './__fixtures__/draw-nuclei';
import { countHeat } from './heat-map';
import { proposeRatings, RATING_SIDE_UM } from './propose-ratings';
import { globalScores, neuroendocrineScore, PROTOCOLS, type Rating } from './protocols';
import { type SlideFacts, SlideTable } from './score-slide';
import type { SlideNuclei } from './slide-nuclei';
import { zoneArea } from './zone-area';
import { type Zone, zoneOfSlide } from './zones';

/** 10 x 6 mm. */
const SLIDE: SlideFacts = { width: 20_000, height: 12_000, micronsPerPixel: 0.5 };
const SETTINGS = {
  thresholds: { sizeThresh: 0, sizeThreshUpper: null, markerThresh: null },
  intensity: INTENSITY_THRESHOLDS,
};
const stripe = (x0: number, x1: number): Polygon => [
  [
    [x0, 0],
    [x1, 0],
    [x1, SLIDE.height],
    [x0, SLIDE.height],
  ],
];
const zoneOf = (...include: Polygon[]): Zone => ({ include, within: [], exclude: [] });

/** Nuclei whose chance of being positive depends on their place. */
function heated(count: number, share: (x: number, y: number) => number): SlideNuclei {
  const nuclei = scatterNuclei(count, SLIDE.width, SLIDE.height, 3);
  const random = randomOf(6);
  return {
    ...nuclei,
    positive: nuclei.positive.map((_, k) => (random() < share(nuclei.centroidX[k], nuclei.centroidY[k]) ? 1 : 0)),
  };
}

describe('the global scores of the working group', () => {
  /** Four nuclei a stripe; the stripes are 1000, 3000 and 6000 px wide. */
  const nuclei = drawNuclei(
    [
      [0, 0, 1, 0],
      [1, 1, 0, 0],
      [1, 1, 1, 1],
    ].flatMap((row, i) =>
      row.map((positive, n) => ({ x: [100, 2000, 6000][i] + 50 * n, y: 100, positive: positive === 1 })),
    ),
  );
  const table = new SlideTable(nuclei, SLIDE, []);
  const graded = table.grade(SETTINGS);
  const rated = (rating: Rating, ...polygons: Polygon[]) => ({ rating, counted: table.count(zoneOf(...polygons)) });
  const [low, medium, high] = [
    rated('low', stripe(0, 1000)),
    rated('medium', stripe(1000, 4000)),
    rated('high', stripe(4000, 10_000)),
  ];

  it('weight areas, or share four fields out among them', () => {
    const scores = globalScores(graded, [high, low, medium]);
    // 25, 50 and 100 %; a tenth, three tenths and six tenths of the area; one field, one, and two.
    expect(scores.areas.map(({ rating, fields }) => [rating, fields])).toEqual([
      ['low', 1],
      ['medium', 1],
      ['high', 2],
    ]);
    expect(scores.areas.map(({ share }) => share.toFixed(3))).toEqual(['0.100', '0.300', '0.600']);
    expect(scores).toMatchObject({ weighted: 77.5, unweighted: 68.8, empty: [] });
  });

  it('are one index in a tumour of one kind, and the mean of two', () => {
    expect(globalScores(graded, [medium])).toMatchObject({ weighted: 50, unweighted: 50 });
    expect(globalScores(graded, [low, high])).toMatchObject({ unweighted: 62.5, weighted: 89.3 });
  });

  it('leave out areas without nuclei, and say so', () => {
    const scores = globalScores(graded, [rated('negligible', stripe(15_000, 16_000)), medium]);
    expect(scores).toMatchObject({ weighted: 50, unweighted: 50, empty: ['negligible'] });
    expect(globalScores(graded, [])).toEqual({ areas: [], empty: [], weighted: null, unweighted: null });
  });
});

describe('proposed ratings', () => {
  const ratingsOf = (nuclei: SlideNuclei) => {
    const { grades } = new SlideTable(nuclei, SLIDE, []).grade(SETTINGS);
    return proposeRatings(countHeat(nuclei, grades, SLIDE, RATING_SIDE_UM), SLIDE);
  };
  const areaOf = (polygons: readonly Polygon[]) => zoneArea(zoneOf(...polygons), SLIDE) / (SLIDE.width * SLIDE.height);

  it('follow the quarters of a tumour', () => {
    const areas = ratingsOf(heated(120_000, (x) => [0, 0.1, 0.3, 0.6][Math.floor((4 * x) / SLIDE.width)] ?? 0));
    expect(areas.map(({ rating }) => rating)).toEqual(['negligible', 'low', 'medium', 'high']);
    for (const { polygons } of areas) expect(Math.abs(areaOf(polygons) - 0.25)).toBeLessThan(0.06);
    expect(areas.reduce((sum, { polygons }) => sum + areaOf(polygons), 0)).toBeCloseTo(1, 6);
    const centre = areas[3].polygons[0][0].reduce((sum, [x]) => sum + x, 0) / areas[3].polygons[0][0].length;
    expect(centre).toBeGreaterThan(0.7 * SLIDE.width);
  });

  it.each([
    [0, 'negligible'],
    [0.06, 'low'],
    [0.2, 'medium'],
    [0.5, 'high'],
  ] as const)('are one in a uniform tumour (share %d: %s)', (share, rating) => {
    const areas = ratingsOf(heated(500_000, () => share));
    expect(areas.map((area) => area.rating)).toEqual([rating]);
    expect(areaOf(areas[0].polygons)).toBeCloseTo(1, 6);
  });

  it('are none without nuclei', () => {
    expect(ratingsOf(drawNuclei([]))).toEqual([]);
  });
});

describe('the neuroendocrine hot spot', () => {
  const scoreOf = (nuclei: SlideNuclei) => {
    const table = new SlideTable(nuclei, SLIDE, []);
    const outline = zoneOfSlide([], SLIDE);
    return neuroendocrineScore(table, table.grade(SETTINGS), { outline, counted: table.count(outline) });
  };
  /** A tight square of nuclei of which so many are positive. */
  const cluster = (count: number, positive: number) =>
    drawNuclei(
      Array.from({ length: count }, (_, k) => ({
        x: 3000 + 20 * (k % 25),
        y: 3000 + 20 * Math.floor(k / 25),
        positive: k < positive,
      })),
    );

  it.each([
    [14, 0],
    [15, 1],
    [100, 1],
    [101, 2],
  ] as const)('of 500 nuclei with %d positive is at step %d', (positive, step) => {
    const score = scoreOf(cluster(500, positive));
    expect(score).toMatchObject({ step, hasEnoughNuclei: true });
    expect(score.hotSpots.spots[0].numbers).toMatchObject({ total: 500, positive });
  });

  it('is a field of 2 mm² where none holds 500 nuclei', () => {
    const score = scoreOf(cluster(300, 30));
    expect(score).toMatchObject({ step: 1, hasEnoughNuclei: false });
    expect(score.hotSpots.size).toEqual({ mm2: 2 });
    expect(score.hotSpots.spots[0].numbers.areaMm2).toBeCloseTo(2, 1);
  });

  it('is none without nuclei', () => {
    expect(scoreOf(cluster(0, 0))).toMatchObject({ step: null, hasEnoughNuclei: false });
  });
});

it('protocols name their sources', () => {
  for (const { sources } of Object.values(PROTOCOLS)) {
    expect(sources.length).toBeGreaterThan(0);
    // By which anybody finds it: a DOI, or the publisher of a book.
    for (const source of sources) expect(source).toMatch(/\b(19|20)\d{2}\b.*(doi:10\.\d{4,}\/\S+|IARC)$/);
  }
});
