import { expect, it } from 'vitest';
import { traceContour } from './contours';

/** Traces the `#` of a picture drawn in text; returns the points as [x, y]. */
function trace(...rows: string[]): number[][] {
  const width = rows[0].length;
  const data = Int32Array.from(rows.join(''), (c) => (c === '#' ? 1 : 0));
  const points: number[] = [];
  traceContour({ data, width, height: rows.length }, 1, data.indexOf(1), points);
  return Array.from({ length: points.length / 2 }, (_, n) => [points[2 * n], points[2 * n + 1]]);
}

it('gives a lone pixel one point', () => {
  expect(trace('...', '.#.', '...')).toEqual([[1, 1]]);
});

it('gives a rectangle its corners, clockwise from the first pixel', () => {
  expect(trace('.....', '.###.', '.###.')).toEqual([
    [1, 1],
    [3, 1],
    [3, 2],
    [1, 2],
  ]);
});

it('cuts corners diagonally', () => {
  expect(trace('.#.', '###', '.#.')).toEqual([
    [1, 0],
    [2, 1],
    [1, 2],
    [0, 1],
  ]);
});

it('walks a spur out and back', () => {
  expect(trace('##..', '##..', '..#.', '...#')).toEqual([
    [0, 0],
    [1, 0],
    [1, 1],
    [3, 3],
    [1, 1],
    [0, 1],
  ]);
});

it('passes through a first pixel that joins two arms without stopping there', () => {
  expect(trace('..#..', '.#.#.', '#...#')).toEqual([
    [2, 0],
    [4, 2],
    [2, 0],
    [0, 2],
  ]);
});

it('leaves holes and other labels alone, also at the border', () => {
  expect(trace('####', '#..#', '####')).toEqual([
    [0, 0],
    [3, 0],
    [3, 2],
    [0, 2],
  ]);
});
