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
