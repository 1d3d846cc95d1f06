import { expect, test } from 'vitest';
import { areSameParameters, type Parameters, parametersOf, toScoringParameters } from './parameters';

const rings: [number, number][][] = [
  [
    [0, 0],
    [4, 0],
    [4, 4],
    [0, 0],
  ],
];
const parameters: Parameters = {
  algorithm: 'watershed',
  probThresh: 120,
  sizeThresh: 30,
  sizeThreshUpper: null,
  markerThresh: null,
  intensity: { twoPlus: 0.33, threePlus: 0.43 },
  hotSpot: null,
  marker: null,
  membrane: {},
  regions: [{ id: 'a', name: 'Region 1', kind: 'include', shape: 'polygon', rings, enabled: true }],
  excludeOnEdges: false,
  corrections: [],
  teaching: { classes: [], clicks: [] },
  classifier: null,
};

test('the order of the fields, which the server changes, is no difference', () => {
  const back = { enabled: true, rings: structuredClone(rings), shape: 'polygon', kind: 'include', name: 'Region 1' };
  expect(areSameParameters(parameters, { ...parameters, regions: [{ ...back, id: 'a' } as never] })).toBe(true);
});

test('another name, place, correction, grading or hot spot is', () => {
  const [region] = parameters.regions;
  const renamed = { ...parameters, regions: [{ ...region!, name: 'Tumour' }] };
  const moved = { ...parameters, regions: [{ ...region!, rings: [rings[0]!.slice(1)] }] };
  const corrected = { ...parameters, corrections: [{ kind: 'delete', x: 1, y: 2 } as const] };
  const graded = { ...parameters, intensity: { twoPlus: 0.33, threePlus: 0.5 } };
  const stained = { ...parameters, marker: 'cd3' as const };
  const trimmed = { ...parameters, excludeOnEdges: true };
  const hot = { ...parameters, hotSpot: { mm2: 0.2 } };
  for (const other of [renamed, moved, corrected, graded, hot, stained, trimmed])
    expect(areSameParameters(parameters, other)).toBe(false);
});

test.each([
  ['none', {}, null],
  ['of an area', { hot_spot_mm2: 0.2 }, { mm2: 0.2 }],
  ['of so many nuclei', { hot_spot_nuclei: 500 }, { nuclei: 500 }],
])('what a program asked for is kept when the page saves: a hot spot %s', (_, asked, hotSpot) => {
  const { algorithm, prob_thresh, size_thresh } = toScoringParameters(parameters);
  const defaults = { algorithm, prob_thresh, size_thresh, size_thresh_upper: 'none', marker_thresh: 'none' };
  const scoring = { ...asked, intensity_two_plus: 0.2, marker: 'cd8' as const };
  const read = parametersOf({ scoring, result: { defaults } as never });
  expect(read).toMatchObject({ hotSpot, marker: 'cd8', intensity: { twoPlus: 0.2, threePlus: 0.43 } });
  expect(toScoringParameters(read)).toMatchObject({ ...scoring, intensity_three_plus: 0.43 });
});
