import { describe, expect, it } from 'vitest';
import { insideRoi, type Polygon } from './roi';

/** The rule by the letter: every edge of every ring. */
function isInsideByRule(polygons: readonly Polygon[], x: number, y: number): boolean {
  return polygons.some((rings) => {
    let inside = false;
    for (const ring of rings)
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
        const [[xi, yi], [xj, yj]] = [ring[i]!, ring[j]!];
        if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
      }
    return inside;
  });
}

/** Always the same numbers. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const closed = (points: [number, number][]) => [...points, points[0]!];
const circle = (n: number, cx: number, cy: number, r: number, wobble = 0) =>
  closed(
    Array.from({ length: n }, (_, i): [number, number] => {
      const [angle, radius] = [(2 * Math.PI * i) / n, r + wobble * Math.sin(17 * i)];
      return [cx + radius * Math.cos(angle), cy + radius * Math.sin(angle)];
    }),
  );
const next = random(7);
const SHAPES: [name: string, polygons: Polygon[]][] = [
  [
    'a rectangle',
    [
      [
        closed([
          [10, 10],
          [90, 10],
          [90, 60],
          [10, 60],
        ]),
      ],
    ],
  ],
  ['a freehand outline with a hole', [[circle(3000, 50, 50, 40, 3), circle(500, 55, 45, 12, 2)]]],
  [
    'one that crosses itself',
    [[closed(Array.from({ length: 400 }, (): [number, number] => [next() * 100, next() * 100]))]],
  ],
  [
    'a comb of tall teeth',
    [[closed(Array.from({ length: 1500 }, (_, i): [number, number] => [i / 15, i % 2 === 0 ? 0 : 100]))]],
  ],
  [
    'whole numbers, with level edges',
    [
      [
        closed(
          Array.from({ length: 200 }, (_, i): [number, number] => [
            Math.floor(next() * 10) * 10,
            Math.floor(i / 20) * 10,
          ]),
        ),
      ],
    ],
  ],
  ['several that overlap', [[circle(64, 30, 30, 20)], [circle(900, 45, 40, 25, 1)], [circle(40, 90, 90, 5)]]],
  [
    'no area at all',
    [
      [
        closed([
          [5, 5],
          [50, 5],
          [80, 5],
        ]),
        closed(Array.from({ length: 60 }, (_, i): [number, number] => [i, 20])),
      ],
    ],
  ],
  ['one far off', [[circle(2000, 1e7, -1e7, 5e6)]]],
];

describe('insideRoi', () => {
  it.each(SHAPES)('says of every point what the rule says: %s', (_, polygons) => {
    const isInside = insideRoi(polygons);
    const at = random(3);
    for (let i = 0; i < 1500; i++) {
      // Centres of pixels and corners of them too, where edges may lie.
      const [x, y] = i % 3 === 0 ? [Math.floor(at() * 101), Math.floor(at() * 101)] : [at() * 110 - 5, at() * 110 - 5];
      expect(isInside(x, y), `${x}, ${y}`).toBe(isInsideByRule(polygons, x, y));
    }
  });

  it.each([
    ['outline', [circle(200_000, 5000, 5000, 4000, 50)]],
    ['comb', [closed(Array.from({ length: 20_000 }, (_, i): [number, number] => [i / 4, i % 2 === 0 ? 0 : 10_000]))]],
  ])('takes little time for a large %s and many nuclei', (_, rings) => {
    const started = performance.now();
    const isInside = insideRoi([rings]);
    const at = random(5);
    for (let i = 0; i < 5_000; i++) isInside(at() * 10_000, at() * 10_000);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
