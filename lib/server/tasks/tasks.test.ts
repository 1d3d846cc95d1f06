import { describe, expect, it } from 'vitest';
import { Cell, CellFeatures, InferResult } from '@/lib/contracts/infer';
import { labelsOf } from '@/lib/exchange/__fixtures__/drawn-nuclei';
import { frameOf } from '@/lib/exchange/coordinate-frame';
import { describeObjects } from '@/lib/exchange/qupath-geojson';
import { measureNuclei } from '@/lib/scoring/find/measure-nuclei';
import type { NucleusRecords } from '@/lib/scoring/find/nucleus-records';
import { runsOfLabels } from '@/lib/scoring/find/nucleus-runs';
import { INTENSITY_THRESHOLDS } from '@/lib/scoring/scores/h-score';
import { choosePixelSize } from '@/lib/server/results/choose-pixel-size';
import type { ComposedResult } from '@/lib/server/results/compose-result';
import { describeCells, exportNuclei } from '@/lib/server/results/describe-nuclei';
import { resultResponse } from '@/lib/server/results/result-body';

describe('choosePixelSize', () => {
  it('takes the request’s word, then the file’s, then 20x', () => {
    expect(choosePixelSize({ microns_per_pixel: 0.3, resolution: '10x' }, { micronsPerPixel: 0.3 })).toEqual({
      micronsPerPixel: 0.3,
      source: 'microns_per_pixel',
      warnings: [],
    });
    expect(choosePixelSize({ resolution: '40x' }, { micronsPerPixel: null })).toMatchObject({
      micronsPerPixel: 0.25,
      source: 'resolution',
    });
    expect(choosePixelSize({}, { micronsPerPixel: 0.23 })).toEqual({
      micronsPerPixel: 0.23,
      source: 'file',
      warnings: [],
    });
    expect(choosePixelSize({}, { micronsPerPixel: null })).toMatchObject({ micronsPerPixel: 0.5, source: 'default' });
  });

  it('says so when the two are different objectives, and when nobody knows', () => {
    expect(choosePixelSize({ resolution: '20x' }, { micronsPerPixel: 0.25 }).warnings).toEqual([
      {
        code: 'pixel_size_differs',
        detail: 'The file states 0.25 µm per pixel, the request 0.5; the latter was used.',
      },
    ]);
    expect(choosePixelSize({ resolution: '40x' }, { micronsPerPixel: 0.23 }).warnings).toEqual([]);
    expect(choosePixelSize({}, { micronsPerPixel: null }).warnings).toMatchObject([{ code: 'pixel_size_assumed' }]);
  });

  it('counts for the level that is read, up to the largest pixel that is analysed', () => {
    const level = { micronsPerPixel: 0.25, downsample: 4.001 };
    expect(choosePixelSize({}, level)).toMatchObject({ micronsPerPixel: 1.0003, source: 'file' });
    // The sides of a level are rounded.
    expect(choosePixelSize({ resolution: '20x' }, level).micronsPerPixel).toBe(2);
    expect(() => choosePixelSize({ resolution: '10x' }, level)).toThrow(
      'level: at this level a pixel is 4.001 µm wide; at most 2 µm are analysed',
    );
  });
});

/** Three nuclei: a triangle with a hole, one pixel, two pixels that touch at a corner. */
const LABELS = labelsOf('11.....', '1.1..2.', '1111...', '.....3.', '......3');
const MEASURED = measureNuclei(runsOfLabels(LABELS), 3, { ...LABELS, sumDensity: () => 150, marker: null });
const RECORDS: NucleusRecords = {
  count: 3,
  ...MEASURED,
  positive: Uint8Array.of(1, 0, 1),
  markerMax: Uint8Array.of(200, 3, 0),
  runs: runsOfLabels(LABELS),
};

describe('describeCells', () => {
  const nuclei = exportNuclei(RECORDS, LABELS.width, { micronsPerPixel: 0.5, intensity: INTENSITY_THRESHOLDS });

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

describe('resultResponse', () => {
  const provenance = {
    model: 'm@1.0.0',
    model_sha256: 'ab',
    file_sha256: 'cd',
    software: '1',
    commit: 'unknown',
    provider: 'cpu',
    microns_per_pixel: 0.5,
    microns_per_pixel_source: 'default' as const,
    algorithm: null,
  };
  const rest = Buffer.from(JSON.stringify({ provenance, warnings: [] }));
  // Longer than a slice of the stream, and no multiple of three.
  const bytes = Buffer.from(Uint8Array.from({ length: 2_000_003 }, (_, i) => (i * 31) % 256));

  it('sends base64 in slices that join to the very bytes', async () => {
    const stored: ComposedResult = {
      images: [
        { name: 'Hema', png: bytes },
        { name: 'Seg', png: Buffer.from('ab') },
      ],
      rest,
    };
    const { images, ...others } = InferResult.parse(await resultResponse(stored).json());
    expect(Object.keys(images)).toEqual(['Hema', 'Seg']);
    expect(Buffer.from(images.Hema ?? '', 'base64').equals(bytes)).toBe(true);
    expect(images.Seg).toBe('YWI=');
    expect(others).toEqual({ provenance, warnings: [] });
  });

  it('sends a result without pictures, and one within a task', async () => {
    expect(await resultResponse({ images: [], rest }).json()).toEqual({ images: {}, provenance, warnings: [] });
    const wrapped = resultResponse({ images: [], rest }, { before: '{"state":"SUCCESS","result":', after: '}' });
    expect(await wrapped.json()).toEqual({ state: 'SUCCESS', result: { images: {}, provenance, warnings: [] } });
  });
});
