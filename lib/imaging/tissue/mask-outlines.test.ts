import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Mask } from '@/lib/imaging/raster';
import { insideRoi } from '@/lib/scoring/gate/roi';
import { blob, DrawnSlide } from './__fixtures__/draw-glass';
import { crossingEdges } from './crossing-edges';
import { outlineMask, type RingPolygon } from './mask-outlines';
import { outlineTissue } from './outline-tissue';
import { areaOf, simplifyLine } from './simplify-ring';

type Golden = {
  lines: { points: [number, number][]; tolerance: number; simple: [number, number][] }[];
  pictures: { rings: [number, number][][]; crossing: boolean[] }[];
};
const golden: Golden = JSON.parse(readFileSync(join(import.meta.dirname, '__fixtures__/outlines.json'), 'utf8'));

const PLAIN = { x: 1, y: 1 };

/** Pixels whose centres lie in the polygons. */
function fill(polygons: readonly RingPolygon[], { width, height }: Mask): Uint8Array {
  const isInside = insideRoi(polygons);
  return Uint8Array.from({ length: width * height }, (_, i) =>
    Number(isInside((i % width) + 0.5, Math.floor(i / width) + 0.5)),
  );
}

function randomMask(width: number, height: number, density: number, seed: number): Mask {
  let state = seed;
  const data = Uint8Array.from({ length: width * height }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 < density ? 1 : 0;
  });
  return { data, width, height };
}

describe('a simpler line', () => {
  it('is that of another implementation', () => {
    for (const { points, tolerance, simple } of golden.lines)
      expect(simplifyLine(points, tolerance).map((i) => points[i])).toEqual(simple);
  });
});

describe('rings that cross or touch', () => {
  it('are those that another implementation finds', () => {
    for (const { rings, crossing } of golden.pictures) {
      const found = new Set([...crossingEdges(rings)].map(({ ring }) => ring));
      expect(rings.map((_, i) => found.has(i))).toEqual(crossing);
    }
  });
});

describe('outlines of a mask', () => {
  it('follow the edges of its pixels where nothing may be left out', () => {
    const mask = randomMask(1, 1, 1, 1);
    expect(outlineMask(mask, PLAIN, 0)).toEqual([
      [
        [
          [0, 0],
          [1, 0],
          [1, 1],
          [0, 1],
          [0, 0],
        ],
      ],
    ]);
    const ring = { data: Uint8Array.of(1, 1, 1, 1, 0, 1, 1, 1, 1), width: 3, height: 3 };
    expect(fill(outlineMask(ring, PLAIN, 0), ring)).toEqual(ring.data);
    expect(outlineMask(ring, PLAIN, 0)[0].map(areaOf)).toEqual([9, -1]);
  });

  it.each([0.2, 0.4, 0.6, 0.8])('never touch, and join what touches at a corner (filled by %f)', (density) => {
    for (let seed = 1; seed <= 20; seed++) {
      const mask = randomMask(40, 30, density, seed);
      for (const tolerance of [0, 1, 2]) {
        const polygons = outlineMask(mask, PLAIN, tolerance);
        expect(crossingEdges(polygons.flat()).size).toBe(0);
        for (const [outer, ...holes] of polygons) {
          expect(areaOf(outer)).toBeGreaterThan(0);
          for (const hole of holes) expect(areaOf(hole)).toBeLessThan(0);
        }
        if (tolerance > 0) continue;
        const filled = fill(polygons, mask);
        for (let i = 0; i < filled.length; i++) if (mask.data[i] === 1) expect(filled[i]).toBe(1);
      }
    }
  });

  it('hold a shape within their tolerance with few points, the largest first', () => {
    const { truth } = new DrawnSlide(400, 300)
      .tissue(blob({ x: 330, y: 60 }, 30), [0, 0, 0])
      .tissue(blob({ x: 150, y: 160 }, 120, 7), [0, 0, 0])
      .other(blob({ x: 140, y: 150 }, 40, 3), [0, 0, 0]);
    const polygons = outlineMask(truth, PLAIN, 1);
    expect(polygons.map((rings) => rings.length)).toEqual([2, 1]);
    expect(polygons.flat(2).length).toBeLessThan(200);
    const filled = fill(polygons, truth);
    const isNearBorder = (i: number) =>
      [-2, -1, 1, 2].some((d) => truth.data[i + d] !== truth.data[i] || truth.data[i + 400 * d] !== truth.data[i]);
    for (let i = 0; i < filled.length; i++) if (filled[i] !== truth.data[i]) expect(isNearBorder(i)).toBe(true);
  });

  it('are in pixels of the slide', () => {
    const [[ring]] = outlineTissue(randomMask(2, 3, 1, 1), { width: 64, height: 94.5 });
    expect(Math.max(...ring.map(([x]) => x))).toBe(64);
    expect(Math.max(...ring.map(([, y]) => y))).toBe(94.5);
  });

  it('are none of an empty mask', () => {
    expect(outlineTissue(randomMask(5, 4, 0, 1), { width: 500, height: 400 })).toEqual([]);
  });
});
