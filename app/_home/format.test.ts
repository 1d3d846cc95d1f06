import { expect, test } from 'vitest';
import { formatBytes, whyNot } from './format';

test('sizes are in decimal units', () => {
  expect([0, 999, 1000, 45_600, 12_345_678, 200e6, 4e9].map(formatBytes)).toEqual([
    '0 bytes',
    '999 bytes',
    '1 kB',
    '46 kB',
    '12.4 MB',
    '200 MB',
    '4 GB',
  ]);
});

test('a byte above a limit does not read as the limit', () => {
  expect(formatBytes(200e6 + 1)).toBe('200.1 MB');
});

test('what cannot be sent is told with the limit and what was got', () => {
  const file = { name: 'a.tif', size: 10 };
  expect(whyNot([file], 10)).toBeNull();
  expect(whyNot([file], 9)).toBe('a.tif is 10 bytes; this server takes images of up to 9 bytes.');
  expect(whyNot([{ name: 'a.tif', size: 0 }], 9)).toBe('a.tif is empty: it holds 0 bytes.');
});

test('a MIRAX slide is asked for as a ZIP, since its main file shows the glass with its label', () => {
  const files = ['s.mrxs', 'Slidedat.ini', 'Data0001.dat'].map((name) => ({ name, size: 10 }));
  const sentence = 's.mrxs only shows the glass: the slide lies in the folder of the same name. Send both in one ZIP.';
  expect(whyNot(files.slice(0, 1), 10)).toBe(sentence);
  expect(whyNot(files, 10)).toBe(sentence);
  expect(whyNot([{ name: 's.zip', size: 10 }], 10)).toBeNull();
  expect(whyNot(files.slice(1), 1)).toBeNull();
});
