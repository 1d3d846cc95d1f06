import { expect, it } from 'vitest';
import { clear } from './raster';

it.each([0, 1, 7, 8, 9, 24, 30])('clear sets %i bytes to 0, wherever they lie, and no others', (length) => {
  for (const from of [0, 1, 5, 8]) {
    const all = new Uint8Array(new SharedArrayBuffer(48)).fill(7);
    clear({ data: all.subarray(from, from + length), width: length, height: 1, channels: 1 });
    expect(all.indexOf(0)).toBe(length === 0 ? -1 : from);
    expect(all.filter((value) => value === 0).length).toBe(length);
    expect(all.lastIndexOf(0)).toBe(length === 0 ? -1 : from + length - 1);
  }
});
