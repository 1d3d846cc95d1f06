import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { drawScene, randomSource, scatterNuclei } from '../__fixtures__/draw-scene';
import { segmentNuclei } from '../find/find-nuclei';
import { segmentedNuclei } from '../find/segmented-nuclei';
import { EVERYWHERE } from '../gate/apply-regions';
import { scoreImage } from '../score-image';
import { applyLimits, calibrateClasses } from './calibrate-classes';
import { describeKinds, likeliestKinds, PRIOR } from './classify-nuclei';
import { PRIOR_ID, TAUGHT_COLUMNS } from './feature-names';
import { KINDS, NOT_NAMED } from './kinds';
import { type ClassExample, learnKinds } from './teach-kinds';
import { type Teaching, teachKinds, UNTAUGHT } from './teach-picture';

const SIDE = 900;
/** Two hundred nuclei of one size; every fourth is long. */
const drawn = scatterNuclei(SIDE, SIDE, 200, 5).map((nucleus, n) => ({
  ...nucleus,
  positive: n % 3 === 0,
  ...(n % 4 === 0 ? { radiusX: 7, radiusY: 22 } : { radiusX: 13, radiusY: 12 }),
}));
const scene = { ...drawScene(SIDE, SIDE, drawn), micronsPerPixel: 0.25 };
const table = segmentNuclei(scene, { algorithm: 'watershed', probThresh: 127, micronsPerPixel: 0.25 });
const nuclei = segmentedNuclei(table);
const described = describeKinds(nuclei.columns, { width: SIDE, height: SIDE, micronsPerPixel: 0.25 });
const prior = likeliestKinds(described);
const isLong = (k: number) => nuclei.columns.varianceY[k] > 2 * nuclei.columns.varianceX[k];
const all = Array.from({ length: nuclei.columns.count }, (_, k) => k);
const [long, round] = [all.filter(isLong), all.filter((k) => !isLong(k))];
const examplesOf = (name: string, of: number[]): ClassExample[] => of.map((nucleus) => ({ nucleus, name }));

describe('kinds that are taught', () => {
  it('refuse an example of a class that nobody named', () => {
    expect(() => learnKinds(described, [], examplesOf('DCIS', long.slice(0, 1)))).toThrow(
      'an example names "DCIS", which is no class',
    );
  });

  it('are those of the prior without examples', () => {
    const { taught, kinds } = learnKinds(described, [], []);
    expect(taught).toBeNull();
    expect(kinds.kind).toEqual(prior.kind);
    kinds.likelihood.forEach((value, k) => {
      expect(value).toBeCloseTo(prior.likelihood[k], 6);
    });
  });

  it('state what was said of a nucleus, and teach nothing before two classes have five', () => {
    const few = [...examplesOf('lymphocyte', round.slice(0, 4)), ...examplesOf('stroma', long.slice(0, 30))];
    const { taught, kinds } = learnKinds(described, [], few);
    expect(taught).toBeNull();
    for (const k of round.slice(0, 4)) expect([KINDS[kinds.kind[k]], kinds.likelihood[k]]).toEqual(['lymphocyte', 1]);
    for (const k of all.filter((k) => few.every(({ nucleus }) => nucleus !== k)))
      expect(kinds.kind[k]).toBe(prior.kind[k]);
  });

  it('follow the examples, the more the more there are', () => {
    const said = (count: number) => {
      const examples = [
        ...examplesOf('lymphocyte', long.slice(0, count)),
        ...examplesOf('other', round.slice(0, count)),
      ];
      const { kinds } = learnKinds(described, [], examples);
      const rest = long.slice(count).map((k) => (KINDS[kinds.kind[k]] === 'lymphocyte' ? 1 : 0));
      return rest.reduce<number>((sum, is) => sum + is, 0) / rest.length;
    };
    expect(said(long.length >> 1)).toBeGreaterThan(said(0));
    expect(said(long.length >> 1)).toBeGreaterThan(0.6);
  });

  it("take classes of the user's, which count as a kind", () => {
    const classes = [{ name: 'Spindle', kind: 'stroma' }] as const;
    const examples = [...examplesOf('Spindle', long.slice(0, 25)), ...examplesOf('tumour', round.slice(0, 25))];
    const { taught, kinds } = learnKinds(described, classes, examples);
    expect(taught?.rows.every((row) => row.length === KINDS.length + 1)).toBe(true);
    expect(taught?.rows).toHaveLength(TAUGHT_COLUMNS.length);
    expect(kinds.named?.names).toEqual(['Spindle']);
    const named = all.filter((k) => kinds.named?.entry[k] !== NOT_NAMED);
    expect(named.every((k) => KINDS[kinds.kind[k]] === 'stroma')).toBe(true);
    expect(named.filter(isLong).length).toBeGreaterThan(0.8 * long.length);
    // With too few examples a class takes no part but for them.
    const few = learnKinds(described, classes, examplesOf('Spindle', round.slice(0, 4))).kinds;
    expect(all.filter((k) => few.named?.entry[k] !== NOT_NAMED)).toEqual(round.slice(0, 4));
  });

  it('can be applied elsewhere, and taught further', () => {
    const examples = [...examplesOf('lymphocyte', long.slice(0, 20)), ...examplesOf('other', round.slice(0, 20))];
    const first = learnKinds(described, [], examples);
    const again = learnKinds(described, [], [], first.taught);
    expect(again.taught).toEqual(first.taught);
    const others = all.filter((k) => examples.every(({ nucleus }) => nucleus !== k));
    for (const k of others) expect(again.kinds.kind[k]).toBe(first.kinds.kind[k]);
    const further = learnKinds(described, [{ name: 'Mine', kind: 'other' }], examples, first.taught);
    expect(further.taught?.rows[0]).toHaveLength(5);
    expect(further.taught?.rows).not.toEqual(first.taught?.rows);
  });

  it('belong to this prior', () => {
    const text = JSON.stringify([PRIOR.alone, PRIOR.context, TAUGHT_COLUMNS]);
    expect(createHash('sha256').update(text).digest('hex').slice(0, 16)).toBe(PRIOR_ID);
  });
});

