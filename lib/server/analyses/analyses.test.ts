import { describe, expect, it } from 'vitest';
import { InferResult } from '@/lib/contracts/infer';
import type { NucleusRecords } from '@/workers/protocol';
import type { StoredResult } from './compose-result';
import { describeCells, describeFeatures } from './describe-nuclei';
import { choosePixelSize } from './pixel-size';
import { resultResponse } from './result-body';

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

/** Two nuclei: a triangle, and one that is a single pixel. */
const NUCLEI: NucleusRecords = {
  count: 2,
  positive: Uint8Array.of(1, 0),
  centroidX: Float64Array.of(2.333_333, 9),
  centroidY: Float64Array.of(1, 8),
  areaPx: Int32Array.of(6, 1),
  markerMax: Uint8Array.of(200, 3),
  markerMean: Float32Array.of(150.25, 3),
  odMean: Float32Array.of(0.5, 0.25),
  bbox: Int32Array.of(1, 0, 5, 3, 9, 8, 10, 9),
  contourOffsets: Int32Array.of(0, 6, 8),
  contourPoints: Int32Array.of(1, 0, 4, 2, 1, 2, 9, 8),
};

describe('describeCells', () => {
  it('gives x before y, and areas in both units', () => {
    expect(describeCells(NUCLEI, 0.5)[0]).toEqual({
      id: 1,
      centroid: [2.33, 1],
      positive: true,
      area_px: 6,
      area_um2: 1.5,
      marker_max: 200,
      marker_mean: 150.25,
      od_mean: 0.5,
      bbox: [1, 0, 5, 3],
      contour: [
        [1, 0],
        [4, 2],
        [1, 2],
      ],
    });
  });
});

describe('describeFeatures', () => {
  const { features } = describeFeatures(describeCells(NUCLEI, 0.5));

  it('closes each ring, through the centres of pixels', () => {
    expect(features[0]?.geometry.coordinates).toEqual([
      [
        [1.5, 0.5],
        [4.5, 2.5],
        [1.5, 2.5],
        [1.5, 0.5],
      ],
    ]);
    expect(features[0]?.properties).toMatchObject({ objectType: 'detection', classification: { name: 'Positive' } });
  });

  it('draws a single pixel as the square that it is', () => {
    expect(features[1]?.geometry.coordinates).toEqual([
      [
        [9, 8],
        [10, 8],
        [10, 9],
        [9, 9],
        [9, 8],
      ],
    ]);
  });
});

describe('resultResponse', () => {
  const provenance = {
    model: 'm@1.0.0',
    model_sha256: 'ab',
    software: '1',
    provider: 'cpu',
    microns_per_pixel: 0.5,
    microns_per_pixel_source: 'default' as const,
    algorithm: null,
  };
  const rest = Buffer.from(JSON.stringify({ provenance, warnings: [] }));
  // Longer than a slice of the stream, and no multiple of three.
  const bytes = Buffer.from(Uint8Array.from({ length: 2_000_003 }, (_, i) => (i * 31) % 256));

  it('sends base64 in slices that join to the very bytes', async () => {
    const stored: StoredResult = {
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
