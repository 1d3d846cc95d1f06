import { describe, expect, it } from 'vitest';
import { sharedRaster } from '@/lib/imaging/raster';
import type { Polygon } from '@/lib/scoring/gate/roi';
import type { ImageScore } from '@/lib/scoring/score-image';
import { countDoubts } from './score-doubts';

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
  corrections: { class: 0, delete: 0, add: 0 },
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
