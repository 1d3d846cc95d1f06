import { describe, expect, it } from 'vitest';
import { drawScene, randomSource, scatterNuclei } from '../__fixtures__/draw-scene';
import { segmentNuclei } from '../find/find-nuclei';
import { describeKinds, likeliestKinds } from './classify-nuclei';
import { FEATURES } from './feature-names';
import { KINDS } from './kinds';
import { type DescribedColumns, nucleusFeatures, surroundingsOf } from './nucleus-features';
import { learnClasses, learnKinds } from './teach-kinds';
import { packInRanges, tellKindsInRanges, tellKindsOfSlide } from './tell-kinds';

const SIDE = 20_000;
const field = { width: SIDE, height: SIDE, micronsPerPixel: 0.25 };

/** Nuclei at random places, more than fit in two ranges: clumps of large ones, small round ones and spindles. */
function scatterColumns(count: number, side = SIDE, seed = 5): DescribedColumns {
  const random = randomSource(seed);
  const column = (value: (k: number) => number) => Float32Array.from({ length: count }, (_, k) => value(k));
  const sort = Uint8Array.from({ length: count }, () => 3 * random());
  const radius = column((k) => [14, 7, 10][sort[k]] * (0.8 + 0.4 * random()));
  const stretch = column((k) => (sort[k] === 2 ? 2 + random() : 1 + 0.2 * random()));
  return {
    count,
    areaPx: Int32Array.from({ length: count }, (_, k) => Math.PI * radius[k] ** 2),
    centroidX: Float64Array.from({ length: count }, (_, k) => side * (random() * 0.33 + 0.33 * sort[k])),
    centroidY: Float64Array.from({ length: count }, () => side * random()),
    odMean: column(() => 0.2 + 0.4 * random()),
    odSpread: column(() => 0.1 * random()),
    brownMean: column(() => random() - 0.5),
    varianceX: column((k) => (radius[k] ** 2 / 4) * stretch[k]),
    varianceY: column((k) => radius[k] ** 2 / 4 / stretch[k]),
    covariance: column(() => 8 * random()),
  };
}

function finish<T>(turns: Generator<void, T>): T {
  for (;;) {
    const { done, value } = turns.next();
    if (done) return value;
  }
}

describe('kinds of a slide', () => {
  const nuclei = scatterColumns(20_000);
  const described = describeKinds(nuclei, field);

  it('are those of one picture, to the bit, and every kind occurs', () => {
    const told = tellKindsOfSlide(nuclei, field, null);
    expect(told).toEqual(likeliestKinds(described));
    expect([0, 1, 2].every((kind) => told.kind.includes(kind))).toBe(true);
  });

  it('are those of what was taught on a picture, with the names of its classes', () => {
    const examples = Array.from({ length: 120 }, (_, n) => ({ nucleus: n, name: n % 3 ? 'Blast' : 'stroma' }));
    const { taught } = learnKinds(described, [{ name: 'Blast', kind: 'other' }], examples);
    const told = tellKindsOfSlide(nuclei, field, taught);
    const { kinds } = learnKinds(described, taught?.classes ?? [], [], taught);
    expect(told.kind).toEqual(kinds.kind);
    expect(told.named).toEqual(kinds.named);
    expect(told.named?.entry.includes(0)).toBe(true);
    expect(told.kind).not.toEqual(likeliestKinds(described).kind);
  });

  it('are taught by clicks as those of a picture, but for the rounding of features that are kept', () => {
    const packed = finish(packInRanges(nuclei, field));
    expect(likeliestKinds(packed)).toEqual(likeliestKinds(described));
    const classes = [{ name: 'Blast', kind: 'other' as const }];
    const examples = Array.from({ length: 120 }, (_, n) => ({
      nucleus: 7 * n,
      name: ['Blast', 'stroma', 'tumour'][n % 3] as string,
    }));
    const here = learnKinds(described, classes, examples);
    const there = learnClasses(packed, classes, examples);
    expect(there.kinds.kind.filter((kind, k) => kind !== here.kinds.kind[k]).length).toBeLessThanOrEqual(2);
    const apart = there.kinds.likelihood.map((likelihood, k) => Math.abs(likelihood - here.kinds.likelihood[k]));
    expect(Math.max(...apart)).toBeLessThan(1e-3);
    expect(here.kinds.kind).not.toEqual(likeliestKinds(described).kind);
    expect(examples.every(({ nucleus }) => there.kinds.likelihood[nucleus] === 1)).toBe(true);
    // What was taught on a slide tells the kinds of another one.
    const applied = tellKindsOfSlide(nuclei, field, there.taught);
    const unstated = applied.kind.filter((kind, k) => there.kinds.likelihood[k] < 1 && kind !== there.kinds.kind[k]);
    expect(unstated.length).toBeLessThanOrEqual(2);
  });

  it('let a thread do something else in between', () => {
    expect([...tellKindsInRanges(nuclei, field, null)]).toHaveLength(2 + 3 * 3);
  });

  it('bear none, and specks alone', () => {
    expect(tellKindsOfSlide(scatterColumns(0), field, null).kind).toHaveLength(0);
    const specks = { ...scatterColumns(3), areaPx: Int32Array.of(2, 3, 4) };
    const { kind, likelihood } = tellKindsOfSlide(specks, field, null);
    expect(kind.every((of) => of < KINDS.length)).toBe(true);
    expect(likelihood.every(Number.isFinite)).toBe(true);
  });
});

it('features of a nucleus do not depend on the range that it is described in', () => {
  const side = 700;
  const found = segmentNuclei(drawScene(side, side, scatterNuclei(side, side, 200, 11)), {
    ...{ algorithm: 'watershed', probThresh: 127, micronsPerPixel: 0.25 },
  });
  const around = surroundingsOf(found, { width: side, height: side, micronsPerPixel: 0.25 });
  const whole = nucleusFeatures(around).features.values;
  expect(found.count).toBeGreaterThan(100);
  const random = randomSource(2);
  for (let round = 0; round < 30; round++) {
    const from = Math.floor(random() * found.count);
    const to = from + Math.floor(random() * (found.count - from + 1));
    const { values } = nucleusFeatures(around, from, to).features;
    expect(values).toEqual(whole.slice(from * FEATURES.length, to * FEATURES.length));
  }
});
