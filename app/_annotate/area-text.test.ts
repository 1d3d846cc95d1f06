import { expect, it } from 'vitest';
import { areaText } from './area-text';

it.each([
  [4_000_000, 0.5, '1 mm²'],
  [40_000, 0.5, '0.01 mm²'],
  [39_999, 0.5, '10,000 µm²'],
  [400, 0.5, '100 µm²'],
  [123_456_789, 0.25, '7.72 mm²'],
  [12_345, null, '12,300 px²'],
])('%d pixels at %s µm are %s', (pixels, size, text) => {
  expect(areaText(pixels, size)).toBe(text);
});
