import { describe, expect, it } from 'vitest';
import { raster } from '@/lib/imaging/raster';
import { lookAt, proposeResolution, type ScaleLook } from './propose-resolution';

/** What is seen at 40x, 20x and 10x: diameters in µm as if that was right, the network's certainty, and counts. */
const looks = (diameters: number[], certainty: number[], count = [100, 100, 100]): ScaleLook[] =>
  [0.25, 0.5, 1].map((micronsPerPixel, i) => ({
    micronsPerPixel,
    count: count[i]!,
    medianDiameterPx: diameters[i]! / micronsPerPixel,
    certainty: certainty[i]!,
  }));

describe('proposeResolution', () => {
  it.each([
    ['40x', [6.5, 13, 26], [140, 190, 200], 26],
    ['20x', [3.2, 6.5, 13], [80, 140, 190], 13],
    ['10x', [1.8, 3.2, 6.5], [60, 85, 140], 6.5],
  ] as const)('proposes %s where nuclei then have the size of nuclei', (name, diameters, certainty, px) => {
    expect(proposeResolution(looks([...diameters], [...certainty]))).toEqual({
      name,
      count: 100,
      medianDiameterPx: px,
    });
  });
  it('proposes nothing between two', () => {
    expect(proposeResolution(looks([4.6, 9.2, 18.4], [120, 165, 190]))).toBeNull();
  });
  it('passes over a magnification at which fewer than twenty nuclei are seen', () => {
    const of = (count: number) => proposeResolution(looks([6.5, 13, 26], [140, 190, 200], [count, 0, 0]));
    expect(of(20)?.name).toBe('40x');
    expect(of(19)).toBeNull();
  });
  it('proposes nothing where nothing that is seen has the size of nuclei', () => {
    expect(proposeResolution(looks([2.7, 1.5, 0.8], [140, 60, 40]))).toBeNull();
    expect(proposeResolution([])).toBeNull();
  });
});

it('a look has the median size of nuclei, and the certainty inside of them alone', () => {
  const labelMap = { data: Int32Array.of(1, 1, 1, 1, 0, 0), width: 6, height: 1 };
  const segmentation = raster(
    Uint8Array.from([100, 0, 20, 60, 0, 90, 0, 0, 120, 130, 9, 0, 255, 255, 255, 9, 9, 9]),
    6,
    1,
    3,
  );
  expect(lookAt({ areaPx: Int32Array.of(4), labelMap }, segmentation, 1)).toEqual({
    micronsPerPixel: 1,
    count: 1,
    medianDiameterPx: 2 * Math.sqrt(4 / Math.PI),
    certainty: (100 + 90 + 120 + 130) / 4,
  });
  const empty = { data: new Int32Array(6), width: 6, height: 1 };
  expect(lookAt({ areaPx: new Int32Array(0), labelMap: empty }, segmentation, 1)).toMatchObject({
    count: 0,
    certainty: 0,
  });
});
