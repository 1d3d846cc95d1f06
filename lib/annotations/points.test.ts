import { describe, expect, it } from 'vitest';
import {
  areaOf,
  boundsOf,
  contains,
  distanceToEdge,
  moved,
  openRings,
  type Point,
  simplify,
  simplifyRing,
} from './points';
import { ellipseIn, isTrueShape, rectangleIn } from './shapes';

const square: Point[] = [
  [0, 0],
  [10, 0],
  [10, 10],
  [0, 10],
];
const hole: Point[] = [
  [4, 4],
  [6, 4],
  [6, 6],
  [4, 6],
];

describe('areas', () => {
  it('leave out holes, whichever way a ring runs', () => {
    expect(areaOf([[square, hole]])).toBe(96);
    expect(areaOf([[[...square].reverse(), hole]])).toBe(96);
    expect(areaOf([[square], [hole]])).toBe(104);
  });

  it('are exact far from the corner', () => {
    const far = square.map(([x, y]): Point => [x + 5_000_000.25, y + 5_000_000.25]);
    expect(areaOf([[far]])).toBe(100);
  });

  it('of an ellipse are right to a quarter of a percent', () => {
    expect(areaOf(ellipseIn({ x0: 0, y0: 0, x1: 200, y1: 100 })) / (Math.PI * 100 * 50)).toBeCloseTo(1, 2);
  });
});

describe('contains', () => {
  it('is false in a hole and outside', () => {
    const ring = [[square, hole]];
    expect([contains(ring, [1, 1]), contains(ring, [5, 5]), contains(ring, [11, 5])]).toEqual([true, false, false]);
  });
});

describe('distanceToEdge', () => {
  it('is to the nearest edge of any ring, from inside and outside', () => {
    expect(distanceToEdge([[square, hole]], [13, 14])).toBe(5);
    expect(distanceToEdge([[square, hole]], [5, 5])).toBe(1);
    expect(distanceToEdge([[square]], [5, 1])).toBe(1);
  });
});

describe('openRings', () => {
  it('drops a last point that is the first, and no other', () => {
    expect(openRings([[[...square, [0, 0]], hole]])).toEqual([[square, hole]]);
    expect(openRings([[square]])).toEqual([[square]]);
  });
});

describe('simplify', () => {
  it('keeps ends and corners, and drops what lies on a line', () => {
    const line: Point[] = [
      [0, 0],
      [5, 0.1],
      [10, 0],
      [10, 10],
    ];
    expect(simplify(line, 0.2)).toEqual([line[0], line[2], line[3]]);
    expect(simplify(line, 0.05)).toEqual(line);
  });

  it('never makes a ring less than a triangle', () => {
    const flat: Point[] = [
      [0, 0],
      [10, 0.1],
      [20, 0],
      [10, 0.2],
      [5, 0.1],
    ];
    expect(simplifyRing(flat, 100).length).toBeGreaterThanOrEqual(3);
    expect(simplifyRing(square, 100)).toBe(square);
  });
});

describe('shapes', () => {
  it('are moved to hundredths of a pixel', () => {
    const there = moved([[square]], 0.333, -1);
    expect(there[0]?.[0]?.[0]).toEqual([0.33, -1]);
    expect(boundsOf(there)).toEqual({ x0: 0.33, y0: -1, x1: 10.33, y1: 9 });
  });

  it('are told from a polygon that only claims to be one', () => {
    const box = { x0: 1, y0: 2, x1: 30, y1: 40 };
    expect(isTrueShape('rectangle', rectangleIn(box))).toBe(true);
    expect(isTrueShape('ellipse', ellipseIn(box))).toBe(true);
    expect(isTrueShape('rectangle', ellipseIn(box))).toBe(false);
    expect(isTrueShape('ellipse', rectangleIn(box))).toBe(false);
    expect(isTrueShape('rectangle', [[[...square, [0, 5]]]])).toBe(false);
    expect(isTrueShape('rectangle', [[square, hole]])).toBe(false);
  });
});
