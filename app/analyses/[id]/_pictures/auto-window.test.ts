import { expect, test } from 'vitest';
import { autoHigh } from './auto-window';

test('a window opens as far as the picture is bright, and not for noise', () => {
  const histogram = (bright: number) =>
    Uint32Array.from({ length: 256 }, (_, v) => (v === 0 ? 9000 : v === bright ? 1000 : 0));
  expect([autoHigh(histogram(180)), autoHigh(histogram(12))]).toEqual([180, 64]);
});
