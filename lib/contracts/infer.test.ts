import { describe, expect, it } from 'vitest';
import { labelsOf } from '@/lib/exchange/__fixtures__/drawn-nuclei';
import { describeCells } from '@/lib/exchange/cells';
import { frameOf } from '@/lib/exchange/coordinate-frame';
import { describeNuclei } from '@/lib/exchange/nuclei';
import { describeObjects } from '@/lib/exchange/qupath-geojson';
import { measureNuclei } from '@/lib/scoring/find/measure-nuclei';
import { runsOfLabels } from '@/lib/scoring/find/nucleus-runs';
import { INTENSITY_THRESHOLDS } from '@/lib/scoring/scores/h-score';
import { Cell, CellFeatures } from './infer';

/** Three nuclei: a triangle with a hole, one pixel, two pixels that touch at a corner. */
const LABELS = labelsOf('11.....', '1.1..2.', '1111...', '.....3.', '......3');
const RUNS = runsOfLabels(LABELS);
const MEASURED = measureNuclei(RUNS, 3, {
  ...LABELS,
  addStain: (_from, _to, sums) => {
    sums.density += 150;
  },
  marker: null,
});

const KINDS = { kind: Uint8Array.of(0, 1, 2), likelihood: Float32Array.of(0.5, 0.75, 1), named: null };

describe('describeCells', () => {
  const nuclei = describeNuclei(
    { count: 3, ...MEASURED, markerMax: Uint8Array.of(200, 3, 0) },
    { pieces: [RUNS], width: LABELS.width },
    { counted: Uint8Array.of(1, 1, 1), positive: Uint8Array.of(1, 0, 1), kinds: KINDS },
    { micronsPerPixel: 0.5, intensity: INTENSITY_THRESHOLDS },
  );

  it('counts from corners, gives x before y, and areas in both units', () => {
    const [triangle, pixel, pair] = describeCells(nuclei, frameOf('image', LABELS, null));
    expect(triangle).toMatchObject({ id: 1, positive: true, area_px: 8, area_um2: 2, bbox: [0, 0, 4, 3] });
    expect(triangle).toMatchObject({ centroid: [1.63, 1.75], marker_max: 200 });
    expect(triangle?.contour[0]).toEqual([0, 0]);
    expect(triangle?.holes).toEqual([
      [
        [2, 1],
        [1, 1],
        [1, 2],
        [2, 2],
      ],
    ]);
    expect(pixel).toMatchObject({ centroid: [5.5, 1.5], bbox: [5, 1, 6, 2] });
    expect(pixel?.contour).toEqual([
      [5, 1],
      [6, 1],
      [6, 2],
      [5, 2],
    ]);
    expect(pixel).not.toHaveProperty('holes');
    expect(pair?.contour).toHaveLength(8);
  });

  it('counts in pixels of the slide on request; areas stay those of the picture', () => {
    const part = { level: 2, downsample: 4, region: { x: 1000, y: 500, width: 28, height: 20 } };
    const [, pixel] = describeCells(nuclei, frameOf('slide', LABELS, part));
    expect(pixel).toMatchObject({ centroid: [1022, 506], bbox: [1020, 504, 1024, 508], area_px: 1, area_um2: 0.25 });
    expect(pixel?.contour).toEqual([
      [1020, 504],
      [1024, 504],
      [1024, 508],
      [1020, 508],
    ]);
  });

  it('gives cells and GeoJSON that the contract knows, and that agree', () => {
    const frame = frameOf('image', LABELS, null);
    const cells = describeCells(nuclei, frame).map((cell) => Cell.parse(cell));
    const collection = describeObjects(nuclei, [], { frame, micronsPerPixel: 0.5, classes: 'positive' });
    expect(CellFeatures.parse(collection)).toEqual(collection);
    const pointsOf = (coordinates: unknown) => JSON.stringify(coordinates).match(/\[[\d.]+,[\d.]+\]/g);
    for (const [i, { geometry }] of collection.features.entries()) {
      const { contour, holes = [] } = cells[i]!;
      expect(new Set(pointsOf(geometry.coordinates))).toEqual(new Set(pointsOf([contour, ...holes])));
    }
  });
});
