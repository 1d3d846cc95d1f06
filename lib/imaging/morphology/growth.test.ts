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

/** As `growLabels` is described, without any of its short cuts. */
function growSlowly(labels: Int32Array, open: Uint8Array, width: number, radius: number): Int32Array {
  const height = labels.length / width;
  const at = (from: Int32Array, x: number, y: number) =>
    x >= 0 && y >= 0 && x < width && y < height ? from[y * width + x] : 0;
  const steps = Array.from({ length: 81 }, (_, n) => ({ dx: (n % 9) - 4, dy: Math.floor(n / 9) - 4 }))
    .map((step) => ({ ...step, squared: step.dx ** 2 + step.dy ** 2 }))
    .filter(({ squared }) => squared > 0 && squared <= radius ** 2)
    .sort((a, b) => a.squared - b.squared);
  const taken = Array.from(labels, (label, i) => {
    if (label > 0 || open[i] === 0) return null;
    const [x, y] = [i % width, Math.floor(i / width)];
    const nearest = steps.find(({ dx, dy }) => at(labels, x + dx, y + dy) > 0);
    return nearest ? { i, squared: nearest.squared, label: at(labels, x + nearest.dx, y + nearest.dy) } : null;
  }).filter((pixel) => pixel !== null);
  const grown = labels.slice();
  for (const { i, label } of taken.sort((a, b) => a.squared - b.squared || a.i - b.i)) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const around = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => at(grown, x + dx, y + dy)));
    if (around.includes(label)) grown[i] = label;
  }
  return grown;
}

it.each([1, 2, 2.3, 2.5, 2.8, 3, 3.5])('grows by %f px in any picture as described', (radius) => {
  const [width, height] = [40, 30];
  let state = 7;
  const random = () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state / 2 ** 31;
  };
  const labels = Int32Array.from({ length: width * height }, () =>
    random() < 0.04 ? 1 + Math.floor(random() * 50) : 0,
  );
  const open = Uint8Array.from({ length: width * height }, () => (random() < 0.7 ? 1 : 0));
  const expected = growSlowly(labels, open, width, radius);
  growLabels({ data: labels, width, height }, findRuns({ data: open, width, height }), radius);
  expect([...labels]).toEqual([...expected]);
});
