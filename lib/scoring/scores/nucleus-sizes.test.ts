import { describe, expect, it } from 'vitest';
import { raster } from '@/lib/imaging/raster';
import { segmentNuclei } from '@/lib/scoring/find/find-nuclei';
import { likelierResolution } from './likelier-resolution';
import { measureSizes } from './nucleus-sizes';

/** Squares of `sides` px in rows of twenty, each blue in `Seg`. */
function drawSquares(sides: readonly number[]) {
  const pitch = 2 + Math.max(...sides);
  const width = pitch * 20;
  const height = pitch * Math.ceil(sides.length / 20);
  const data = new Uint8Array(3 * width * height);
  sides.forEach((side, n) => {
    const [left, top] = [(n % 20) * pitch, Math.floor(n / 20) * pitch];
    for (let y = 1; y <= side; y++) for (let x = 1; x <= side; x++) data[3 * ((top + y) * width + left + x) + 2] = 255;
  });
  return raster(data, width, height, 3);
}

function sizesOf(sides: readonly number[], micronsPerPixel: number) {
  const segmentation = drawSquares(sides);
  const options = { algorithm: 'deepliif', probThresh: 120, micronsPerPixel } as const;
  const found = segmentNuclei({ image: segmentation, segmentation, marker: null }, options);
  return measureSizes(found, micronsPerPixel);
}

const times = (count: number, side: number) => Array.from({ length: count }, () => side);

describe('the size of the nuclei, by which a magnification is judged', () => {
  it.each([
    ['none', []],
    ['as many', times(60, 4)],
    ['three times as many', times(180, 5)],
    ['of several sizes, all smaller than 3 µm²', [...times(80, 3), ...times(80, 6), ...times(40, 4)]],
  ])('is that of 60 nuclei beside specks, %s', (_, specks) => {
    const sizes = sizesOf([...times(60, 24), ...specks], 0.25);
    expect(sizes).toMatchObject({ count: 60 });
    // Squares of 6 µm are discs of 6.8 µm.
    expect(sizes!.medianDiameterPx * 0.25).toBeCloseTo(6.77, 2);
    expect(likelierResolution(sizes!.count, sizes!.medianDiameterPx, 0.25)).toBeNull();
  });

  it('counts what is larger than a speck, also where it is too small to be scored', () => {
    expect(sizesOf([...times(60, 24), ...times(10, 7)], 0.25)).toMatchObject({ count: 70 });
  });

  it('is none where there are but specks', () => {
    expect(sizesOf(times(50, 6), 0.25)).toBeNull();
  });
});
