import { expect, it } from 'vitest';
import { ScoringParameters } from '@/lib/contracts/analysis';
import { resultOf } from './result-of';

const slide = { x0: 0, y0: 0, x1: 1000, y1: 800 };
const annotation = { id: 'abcdefgh', name: 'T1' };

it('takes a rectangle in whole pixels, all of which counts', () => {
  const polygons = [
    [
      [
        [10.4, 20.6],
        [110.2, 20.6],
        [110.2, 70],
        [10.4, 70],
      ],
    ],
  ] as never;
  expect(resultOf({ ...annotation, shape: 'rectangle', polygons }, slide)).toEqual({
    region: { x: 10, y: 20, width: 101, height: 50 },
    scoring: {},
  });
});

it('takes the rectangle around another shape, whose outline alone counts, holes and all', () => {
  const hole = [
    [40, 40],
    [50, 40],
    [50, 50],
    [40, 40],
  ];
  const polygons = [
    [
      [
        [20, 20],
        [80, 20],
        [20, 80],
      ],
      hole,
    ],
    [
      [
        [900, 700],
        [999, 700],
        [999, 799],
      ],
    ],
  ] as never;
  const { region, scoring } = resultOf({ ...annotation, shape: 'polygon', polygons }, slide);
  expect(region).toEqual({ x: 20, y: 20, width: 979, height: 779 });
  expect(scoring.regions?.map(({ rings }) => rings)).toEqual([
    [
      [
        [0, 0],
        [60, 0],
        [0, 60],
        [0, 0],
      ],
      [
        [20, 20],
        [30, 20],
        [30, 30],
        [20, 20],
      ],
    ],
    [
      [
        [880, 680],
        [979, 680],
        [979, 779],
        [880, 680],
      ],
    ],
  ]);
  expect(ScoringParameters.safeParse(scoring).success).toBe(true);
});

it('stays within the slide', () => {
  const polygons = [
    [
      [
        [-30, 700],
        [1200, 700],
        [1200, 900],
      ],
    ],
  ] as never;
  expect(resultOf({ ...annotation, shape: 'polygon', polygons }, slide).region).toEqual({
    x: 0,
    y: 700,
    width: 1000,
    height: 100,
  });
});