describe('classes that are calibrated', () => {
  const random = randomSource(3);
  const brown = Float32Array.from({ length: 400 }, () => random() - 0.3);
  const truth = (k: number) => brown[k] > 0.2;
  /** A network that calls weak brown positive. */
  const eager = Uint8Array.from(brown, (value) => (value > 0 ? 1 : 0));
  const examples = Array.from({ length: 40 }, (_, n) => ({ nucleus: n, positive: truth(n) }));
  const wrong = (positive: Uint8Array) => positive.filter((is, k) => (is === 1) !== truth(k)).length;

  it('move to where the examples are', () => {
    const limits = calibrateClasses(brown, eager, examples);
    expect(limits?.positiveFrom).toBeNull();
    expect(limits?.negativeBelow).toBeGreaterThan(0.1);
    expect(limits?.negativeBelow).toBeLessThan(0.3);
    if (limits) expect(wrong(applyLimits(brown, eager, limits))).toBeLessThan(wrong(eager) / 3);
    const shy = Uint8Array.from(brown, (value) => (value > 0.4 ? 1 : 0));
    const raised = calibrateClasses(brown, shy, examples);
    expect(raised?.negativeBelow).toBeNull();
    if (raised) expect(wrong(applyLimits(brown, shy, raised))).toBeLessThan(wrong(shy) / 3);
  });

  it('stay with five of one class alone, and where examples agree with the network', () => {
    expect(
      calibrateClasses(
        brown,
        eager,
        examples.filter(({ positive }) => positive),
      ),
    ).toBeNull();
    const right = Array.from({ length: 40 }, (_, n) => ({ nucleus: n, positive: eager[n] === 1 }));
    expect(calibrateClasses(brown, eager, right)).toEqual({ positiveFrom: null, negativeBelow: null });
    expect(applyLimits(brown, eager, { positiveFrom: null, negativeBelow: null })).toEqual(eager);
  });

  it('bear nuclei as brown as each other', () => {
    const flat = new Float32Array(20).fill(0.1);
    const said = Array.from({ length: 20 }, (_, n) => ({ nucleus: n, positive: n % 2 === 0 }));
    expect(calibrateClasses(flat, new Uint8Array(20), said)).toEqual({ positiveFrom: null, negativeBelow: null });
  });
});

describe('a taught picture', () => {
  const at = (k: number) => {
    const { centroidX, centroidY } = nuclei.columns;
    return { x: centroidX[k] + 0.5, y: centroidY[k] + 0.5 };
  };
  const options = { algorithm: 'watershed', probThresh: 127, sizeThreshUpper: null, markerThresh: null } as const;
  const thresholds = { ...options, sizeThresh: 'auto' } as const;
  const scored = (
    teaching: Teaching,
    corrections: [] | [{ kind: 'class'; x: number; y: number; positive: boolean }] = [],
  ) => scoreImage(scene, { thresholds, corrections, regions: EVERYWHERE, teaching });

  it('counts the tumour nuclei that were taught, and says by how many clicks', () => {
    const clicks = [
      ...round.slice(0, 6).map((k) => ({ ...at(k), name: 'lymphocyte' })),
      ...long.slice(0, 6).map((k) => ({ ...at(k), name: 'tumour' })),
      // Beside every nucleus, and twice on the same one.
      { x: -5, y: 3, name: 'tumour' },
      { ...at(long[0]), name: 'tumour' },
    ];
    const { score, kinds } = scored({ ...UNTAUGHT, clicks });
    expect(score.taught).toMatchObject({ clicks: 12, classClicks: 0, images: 1, limits: null });
    expect(score.tumour?.total).toBe(kinds.kind.filter((kind) => kind === 0).length);
    expect(scored(UNTAUGHT).score.taught).toBeNull();
    expect(scored(UNTAUGHT).kinds.kind).toEqual(prior.kind);
  });

  it('takes a class from a click at once, and a correction by hand comes last', () => {
    const k = all.find((n) => table.positive[n] === 1) ?? 0;
    const teaching = { ...UNTAUGHT, clicks: [{ ...at(k), positive: false }] };
    expect(scored(teaching).counted.positive[k]).toBe(0);
    expect(scored(teaching, [{ kind: 'class', ...at(k), positive: true }]).counted.positive[k]).toBe(1);
  });

  it('starts from what was taught elsewhere', () => {
    const clicks = [
      ...round.slice(0, 9).map((k) => ({ ...at(k), name: 'lymphocyte' })),
      ...long.slice(0, 9).map((k) => ({ ...at(k), name: 'tumour' })),
    ];
    const classifier = scored({ ...UNTAUGHT, clicks }).score.taught;
    const { score } = scored({ ...UNTAUGHT, classifier });
    expect(score.taught).toEqual(classifier);
    const { weights } = teachKinds(nuclei, { width: SIDE, height: SIDE }, described, { ...UNTAUGHT, classifier });
    expect(weights).toEqual(classifier?.weights);
    expect(
      scored({ ...UNTAUGHT, classifier, clicks: [{ ...at(round[0]), name: 'other' }] }).score.taught,
    ).toMatchObject({
      clicks: 19,
      images: 2,
    });
  });
});
