import { expect, it } from 'vitest';
import { completeThresholds, type Thresholds } from './thresholds';

const defaults: Thresholds = {
  algorithm: 'watershed',
  probThresh: 97,
  sizeThresh: 'auto',
  sizeThreshUpper: 900,
  markerThresh: 'auto',
};
const stated: Thresholds = {
  algorithm: 'deepliif',
  probThresh: 0,
  sizeThresh: 0,
  sizeThreshUpper: null,
  markerThresh: null,
};

it('takes what is stated, 0 and null too, and the default for what is not', () => {
  expect(completeThresholds({}, defaults)).toEqual(defaults);
  expect(completeThresholds(stated, defaults)).toEqual(stated);
  for (const name of Object.keys(defaults) as (keyof Thresholds)[])
    expect(completeThresholds({ [name]: stated[name] }, defaults)).toEqual({ ...defaults, [name]: stated[name] });
});
