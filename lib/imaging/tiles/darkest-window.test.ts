import { expect, test } from 'vitest';
import { raster } from '@/lib/imaging/raster';
import { darkestWindow } from './darkest-window';

/** White, with a dark square. */
function draw(width: number, height: number, dark: { x: number; y: number; side: number }) {
  const image = raster(new Uint8Array(3 * width * height).fill(240), width, height, 3);
  for (let y = dark.y; y < dark.y + dark.side; y++)
    image.data.fill(90, 3 * (y * width + dark.x), 3 * (y * width + dark.x + dark.side));
  return image;
}

test.each([
  [400, 300, { x: 250, y: 170, side: 90 }],
  [400, 300, { x: 0, y: 0, side: 90 }],
  [400, 300, { x: 310, y: 210, side: 90 }],
  [1500, 1100, { x: 900, y: 300, side: 90 }],
])('of %i x %i pixels, the window holds the dark ones', (width, height, dark) => {
  const window = darkestWindow(draw(width, height, dark), 100);
  expect(window).toMatchObject({ width: 100, height: 100 });
  // It is tried at every eighth of its side.
  expect(Math.abs(window.x + 50 - (dark.x + 45))).toBeLessThanOrEqual(18);
  expect(Math.abs(window.y + 50 - (dark.y + 45))).toBeLessThanOrEqual(18);
  expect(window.x).toBeGreaterThanOrEqual(0);
  expect(window.x + 100).toBeLessThanOrEqual(width);
  expect(window.y + 100).toBeLessThanOrEqual(height);
});

test('a picture that is smaller than the window is taken whole, along each axis', () => {
  const image = draw(60, 200, { x: 10, y: 120, side: 30 });
  expect(darkestWindow(image, 100)).toMatchObject({ x: 0, width: 60, height: 100 });
  expect(darkestWindow(image, 500)).toEqual({ x: 0, y: 0, width: 60, height: 200 });
});
