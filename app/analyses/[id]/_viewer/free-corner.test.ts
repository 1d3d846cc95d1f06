import { expect, test } from 'vitest';
import { freeCorner } from './free-corner';

const frame = { left: 100, top: 50, right: 490, bottom: 350 };
const size = { width: 200, height: 110 };
const around = (x: number, y: number, radius: number) => ({
  x0: x - radius,
  y0: y - radius,
  x1: x + radius,
  y1: y + radius,
});

test.each([
  ['topRight', 150, 300],
  ['topLeft', 440, 100],
  ['topRight', 400, 260],
  ['bottomRight', 290, 100],
] as const)('%s is free of a nucleus at %i, %i', (corner, x, y) => {
  expect(freeCorner(frame, size, [around(x, y, 20)])).toBe(corner);
});

test('in two panes, the corner is free of both', () => {
  expect(freeCorner(frame, size, [around(150, 100, 20), around(350, 100, 20)])).toBe('bottomRight');
});

test('where a nucleus fills the frame, the corner that hides the least of it is taken', () => {
  expect(freeCorner(frame, size, [{ x0: 90, y0: 120, x1: 500, y1: 400 }])).toBe('topRight');
});
