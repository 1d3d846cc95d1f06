import { expect, it } from 'vitest';
import { findRuns, invertRuns } from './runs';

/** Where runs of `mask` begin and end, and the number of runs up to the end of each row. */
function runsByHand(mask: Uint8Array, width: number) {
  const [from, to, rowStart]: [number[], number[], number[]] = [[], [], [0]];
  mask.forEach((value, i) => {
    const x = i % width;
    if (value > 0 && (x === 0 || mask[i - 1] === 0)) from.push(i);
    if (value > 0 && (x === width - 1 || mask[i + 1] === 0)) to.push(i + 1);
    if (x === width - 1) rowStart.push(from.length);
  });
  return { from, to, rowStart };
}

// As many runs as a row can hold: far more than room is made for at first, at the first row that needs it and later.
it.each([
  [1001, 2],
  [1000, 3],
  [257, 40],
])('finds every run of %i x %i pixels that alternate', (width, height) => {
  const data = Uint8Array.from({ length: width * height }, (_, i) => ((i % width) + 1) % 2);
  const runs = findRuns({ data, width, height });
  const expected = runsByHand(data, width);
  expect(runs.count).toBe(expected.from.length);
  expect([...runs.from.subarray(0, runs.count)]).toEqual(expected.from);
  expect([...runs.to.subarray(0, runs.count)]).toEqual(expected.to);
  expect([...runs.rowStart]).toEqual(expected.rowStart);
  const gaps = invertRuns(runs);
  const others = runsByHand(
    data.map((value) => 1 - value),
    width,
  );
  expect([...gaps.from.subarray(0, gaps.count)]).toEqual(others.from);
  expect([...gaps.to.subarray(0, gaps.count)]).toEqual(others.to);
});
