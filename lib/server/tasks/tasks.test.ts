import { describe, expect, it } from 'vitest';
import { InferResult } from '@/lib/contracts/infer';
import { choosePixelSize } from '@/lib/server/results/choose-pixel-size';
import type { ComposedResult } from '@/lib/server/results/compose-result';
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
      lists: null,
    };
    const { images, ...others } = InferResult.parse(await resultResponse(stored).json());
    expect(Object.keys(images)).toEqual(['Hema', 'Seg']);
    expect(Buffer.from(images.Hema ?? '', 'base64').equals(bytes)).toBe(true);
    expect(images.Seg).toBe('YWI=');
    expect(others).toEqual({ provenance, warnings: [] });
  });

  it('sends a result without pictures, and one within a task', async () => {
    expect(await resultResponse({ images: [], rest, lists: null }).json()).toEqual({
      images: {},
      provenance,
      warnings: [],
    });
    const wrapped = resultResponse(
      { images: [], rest, lists: null },
      { before: '{"state":"SUCCESS","result":', after: '}' },
    );
    expect(await wrapped.json()).toEqual({ state: 'SUCCESS', result: { images: {}, provenance, warnings: [] } });
  });

  it('joins what is listed of the nuclei, out of shared memory, to the rest', async () => {
    const cells = Array.from({ length: 40_000 }, (_, id) => ({ id, contour: [[id, 1]] }));
    const text = Buffer.from(JSON.stringify({ cells }));
    const lists = new Uint8Array(new SharedArrayBuffer(text.length));
    lists.set(text);
    expect(await resultResponse({ images: [], rest, lists }).json()).toEqual({
      ...{ images: {}, provenance, warnings: [] },
      cells,
    });
  });
});
