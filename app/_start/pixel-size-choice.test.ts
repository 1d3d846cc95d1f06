import { expect, test } from 'vitest';
import { estimateSeconds, formatEstimate } from './estimate';
import { micronsOf, presetFor, startBody, UNCHOSEN } from './pixel-size-choice';

test('a stated pixel size chooses its magnification, or stands as it is', () => {
  expect(presetFor(0.2521)).toEqual({ name: '40x', typed: '0.2521' });
  expect(presetFor(0.5)).toMatchObject({ name: '20x' });
  expect(presetFor(0.34567)).toEqual({ name: 'other', typed: '0.3457' });
  expect(presetFor(null)).toEqual(UNCHOSEN);
});

test.each([
  ['0.3', 0.3],
  [' 0,3 ', 0.3],
  ['', null],
  ['ten', null],
  ['0.05', null],
  ['3', null],
])('typed %j is %s µm per pixel', (typed, expected) => {
  expect(micronsOf({ name: 'other', typed })).toBe(expected);
});

test("an untouched proposal leaves the file's own word; every other choice is said", () => {
  expect(startBody(presetFor(0.2521), 0.2521)).toEqual({});
  expect(startBody({ name: '20x', typed: '0.2521' }, 0.2521)).toEqual({ resolution: '20x' });
  expect(startBody({ name: 'other', typed: '0.3' }, 0.2521)).toEqual({ microns_per_pixel: 0.3 });
  expect(startBody({ name: '20x', typed: '' }, null)).toEqual({ resolution: '20x' });
});

test('nothing chosen is no size', () => {
  expect(micronsOf(UNCHOSEN)).toBeNull();
  expect(startBody(UNCHOSEN, null)).toEqual({});
});

test('an estimate grows with the pixels that the network sees', () => {
  const speed = {
    secondsPerMegapixel: 3,
    micronsPerPixel: 0.25,
    others: [{ from: 0.38, to: 0.6, micronsPerPixel: 0.5 }],
  };
  expect(estimateSeconds({ width: 1000, height: 1000 }, 0.25, speed)).toBe(5);
  expect(estimateSeconds({ width: 1000, height: 1000 }, 1, speed)).toBe(50);
  expect(estimateSeconds({ width: 1000, height: 1000 }, 0.5, speed)).toBe(5);
  expect(estimateSeconds({ width: 1000, height: 1000 }, 0.625, speed)).toBe(20.75);
  expect([3, 12, 59, 61, 300, 9000].map(formatEstimate)).toEqual([
    'about 5 s',
    'about 15 s',
    'about 60 s',
    'about 1 min',
    'about 5 min',
    'about 3 h',
  ]);
});
