import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fitSoftmax } from './fit-softmax';

/** Written by `make_fits.py`. */
type Golden = Record<'design' | 'labels' | 'importance' | 'offsets' | 'plain' | 'drawn', number[]> &
  Record<'width' | 'classes' | 'penalty', number>;
const golden: Golden[] = JSON.parse(readFileSync(new URL('./__fixtures__/fits.json', import.meta.url), 'utf8'));

const workOf = ({ design, importance, offsets, ...rest }: Golden, hasOffsets: boolean) => ({
  ...rest,
  design: Float64Array.from(design),
  importance: Float64Array.from(importance),
  offsets: hasOffsets ? Float64Array.from(offsets) : new Float64Array(offsets.length),
});

describe.each(golden)('$classes classes, $width columns, penalty $penalty', (fixture) => {
  it("is scikit-learn's regression without offsets", () => {
    const found = fitSoftmax(workOf(fixture, false));
    expect(found.every((weight, i) => Math.abs(weight - fixture.plain[i]) < 1e-5)).toBe(true);
  });

  it("is SciPy's minimum with offsets", () => {
    const found = fitSoftmax(workOf(fixture, true));
    expect(found.every((weight, i) => Math.abs(weight - fixture.drawn[i]) < 1e-5)).toBe(true);
  });
});

it('leaves what nobody taught as it was', () => {
  const none = { ...workOf(golden[0], true), labels: [], design: new Float64Array(0), importance: new Float64Array(0) };
  expect([...fitSoftmax(none)].every((weight) => weight === 0)).toBe(true);
});

it('bears examples that can be told apart without a fault', () => {
  const design = Float64Array.of(1, -5, 1, -4, 1, 4, 1, 5);
  const work = { design, width: 2, classes: 2, labels: [0, 0, 1, 1], importance: new Float64Array(4).fill(1) };
  const found = fitSoftmax({ ...work, offsets: new Float64Array(8), penalty: 1e-3 });
  expect(found.every(Number.isFinite)).toBe(true);
  expect(found[3]).toBeGreaterThan(0.5);
});
