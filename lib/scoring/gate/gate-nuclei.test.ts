import { describe, expect, it } from 'vitest';
import { raster } from '@/lib/imaging/raster';
import { segmentNuclei } from '@/lib/scoring/find/find-nuclei';
import { gateNuclei, resolveGates } from './gate-nuclei';

/** Squares of `sides` px beside each other, with a gap between them. */
function drawSquares(sides: readonly number[]) {
  const pitch = 2 + Math.max(...sides);
  const width = pitch * sides.length;
  const data = new Uint8Array(3 * width * pitch);
  sides.forEach((side, n) => {
    for (let y = 1; y <= side; y++) for (let x = 1; x <= side; x++) data[3 * (y * width + n * pitch + x)] = 255;
  });
  return raster(data, width, pitch, 3);
}

describe('the automatic size threshold of connected components', () => {
  const segmentation = drawSquares([3, 4, 5, 6, 6, 6, 6]);

  // Rule: a picture is gated as at 40x, 20x or 10x, whichever its pixel size is nearest to as a ratio.
  it.each([
    [0.1, 16],
    [0.25, 16],
    [0.3535, 16],
    [0.3536, 9],
    [0.4, 9],
    [0.45, 9],
    [0.5, 9],
    [0.7, 9],
    [0.71, 4],
    [1, 4],
    [2, 4],
  ])('drops at %f µm per pixel what has no more than %i px', (micronsPerPixel, threshold) => {
    const table = segmentNuclei(
      { image: segmentation, segmentation, marker: null },
      { algorithm: 'deepliif', probThresh: 120, micronsPerPixel },
    );
    const auto = { sizeThresh: 'auto', sizeThreshUpper: null, markerThresh: null } as const;
    const thresholds = resolveGates(table, null, auto, micronsPerPixel);
    expect(thresholds.sizeThresh).toBe(threshold);
    const { kept } = gateNuclei(table, thresholds);
    expect(table.areaPx.filter((_, k) => kept[k])).toEqual(table.areaPx.filter((area) => area > threshold));
  });
});
