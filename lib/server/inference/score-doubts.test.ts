import { describe, expect, it } from 'vitest';
import { sharedRaster } from '@/lib/imaging/raster';
import type { Polygon } from '@/lib/scoring/gate/roi';
import type { ImageScore } from '@/lib/scoring/score-image';
import { INTENSITY_THRESHOLDS } from '@/lib/scoring/scores/h-score';
import type { HotSpotWish } from '@/lib/scoring/scores/score-summary';
import { countDoubts, hotSpotDoubts } from './score-doubts';

const image = sharedRaster(100, 50, 3);
const square = (x: number, y: number, side: number): Polygon => [
  [
    [x, y],
    [x + side, y],
    [x + side, y + side],
    [x, y + side],
    [x, y],
  ],
];
const scoreOf = (total: number, found: number): ImageScore => ({
  ...{ total, positive: 0, negative: total, percentPositive: 0, interval: [0, 100] },
  thresholds: { algorithm: 'watershed', probThresh: 120, sizeThresh: 61, sizeThreshUpper: null, markerThresh: null },
  sizes: found === 0 ? null : { count: found, medianDiameterPx: 20 },
  corrections: { class: 0, delete: 0, add: 0, split: 0, join: 0 },
  summary: {
    areaPx: 5000,
    intensity: INTENSITY_THRESHOLDS,
    bins: { negative: total, onePlus: 0, twoPlus: 0, threePlus: 0 },
    hotSpot: null,
  },
  edges: { count: 0, areExcluded: false },
  tumour: null,
  taught: null,
});
const doubtsOf = (score: ImageScore, include: Polygon[] = [], exclude: Polygon[] = []) =>
  countDoubts(score, { image, micronsPerPixel: 0.25, regions: { include, exclude } });

describe('a count of none', () => {
  it('where nothing was found', () => {
    expect(doubtsOf(scoreOf(0, 0))).toEqual([
      {
        code: 'nothing_found',
        detail:
          'No nucleus was found in 100 x 50 pixels of 0.25 µm, above a segmentation threshold of 120: 0 % is not a result.',
      },
    ]);
  });

  it('where nothing is left', () => {
    expect(doubtsOf(scoreOf(0, 12), [square(0, 0, 20)])).toMatchObject([
      {
        code: 'nothing_found',
        detail: expect.stringMatching(/^None of the 12 nuclei .* \(above 61 pixels\), by the region or/),
      },
    ]);
  });

  it('is not doubted where there is one', () => {
    expect(doubtsOf(scoreOf(1, 12))).toEqual([]);
  });
});

describe('a region', () => {
  const told = (include: Polygon[], exclude: Polygon[] = []) => doubtsOf(scoreOf(5, 5), include, exclude);

  it.each([
    ['inside', square(10, 10, 20)],
    ['a little too large', square(-2, -2, 52)],
    [
      'without an area',
      [
        [
          [200, 200],
          [210, 210],
          [200, 200],
        ],
      ] as Polygon,
    ],
  ])('%s is none to doubt', (_, polygon) => {
    expect(told([polygon])).toEqual([]);
  });

  it.each([
    ['right of it', square(200, 10, 20), '1 lies outside it'],
    ['above it', square(10, -60, 20), '1 lies outside it'],
    ['touching it alone', square(100, 0, 20), '1 lies outside it'],
    [
      'around a corner, its box alone within',
      [
        [
          [130, 0],
          [130, 130],
          [-130, 130],
          [130, 0],
        ],
      ] as Polygon,
      '1 lies less than half inside it',
    ],
    ['mostly outside', square(90, 40, 40), '1 lies less than half inside it'],
  ])('%s', (_, polygon, expected) => {
    expect(told([square(0, 0, 30), polygon])).toEqual([
      {
        code: 'region_outside_image',
        detail: `The image has 100 x 50 pixels. Of 2 regions ${expected}.`,
      },
    ]);
  });

  it('that is excluded counts too', () => {
    expect(told([square(300, 0, 9)], [square(90, 40, 40)])).toMatchObject([
      { detail: 'The image has 100 x 50 pixels. Of 2 regions 1 lies outside it, 1 lies less than half inside it.' },
    ]);
  });
});

describe('a hot spot that is not there', () => {
  const told = (hotSpot: HotSpotWish | null, score = scoreOf(5, 5)) =>
    hotSpotDoubts(score, { image, micronsPerPixel: 0.25, hotSpot }).map(({ code, detail }) => [code, detail]);

  it('is told with the size that was asked for', () => {
    expect(told({ kind: 'find', size: { mm2: 0.2 }, within: [] })).toEqual([
      [
        'hot_spot_not_found',
        'A hot spot of 0.2 mm² was asked for. The image measures 0.025 x 0.013 mm and holds 5 nuclei: no such field lies in it.',
      ],
    ]);
    expect(told({ kind: 'find', size: { nuclei: 500 }, within: [] })).toEqual([
      [
        'hot_spot_not_found',
        'A hot spot of 500 nuclei was asked for. 5 nuclei are counted: no such field lies in the image.',
      ],
    ]);
  });

  it('is nothing where none was asked for, or one is found', () => {
    const spot = { x0: 0, y0: 0, x1: 9, y1: 9, total: 5, positive: 1 };
    const found = scoreOf(5, 5);
    expect(told(null)).toEqual([]);
    const size = { nuclei: 5 };
    const score = { ...found, summary: { ...found.summary, hotSpot: spot } };
    expect(told({ kind: 'find', size, within: [] }, score)).toEqual([]);
  });
});
