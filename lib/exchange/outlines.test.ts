import { describe, expect, it } from 'vitest';
import type { LabelMap } from '@/lib/imaging/raster';
import { runsOfLabels } from '@/lib/scoring/find/nucleus-runs';
import type { Polygon } from '@/lib/scoring/gate/roi';
import { labelsOf } from './__fixtures__/drawn-nuclei';
import { type Outline, traceOutlines } from './outlines';
import { signedArea, tidyRing } from './rings';

const outlinesOf = (labels: LabelMap): Outline[] =>
  traceOutlines([runsOfLabels(labels)], Math.max(...labels.data), labels.width);
const trace = (...rows: string[]) => outlinesOf(labelsOf(...rows))[0];

const areaOf = (polygons: readonly Polygon[]) => polygons.flat().reduce((sum, ring) => sum + signedArea(ring), 0);

/** The mask that rings enclose: a pixel is inside where its centre is within an odd number of them. */
function fill(polygons: readonly Polygon[], { width, height }: LabelMap): number[] {
  const rings = polygons.flat();
  return Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [(i % width) + 0.5, Math.floor(i / width) + 0.5];
    let crossings = 0;
    for (const ring of rings)
      for (let p = 0; p + 1 < ring.length; p++)
        if (ring[p][1] > y !== ring[p + 1][1] > y && ring[p][0] > x) crossings++;
    return crossings % 2;
  });
}

/** Small, seeded, good enough to draw masks by. */
function randomOf(seed: number) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('traceOutlines', () => {
  it('draws one pixel as the square that it is', () => {
    expect(trace('...', '.1.', '...').polygons).toEqual([
      [
        [
          [1, 1],
          [2, 1],
          [2, 2],
          [1, 2],
          [1, 1],
        ],
      ],
    ]);
  });

  it('gives a rectangle its four corners, at the edge of the picture too', () => {
    expect(trace('111', '111').joined).toEqual([
      [
        [0, 0],
        [3, 0],
        [3, 2],
        [0, 2],
        [0, 0],
      ],
    ]);
  });

  it('parts what touches at a corner only, and joins it in the one ring', () => {
    const { polygons, joined } = trace('1.', '.1');
    expect(polygons).toHaveLength(2);
    expect(joined).toEqual([
      [
        [0, 0],
        [1, 0],
        [1, 1],
        [2, 1],
        [2, 2],
        [1, 2],
        [1, 1],
        [0, 1],
        [0, 0],
      ],
    ]);
  });

  it('leaves holes out, against the way of the outer ring', () => {
    const { polygons } = trace('1111', '1..1', '1111');
    expect(polygons.map((rings) => rings.map(signedArea))).toEqual([[12, -2]]);
  });

  it('makes a hole of a bay that is closed at a corner', () => {
    const { polygons, joined } = trace('111', '1.1', '11.');
    expect(polygons.map((rings) => rings.map(signedArea))).toEqual([[8, -1]]);
    expect(joined).toEqual(polygons[0]);
  });

  it('keeps two holes apart that touch at a corner', () => {
    const { polygons } = trace('1111', '1.11', '11.1', '1111');
    expect(polygons.map((rings) => rings.map(signedArea))).toEqual([[16, -1, -1]]);
  });

  it('tells neighbours apart, and one within another', () => {
    const outlines = outlinesOf(labelsOf('1112', '1312', '1112'));
    expect(outlines.map(({ polygons }) => areaOf(polygons))).toEqual([8, 3, 1]);
  });

  it.each([0.2, 0.4, 0.5, 0.6, 0.8, 0.95])(
    'has the area of its pixels, whatever they are (filled by %f)',
    (density) => {
      const random = randomOf(Math.round(1000 * density));
      for (let round = 0; round < 60; round++) {
        const [width, height] = [1 + Math.floor(12 * random()), 1 + Math.floor(12 * random())];
        const data = Int32Array.from({ length: width * height }, () =>
          random() < density ? 1 + (random() < 0.3 ? 1 : 0) : 0,
        );
        const labels = { data, width, height };
        const present = [1, 2].filter((label) => data.includes(label));
        const outlines = traceOutlines([runsOfLabels(labels)], 2, width);
        for (const label of present) {
          const pixels = Array.from(data, (value) => (value === label ? 1 : 0));
          const { polygons, joined } = outlines[label - 1];
          const count = pixels.filter((pixel) => pixel === 1).length;
          expect(areaOf(polygons)).toBe(count);
          expect(areaOf([joined])).toBe(count);
          expect(fill(polygons, labels)).toEqual(pixels);
          expect(fill([joined], labels)).toEqual(pixels);
          for (const [outer, ...holes] of polygons) {
            expect(signedArea(outer)).toBeGreaterThan(0);
            for (const hole of holes) expect(signedArea(hole)).toBeLessThan(0);
            for (const ring of [outer, ...holes]) {
              expect(ring.at(-1)).toEqual(ring[0]);
              expect(new Set(ring.slice(1).map(String)).size).toBe(ring.length - 1);
              expect(tidyRing(ring, ring !== outer)).toEqual(ring);
              // Every point is a corner.
              for (let p = 1; p < ring.length; p++) {
                const [a, b, c] = [ring[p - 1], ring[p], ring[(p % (ring.length - 1)) + 1]];
                expect((a[0] === b[0]) !== (b[0] === c[0])).toBe(true);
              }
            }
          }
        }
      }
    },
  );
});

describe('tidyRing', () => {
  const L = [
    [0, 0],
    [4, 0],
    [4, 2],
    [0, 2],
    [0, 0],
  ] as const;

  it.each([
    ['one that is tidy', L],
    ['one that is not closed', L.slice(0, 4)],
    ['repeated points', [L[0], L[0], L[1], L[1], L[2], L[3], L[3], L[0], L[0]]],
    ['a spike', [L[0], L[1], [9, 0], L[1], L[2], L[3], L[0]]],
    ['a spike in steps', [L[0], L[1], [6, 0], [9, 0], [6, 0], L[1], L[2], L[3], L[0]]],
    ['a spike at its beginning', [[-3, 0], L[0], L[1], L[2], L[3], L[0], [-3, 0]]],
  ] as const)('closes, cleans and keeps %s', (_, ring) => {
    const tidy = tidyRing(ring, false);
    expect(tidy && signedArea(tidy)).toBe(8);
    expect(tidy).toHaveLength(5);
    expect(new Set(tidy?.map(String))).toEqual(new Set(L.map(String)));
  });

  it('keeps a tidy ring point by point, and turns one that runs the wrong way', () => {
    expect(tidyRing(L, false)).toEqual(L);
    expect(tidyRing(L, true)).toEqual([...L].reverse());
    expect(tidyRing([...L].reverse(), false)).toEqual(L);
  });

  it('has nothing to say of a ring without an area', () => {
    expect(tidyRing([], false)).toBeNull();
    expect(tidyRing([[1, 1]], false)).toBeNull();
    expect(tidyRing([L[0], L[1], L[0], L[1]], false)).toBeNull();
  });
});
