import { expect, test } from 'vitest';
import { sizeDensity } from './size-density';

test('two kinds of nuclei make two peaks where their sizes are', () => {
  const areas = Int32Array.from({ length: 600 }, (_, i) => (i % 2 === 0 ? 100 : 300) + (i % 31) - 15);
  const { values, step } = sizeDensity(areas);
  const peaks = Array.from(values.keys()).filter(
    (i) => i > 0 && i < values.length - 1 && values[i] > values[i - 1] && values[i] >= values[i + 1],
  );
  expect(peaks.map((i) => i * step)).toEqual([expect.closeTo(100, -1), expect.closeTo(300, -1)]);
  expect(Math.max(...values)).toBe(1);
});

test('a giant does not squeeze the axis', () => {
  const areas = Int32Array.from({ length: 500 }, (_, i) => (i === 0 ? 1_000_000 : 80 + (i % 20)));
  const { values, step } = sizeDensity(areas);
  expect(values.length * step).toBeLessThan(200);
});

test.each([0, 1, 2])('%i nuclei', (count) => {
  const { values, step } = sizeDensity(new Int32Array(count).fill(50));
  expect(step).toBeGreaterThan(0);
  expect(values.every(Number.isFinite)).toBe(true);
});

/** The same density, without bins and without a cut-off; the bandwidth is Silverman's (1986, eq. 3.31). */
function densityByDefinition(areas: number[], step: number, points: number): number[] {
  const sorted = areas.toSorted((a, b) => a - b);
  const mean = areas.reduce((sum, area) => sum + area) / areas.length;
  const deviation = Math.sqrt(areas.reduce((sum, area) => sum + (area - mean) ** 2, 0) / areas.length);
  const range = sorted[Math.floor(0.75 * areas.length)]! - sorted[Math.floor(0.25 * areas.length)]!;
  const bandwidth = 0.9 * (range > 0 ? Math.min(deviation, range / 1.34) : deviation) * areas.length ** -0.2;
  const values = Array.from({ length: points }, (_, i) =>
    areas.reduce((sum, area) => sum + Math.exp(-0.5 * ((i * step - area) / bandwidth) ** 2), 0),
  );
  const highest = Math.max(...values);
  return values.map((value) => value / highest);
}

test.each([
  // The quartiles of the first lie closer than its deviation says, of the second further, and of the third together.
  [
    'with a long tail',
    Array.from({ length: 400 }, (_, i) => 200 + (i % 131) + (i % 97) + (i % 7 === 0 ? 4 * (i % 90) : 0)),
  ],
  ['of two kinds', Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 200 : 500) + (i % 61))],
  ['nearly all equal', Array.from({ length: 400 }, (_, i) => (i % 5 === 0 ? 100 + 2 * i : 400))],
])('is the Gaussian density of sizes %s', (_, areas) => {
  const { values, step } = sizeDensity(Int32Array.from(areas));
  const expected = densityByDefinition(areas, step, values.length);
  expect(Math.max(...expected.map((value, i) => Math.abs(value - values[i]!)))).toBeLessThan(0.03);
});
