import { describe, expect, it } from 'vitest';
import type { Algorithm } from '@/lib/scoring/thresholds';
import { drawScene, randomSource, scatterNuclei } from '../__fixtures__/draw-scene';
import {
  cutRows,
  findBand,
  joinBands,
  nucleusAt,
  paintLabels,
  planBands,
  segmentBand,
  segmentOpen,
} from './band-nuclei';
import { segmentNuclei } from './find-nuclei';
import { readPlanes } from './nucleus-planes';
import { traceContours } from './trace-contours';

const [WIDTH, HEIGHT] = [230, 300];
const scene = drawScene(WIDTH, HEIGHT, scatterNuclei(WIDTH, HEIGHT, 130, 5));

/** A whole picture compared by vitest itself takes seconds. */
const areSame = (a: Int32Array, b: Int32Array) => a.length === b.length && a.every((value, i) => value === b[i]);

function inBands(count: number, options: { algorithm: Algorithm; probThresh: number; micronsPerPixel: number }) {
  return joinBands(
    planBands(HEIGHT, count, options).flatMap((band) => {
      const found = segmentBand(readPlanes(cutRows(scene, band.seen)), band, HEIGHT, options);
      return found.openFrom === null ? [found] : [found, ...segmentOpen(scene, band, found.openFrom, options)];
    }),
  );
}

describe('nuclei found band by band', () => {
  // At 1 and 2 µm per pixel a band sees little beyond its rows, so that clusters stay open.
  it.each([0.25, 0.5, 1, 2])('are those of the whole picture, to the bit, at %f µm per pixel', (micronsPerPixel) => {
    const random = randomSource(3);
    for (let round = 0; round < 5; round++) {
      const probThresh = round === 0 ? 0 : Math.floor(random() * 255);
      const options = { algorithm: round === 1 ? 'deepliif' : 'watershed', probThresh, micronsPerPixel } as const;
      const table = segmentNuclei(scene, options);
      const banded = inBands(2 + Math.floor(random() * 12), options);
      expect(table).toMatchObject(banded.columns);
      expect(areSame(paintLabels(banded.pieces, WIDTH, HEIGHT).data, table.labelMap.data)).toBe(true);
      expect(banded.contours).toEqual(traceContours(table));
    }
  });

  it('are those of the whole picture where touching nuclei reach through many bands', () => {
    const [width, height, pitch] = [60, 600, 28];
    const chain = drawScene(width, height, []);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const centre = pitch * Math.round(y / pitch);
        if (Math.hypot(x - 30, y - centre) < 16) chain.segmentation.data[3 * (y * width + x) + 2] = 255;
      }
    const options = { algorithm: 'watershed', probThresh: 100, micronsPerPixel: 0.25 } as const;
    const table = segmentNuclei(chain, options);
    expect(table.count).toBe(22);
    const bands = planBands(height, 10, options);
    const found = bands.map((band) => findBand(chain, band, options));
    // The first band owns the chain, and looks again until it has seen all of it.
    expect(found.map((parts) => parts.length > 1)).toEqual(bands.map((_, n) => n === 0));
    const banded = joinBands(found.flat());
    expect(table).toMatchObject(banded.columns);
    expect(areSame(paintLabels(banded.pieces, width, height).data, table.labelMap.data)).toBe(true);
  });

  it('are found again by a pixel of theirs', () => {
    const options = { algorithm: 'watershed', probThresh: 100, micronsPerPixel: 0.5 } as const;
    const { pieces } = inBands(5, options);
    const { data } = segmentNuclei(scene, options).labelMap;
    expect(
      areSame(
        data.map((_, i) => nucleusAt(pieces, i) + 1),
        data,
      ),
    ).toBe(true);
  });
});
