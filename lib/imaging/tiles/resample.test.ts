import { describe, expect, it } from 'vitest';
import { raster } from '@/lib/imaging/raster';
import { axisTaps, reflectIndex, resampleInto } from './resample';

/** One row through the filter. */
function resampleRow(values: number[], start: number, length: number, step: number): number[] {
  const out = raster(new Uint8Array(length), length, 1, 1);
  const source = raster(Uint8Array.from(values), values.length, 1, 1);
  resampleInto(source, axisTaps(start, length, step, 0, values.length), axisTaps(0, 1, 1, 0, 1), out, 0, 0);
  return [...out.data];
}

describe('reflectIndex', () => {
  it('mirrors about the end pixels without repeating them', () => {
    expect([-3, -2, -1, 0, 1, 2, 3, 4, 5, 6].map((i) => reflectIndex(i, 4))).toEqual([3, 2, 1, 0, 1, 2, 3, 2, 1, 0]);
  });
  it('stays inside a picture one pixel wide', () => {
    expect([-5, 0, 7].map((i) => reflectIndex(i, 1))).toEqual([0, 0, 0]);
  });
});

describe('resampleInto', () => {
  it('copies at scale 1 and reflects past the edges', () => {
    expect(resampleRow([10, 20, 30, 40], -2, 8, 1)).toEqual([30, 20, 10, 20, 30, 40, 30, 20]);
  });
  it('interpolates between pixel centres when enlarging', () => {
    // Sample centres at 0.25 and 0.75 of the way between the two source centres; outer ones mirror.
    expect(resampleRow([0, 100], 0, 4, 0.5)).toEqual([25, 25, 75, 75]);
  });
  it('averages by area when reducing, so that a fine pattern becomes its mean', () => {
    const stripes = Array.from({ length: 64 }, (_, i) => (i % 2) * 200);
    for (const value of resampleRow(stripes, 2, 12, 4)) expect(value).toBe(100);
  });
  it('keeps a constant picture constant at any scale', () => {
    for (const step of [0.25, 0.37, 1, 1.7, 4])
      expect(new Set(resampleRow(Array(40).fill(137), -5, 30, step))).toEqual(new Set([137]));
  });
  it.each([
    ['halves', 2, [1, 3, 3, 1]],
    ['doubles', 0.5, [3, 1]],
  ] as const)('%s a picture by whole numbers, to the bit', (_what, step, shares) => {
    for (const channels of [1, 3] as const) {
      const [side, length] = [9, 11];
      const source = raster(
        Uint8Array.from({ length: side * side * channels }, (_, i) => (i * 89 + (i >> 3)) % 256),
        side,
        side,
        channels,
      );
      const out = raster(new Uint8Array(length * length * channels), length, length, channels);
      const taps = axisTaps(-3, length, step, 0, side);
      resampleInto(source, taps, taps, out, 0, 0);
      // Where sample i looks: source pixels and their shares, by the definition of a triangle filter.
      const looks = (i: number) => {
        const centre = (i - 3 + 0.5) * step - 0.5;
        const first = Math.floor(centre) - shares.length / 2 + 1;
        const nearer = centre - Math.floor(centre) > 0.5;
        return shares.map((share, t) => ({
          at: reflectIndex(first + t, side),
          share: (shares.length === 2 && nearer ? shares[1 - t]! : share) / (step === 2 ? 8 : 4),
        }));
      };
      for (let y = 0; y < length; y++)
        for (let x = 0; x < length; x++)
          for (let k = 0; k < channels; k++) {
            let sum = 0;
            for (const row of looks(y))
              for (const column of looks(x))
                sum += row.share * column.share * source.data[(row.at * side + column.at) * channels + k]!;
            expect(out.data[(y * length + x) * channels + k]).toBe(Math.floor(sum + 0.5));
          }
    }
  });
  it.each([0.8, 1.25, 1.6, 3.1])('mixes pixels by the weights of its taps at a scale of %s', (step) => {
    const [side, length] = [14, 9];
    for (const channels of [1, 3] as const) {
      const bytes = Uint8Array.from({ length: side * side * channels }, (_, i) => (i * 89 + (i >> 3)) % 256);
      const source = raster(bytes, side, side, channels);
      const out = raster(new Uint8Array(length * length * channels), length, length, channels);
      const taps = axisTaps(-2, length, step, 0, side);
      resampleInto(source, taps, taps, out, 0, 0);
      const { count, index, weight } = taps;
      const plain = (x: number, y: number, k: number) => {
        let sum = 0;
        for (let a = y * count; a < (y + 1) * count; a++)
          for (let b = x * count; b < (x + 1) * count; b++)
            sum += weight[a]! * weight[b]! * bytes[(index[a]! * side + index[b]!) * channels + k]!;
        return sum;
      };
      for (let y = 0; y < length; y++)
        for (let x = 0; x < length; x++)
          for (let k = 0; k < channels; k++)
            expect(Math.abs(out.data[(y * length + x) * channels + k]! - plain(x, y, k))).toBeLessThanOrEqual(0.501);
    }
  });
  it.each([
    ['2', 6, 4 / 6],
    ['4', 4, 2],
    ['8', 2, 4],
  ])('treats rows as it treats columns, of %s taps', (_taps, length, step) => {
    const side = 8;
    const bytes = Uint8Array.from({ length: side * side * 3 }, (_, i) => (i * 37) % 251);
    const source = raster(bytes, side, side, 3);
    const flipped = raster(new Uint8Array(bytes.length), side, side, 3);
    for (let r = 0; r < side; r++)
      for (let c = 0; c < side; c++)
        for (let k = 0; k < 3; k++) flipped.data[(c * side + r) * 3 + k] = bytes[(r * side + c) * 3 + k]!;
    const across = raster(new Uint8Array(length * side * 3), length, side, 3);
    resampleInto(source, axisTaps(0, length, step, 0, side), axisTaps(0, side, 1, 0, side), across, 0, 0);
    const down = raster(new Uint8Array(length * side * 3), side, length, 3);
    resampleInto(flipped, axisTaps(0, side, 1, 0, side), axisTaps(0, length, step, 0, side), down, 0, 0);
    // The order of the two passes rounds differently in single precision.
    for (let r = 0; r < side; r++)
      for (let c = 0; c < length; c++)
        for (let k = 0; k < 3; k++)
          expect(
            Math.abs(down.data[(c * side + r) * 3 + k]! - across.data[(r * length + c) * 3 + k]!),
          ).toBeLessThanOrEqual(1);
  });
});
