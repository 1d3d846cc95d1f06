import { expect, it } from 'vitest';
import { findRuns } from '@/lib/imaging/runs';
import { growLabels } from './growth';

/** Digits are labels, `.` is open, a blank is closed. Returns the picture after growth. */
function grow(radius: number, ...rows: string[]): string[] {
  const width = rows[0].length;
  const height = rows.length;
  const labels = Int32Array.from(rows.join(''), (c) => (c >= '1' && c <= '9' ? Number(c) : 0));
  const open = Uint8Array.from(rows.join(''), (c) => (c === '.' ? 1 : 0));
  growLabels({ data: labels, width, height }, findRuns({ data: open, width, height }), radius);
  return rows.map((row, y) => [...row].map((c, x) => labels[y * width + x] || c).join(''));
}

it('grows a disc up to the radius', () => {
  expect(grow(1.5, '.....', '.....', '..1..', '.....', '.....')).toEqual(['.....', '.111.', '.111.', '.111.', '.....']);
  expect(grow(2, '.....', '.....', '..1..', '.....', '.....')).toEqual(['..1..', '.111.', '11111', '.111.', '..1..']);
});

it('gives each pixel to the nearest label, ties to the first met in raster order', () => {
  expect(grow(3, '1...2.')).toEqual(['111222']);
  expect(grow(9, '1', '.', '2')).toEqual(['1', '1', '2']);
});

it('neither enters closed pixels nor leaps over them', () => {
  expect(grow(4, '1. ..')).toEqual(['11 ..']);
});

it('keeps labels that are there', () => {
  expect(grow(1, '123')).toEqual(['123']);
});

it('does not grow round the side of the picture into the next row', () => {
  expect(grow(1, '...', '..1', '...', '...')).toEqual(['..1', '.11', '..1', '...']);
  expect(grow(1, '...', '...', '1..', '...')).toEqual(['...', '1..', '11.', '1..']);
});
