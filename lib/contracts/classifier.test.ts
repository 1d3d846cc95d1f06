import { describe, expect, it } from 'vitest';
import { PRIOR_ID, TAUGHT_COLUMNS } from '@/lib/scoring/classify/feature-names';
import { ScoringParameters } from './analysis';
import { type Classifier, parseClassifier, writeClassifier } from './classifier';
import { PostprocessOptions } from './options';
import { readClassifier } from './read-teaching';

const BY = { made_at: '2026-11-30T10:00:00.000Z', software: '0.10.3', model: 'restain-ihc@0.10.3', model_sha256: 'ab' };
const taught = {
  weights: {
    classes: [{ name: 'DCIS', kind: 'tumour' }] as const,
    rows: TAUGHT_COLUMNS.map((_, f) => [0, f / 8, 2 - f / 8, 0.5, 1]),
  },
  limits: { positiveFrom: 0.25, negativeBelow: null },
  ...{ clicks: 20, classClicks: 12, images: 2 },
};
const file: Classifier = writeClassifier(taught, BY);
const textOf = (change: object) => JSON.stringify({ ...file, ...change });

it('reads what it writes', () => {
  const read = parseClassifier(JSON.stringify(file));
  expect(read).toEqual(file);
  expect(readClassifier(file)).toEqual(taught);
  const empty = writeClassifier({ ...taught, weights: null, limits: null }, BY);
  expect(readClassifier(empty)).toMatchObject({ weights: null, limits: null });
});

describe('a classifier that cannot be used is refused with the reason', () => {
  it.each([
    ['no JSON', 'kinds', 'expected the JSON of a taught classifier'],
    ['foreign JSON', '{"type":"FeatureCollection"}', 'got JSON without a schema'],
    ['another schema', textOf({ schema: 'restain-classifier/9' }), 'got "restain-classifier/9"'],
    ['another prior', textOf({ prior: 'feed' }), `("feed", this server has "${PRIOR_ID}"): teach it again`],
    ['a missing row', textOf({ weights: { ...file.weights, size: undefined } }), 'lack the row size'],
    ['a foreign row', textOf({ weights: { ...file.weights, hue: [0, 0, 0, 0, 0] } }), 'no known feature, "hue"'],
    ['a short row', textOf({ weights: { ...file.weights, size: [0, 0, 0, 0] } }), 'row size has 4 numbers'],
    ['a wild number', textOf({ weights: { ...file.weights, size: [0, 0, 0, 0, 1e9] } }), 'weights size 4'],
    ['a class that is a kind', textOf({ classes: [{ name: 'Stroma', kind: 'stroma' }] }), 'name of a kind already'],
    ['an unknown field', textOf({ code: 'x' }), 'Unrecognized key'],
    ['too much', `"${'x'.repeat(70_000)}"`, 'got 70002'],
  ])('%s', (_, text, reason) => {
    expect(parseClassifier(text)).toContain(reason);
    const option = PostprocessOptions.safeParse({ classifier: text });
    expect(option.error?.issues[0]).toMatchObject({ path: ['classifier'], message: expect.stringContaining(reason) });
  });
});

describe('clicks', () => {
  const classes = [{ name: 'DCIS', kind: 'tumour' }];
  const clicked = (name: string, more: object = {}) =>
    ScoringParameters.safeParse({ teaching: { classes, clicks: [{ x: 1, y: 2, name }] }, ...more });

  it('name kinds, classes, and those of the classifier', () => {
    for (const name of ['tumour', 'other', 'DCIS']) expect(clicked(name).success).toBe(true);
    expect(clicked('Crypt').error?.issues[0]?.message).toContain('"Crypt", which is neither a kind nor in classes');
    const classifier = { ...file, classes: [{ name: 'Crypt', kind: 'other' }] };
    expect(clicked('Crypt', { classifier }).success).toBe(true);
  });

  it('say one thing of a nucleus', () => {
    const both = { classes, clicks: [{ x: 1, y: 2, name: 'DCIS', positive: true }] };
    expect(ScoringParameters.safeParse({ teaching: both }).success).toBe(false);
  });

  it('cannot give a class of the classifier another kind', () => {
    const classifier = { ...file, classes: [{ name: 'DCIS', kind: 'stroma' }] };
    expect(clicked('DCIS', { classifier }).error?.issues[0]?.message).toContain('counts as tumour');
  });
});
