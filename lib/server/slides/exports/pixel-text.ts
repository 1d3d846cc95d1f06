import 'server-only';
import type { Raster } from '@/lib/imaging/raster';

/** Letters in a grid of 5 x 7, a row a number, the left pixel in the highest bit. Servers need no fonts for these. */
const LETTERS: Record<string, readonly number[]> = {
  ' ': [0, 0, 0, 0, 0, 0, 0],
  '0': [14, 17, 19, 21, 25, 17, 14],
  '1': [4, 12, 4, 4, 4, 4, 14],
  '2': [14, 17, 1, 2, 4, 8, 31],
  '3': [31, 2, 4, 2, 1, 17, 14],
  '4': [2, 6, 10, 18, 31, 2, 2],
  '5': [31, 16, 30, 1, 1, 17, 14],
  '6': [6, 8, 16, 30, 17, 17, 14],
  '7': [31, 1, 2, 4, 8, 8, 8],
  '8': [14, 17, 17, 14, 17, 17, 14],
  '9': [14, 17, 17, 15, 1, 2, 12],
  '%': [24, 25, 2, 4, 8, 19, 3],
  ',': [0, 0, 0, 0, 12, 4, 8],
  '.': [0, 0, 0, 0, 0, 12, 12],
  ':': [0, 12, 12, 0, 12, 12, 0],
  '²': [12, 2, 4, 14, 0, 0, 0],
  µ: [0, 0, 17, 17, 19, 29, 16],
  a: [0, 0, 14, 1, 15, 17, 15],
  b: [16, 16, 22, 25, 17, 17, 30],
  c: [0, 0, 14, 16, 16, 17, 14],
  d: [1, 1, 13, 19, 17, 17, 15],
  e: [0, 0, 14, 17, 31, 16, 14],
  f: [6, 9, 8, 28, 8, 8, 8],
  g: [0, 15, 17, 17, 15, 1, 14],
  h: [16, 16, 22, 25, 17, 17, 17],
  i: [4, 0, 12, 4, 4, 4, 14],
  l: [12, 4, 4, 4, 4, 4, 14],
  m: [0, 0, 26, 21, 21, 17, 17],
  n: [0, 0, 22, 25, 17, 17, 17],
  o: [0, 0, 14, 17, 17, 17, 14],
  p: [0, 0, 30, 17, 30, 16, 16],
  q: [0, 0, 13, 19, 15, 1, 1],
  r: [0, 0, 22, 25, 16, 16, 16],
  s: [0, 0, 14, 16, 14, 1, 30],
  t: [8, 8, 28, 8, 8, 9, 6],
  u: [0, 0, 17, 17, 17, 19, 13],
  v: [0, 0, 17, 17, 17, 10, 4],
  w: [0, 0, 17, 17, 21, 21, 10],
  x: [0, 0, 17, 10, 4, 10, 17],
};
const [COLUMNS, ROWS] = [5, 7];
/** With the gap behind a letter. */
const PITCH = COLUMNS + 1;

/** @param zoom - pixels of the picture for one of a letter */
export const textWidth = (text: string, zoom: number): number => Math.max(0, [...text].length * PITCH - 1) * zoom;
export const textHeight = (zoom: number): number => ROWS * zoom;

/**
 * Writes dark letters into an RGB picture; what lies beyond its edges is left out.
 *
 * @throws RangeError for a letter that has no shape here
 */
export function writeText({ data, width, height }: Raster, text: string, x: number, y: number, zoom: number): void {
  for (const [n, letter] of [...text].entries()) {
    const rows = LETTERS[letter];
    if (!rows) throw new RangeError(`no shape for the letter ${JSON.stringify(letter)}`);
    for (let row = 0; row < ROWS * zoom; row++)
      for (let column = 0; column < COLUMNS * zoom; column++) {
        const bits = rows[Math.floor(row / zoom)] ?? 0;
        if (((bits >> (COLUMNS - 1 - Math.floor(column / zoom))) & 1) === 0) continue;
        const [left, top] = [x + n * PITCH * zoom + column, y + row];
        if (left < 0 || left >= width || top < 0 || top >= height) continue;
        data.fill(INK, 3 * (top * width + left), 3 * (top * width + left) + 3);
      }
  }
}

const INK = 30;
