import { describe, expect, it } from 'vitest';
import { clipTo, difference, enclosedBy, intersection, simplified, strokeAlong, union, untangled } from './clip';
import { areaOf, boundsOf, contains, type Point, type Polygons } from './points';
import { ellipseIn, rectangleIn } from './shapes';

const box = (x0: number, y0: number, x1: number, y1: number) => rectangleIn({ x0, y0, x1, y1 });
const ringsOf = (polygons: Polygons) => polygons.map((rings) => rings.length);
const reversed = (polygons: Polygons): Polygons => polygons.map((rings) => rings.map((ring) => [...ring].reverse()));

describe('union and difference', () => {
  it('joins what overlaps, and keeps apart what does not', () => {
    const joined = union(box(0, 0, 10, 10), box(5, 5, 15, 15));
    expect([areaOf(joined), ringsOf(joined)]).toEqual([175, [1]]);
    expect(ringsOf(union(box(0, 0, 10, 10), box(20, 0, 30, 10)))).toEqual([1, 1]);
  });

  it('joins what touches along an edge', () => {
    expect(ringsOf(union(box(0, 0, 10, 10), box(10, 0, 20, 10)))).toEqual([1]);
  });

  it('cuts a region in two', () => {
    const cut = difference(box(0, 0, 30, 10), box(10, -5, 20, 15));
    expect([areaOf(cut), ringsOf(cut)]).toEqual([200, [1, 1]]);
  });

  it('makes a hole, and a region within the hole', () => {
    const ring = difference(box(0, 0, 30, 30), box(5, 5, 25, 25));
    expect([areaOf(ring), ringsOf(ring)]).toEqual([500, [2]]);
    const island = union(ring, box(10, 10, 20, 20));
    expect([areaOf(island), ringsOf(island)]).toEqual([600, [2, 1]]);
  });

  it('keeps a hole in whichever direction its ring runs', () => {
    const ring = difference(box(0, 0, 30, 30), box(5, 5, 25, 25));
    const [outer, hole] = ring[0] as [Point[], Point[]];
    for (const same of [ring, reversed(ring), [[outer, [...hole].reverse()]]]) {
      expect(areaOf(union(same, box(40, 0, 50, 10)))).toBe(600);
      expect(areaOf(difference(same, box(0, 0, 15, 30)))).toBe(250);
    }
  });

  it('leaves nothing of what is covered, and of slivers', () => {
    expect(difference(box(5, 5, 10, 10), box(0, 0, 20, 20))).toEqual([]);
    expect(difference(box(0, 0, 10, 10), box(0, 0.05, 20, 20))).toEqual([]);
  });

  it('is exact a hundred thousand pixels from the corner', () => {
    const far = 100_000;
    expect(areaOf(difference(box(far, far, far + 10, far + 10), box(far, far, far + 0.25, far + 10)))).toBeCloseTo(
      97.5,
      6,
    );
  });
});

describe('what a line encloses', () => {
  it('are both lobes of an eight', () => {
    const eight = enclosedBy([
      [0, 0],
      [20, 20],
      [20, 0],
      [0, 20],
    ]);
    expect([areaOf(eight), eight.length]).toEqual([200, 2]);
  });

  it('is filled where a spiral covers it twice', () => {
    const twice = enclosedBy([
      ...[
        [0, 0],
        [20, 0],
        [20, 20],
        [0, 20],
        [0, 0],
      ],
      ...[
        [5, 5],
        [15, 5],
        [15, 15],
        [5, 15],
        [5, 5],
      ],
    ] as unknown as Point[]);
    expect([areaOf(twice), ringsOf(twice)]).toEqual([400, [1]]);
  });

  it('is nothing where it runs back on itself', () => {
    expect(
      enclosedBy([
        [0, 0],
        [10, 0],
        [5, 0],
      ]),
    ).toEqual([]);
  });
});

describe('untangled', () => {
  it('counts as nuclei are counted: rings of one polygon odd, polygons together', () => {
    const crossed: Polygons = [
      [(box(0, 0, 20, 20)[0] as Point[][])[0] as Point[], (box(10, 10, 30, 30)[0] as Point[][])[0] as Point[]],
    ];
    expect(areaOf(untangled(crossed))).toBe(600);
    expect(areaOf(untangled([...box(0, 0, 20, 20), ...box(10, 10, 30, 30)]))).toBe(700);
  });
});

describe('intersection and the edge of the slide', () => {
  it('keeps what lies inside, and nothing of what is outside', () => {
    expect(areaOf(intersection(box(0, 0, 10, 10), box(5, 5, 15, 15)))).toBe(25);
    const edge = { x0: 0, y0: 0, x1: 100, y1: 100 };
    expect(boundsOf(clipTo(box(-10, 50, 20, 120), edge))).toEqual({ x0: 0, y0: 50, x1: 20, y1: 100 });
    expect(clipTo(box(-20, 0, -5, 50), edge)).toEqual([]);
    const inside = box(0, 0, 100, 100);
    expect(clipTo(inside, edge)).toBe(inside);
  });
});

describe('a brush', () => {
  it('paints a disc where it is pressed, and a bar with round ends where it is drawn', () => {
    const disc = strokeAlong([[50, 50]], 20, 0.05);
    expect(areaOf(disc)).toBeGreaterThan(Math.PI * 400 * 0.99);
    expect(areaOf(disc)).toBeLessThan(Math.PI * 400 * 1.001);
    const bar = strokeAlong(
      [
        [50, 50],
        [150, 50],
      ],
      20,
      0.05,
    );
    expect(areaOf(bar) / (Math.PI * 400 + 4000)).toBeCloseTo(1, 2);
    expect(boundsOf(bar)).toMatchObject({ y0: 30, y1: 70 });
  });

  it('paints over its own line once, and leaves a hole where it goes round', () => {
    const loop = strokeAlong(
      [
        [0, 0],
        [100, 0],
        [100, 100],
        [0, 100],
        [0, 0],
        [50, 0],
      ],
      10,
      0.1,
    );
    expect(ringsOf(loop)).toEqual([2]);
    expect(contains(loop, [50, 50])).toBe(false);
    expect(contains(loop, [50, 5])).toBe(true);
  });
});

describe('simplified', () => {
  it('leaves out points, and stays as near as it was told', () => {
    const ellipse = ellipseIn({ x0: 0, y0: 0, x1: 1000, y1: 600 });
    const fewer = simplified(ellipse, 5);
    const points = (polygons: Polygons) => polygons.flat().flat().length;
    expect(points(fewer)).toBeLessThan(points(ellipse) / 2);
    expect(areaOf(fewer) / areaOf(ellipse)).toBeGreaterThan(0.97);
    expect(simplified(ellipse, 0).flat()[0]).toHaveLength(72);
  });

  it('keeps a hole that is larger than the tolerance', () => {
    expect(ringsOf(simplified(difference(box(0, 0, 100, 100), box(40, 40, 60, 60)), 3))).toEqual([2]);
  });
});
