import { describe, expect, it } from 'vitest';
import { centiOpticalDensity } from '@/lib/imaging/colour/optical-density';
import { roundHalfEven, roundToTenth } from '@/lib/imaging/rounding';
import { autoMarkerThreshold, markerHistogram } from './marker-threshold';
import { autoSizeThreshold } from './size-threshold';

const BOUNDS = { lowest: 4, fallback: 7, highest: 10 };

describe('rounding', () => {
  it('takes halves to the even neighbour', () => {
    expect([0.5, 1.5, 2.5, 2.4999, 2.5001, 3, 0].map(roundHalfEven)).toEqual([0, 2, 2, 2, 3, 3, 0]);
  });

  it('rounds to tenths on the binary value', () => {
    // 6.25 and 18.75 are exact halves; 0.05 is stored a little above, 0.35 a little below.
    expect([6.25, 18.75, 0.05, 0.35, 100, 0, (100 * 8) / 114].map(roundToTenth)).toEqual([
      6.2, 18.8, 0.1, 0.3, 100, 0, 7,
    ]);
  });
});

describe('size threshold', () => {
  it('is 0 with fewer than two cells', () => {
    expect(autoSizeThreshold(Int32Array.of(), BOUNDS)).toBe(0);
    expect(autoSizeThreshold(Int32Array.of(400), BOUNDS)).toBe(0);
  });

  it('lies in the gap between debris and cells', () => {
    // Roots 2 and 14, equal in number: the density is lowest half way, at 8. Step 15/500; 8/0.03 = 266.7, so the
    // minimum is point 267 (8.01), the threshold one point before, 7.98, squared 63.68.
    const sizes = Int32Array.from([4, 4, 4, 196, 196, 196]);
    expect(autoSizeThreshold(sizes, BOUNDS)).toBe(64);
  });

  it('falls back when the gap lies too high, and stops at the lowest when it lies too low', () => {
    // Roots 2 and 24: the gap is at 13 > 10.
    expect(autoSizeThreshold(Int32Array.from([4, 576]), BOUNDS)).toBe(49);
    // One hump only: no minimum, so point 0.
    expect(autoSizeThreshold(Int32Array.from([400, 400, 410]), BOUNDS)).toBe(16);
  });
});

describe('marker threshold', () => {
  it('lies nine tenths up the range of non-zero brightness', () => {
    const counts = new Uint32Array(256);
    counts[0] = 1_000_000;
    for (let value = 10; value <= 209; value++) counts[value] = 100;
    // 20,000 values: rank 19.999 of them is 10, rank 19,979.001 is 209; 10 + round(179.1).
    expect(autoMarkerThreshold(counts)).toBe(189);
  });

  it('interpolates between neighbours in order', () => {
    const counts = new Uint32Array(256);
    counts[100] = 1;
    counts[200] = 1;
    // 100.1 and 199.9 round to 100 and 200; 100 + 90.
    expect(autoMarkerThreshold(counts)).toBe(190);
  });

  it('is 0 without any marker', () => {
    expect(autoMarkerThreshold(new Uint32Array(256))).toBe(0);
  });

  it('reads the largest channel', () => {
    const rgb = { data: Uint8Array.of(1, 2, 3, 9, 8, 7), width: 2, height: 1, channels: 3 as const };
    expect([...markerHistogram(rgb)].flatMap((n, value) => (n > 0 ? [[value, n]] : []))).toEqual([
      [3, 1],
      [9, 1],
    ]);
  });
});

it('measures optical density in hundredths, black as 1', () => {
  // 100 (log10(255/255) + log10(255/25.5 ...)): 26 is the nearest byte to a tenth, 99.16 hundredths.
  expect(centiOpticalDensity(255, 255, 255)).toBe(0);
  expect(centiOpticalDensity(255, 26, 255)).toBe(99);
  expect(centiOpticalDensity(0, 0, 0)).toBe(722);
});
