import { expect, test } from 'vitest';
import { areSameParameters, type Parameters } from './parameters';

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
  regions: [{ id: 'a', name: 'Region 1', kind: 'include', shape: 'polygon', rings, enabled: true }],
  corrections: [],
};

test('the order of the fields, which the server changes, is no difference', () => {
  const back = { enabled: true, rings: structuredClone(rings), shape: 'polygon', kind: 'include', name: 'Region 1' };
  expect(areSameParameters(parameters, { ...parameters, regions: [{ ...back, id: 'a' } as never] })).toBe(true);
});

test('another name, another place or another correction is', () => {
  const [region] = parameters.regions;
  const renamed = { ...parameters, regions: [{ ...region!, name: 'Tumour' }] };
  const moved = { ...parameters, regions: [{ ...region!, rings: [rings[0]!.slice(1)] }] };
  const corrected = { ...parameters, corrections: [{ kind: 'delete', x: 1, y: 2 } as const] };
  for (const other of [renamed, moved, corrected]) expect(areSameParameters(parameters, other)).toBe(false);
});
