import { describe, expect, it } from 'vitest';
import { raster } from '@/lib/imaging/raster';
import type { ModelManifest } from '@/lib/models/manifest';
import { decodeTile, encodeStaining, encodeTile } from './tensors';

/** Two pixels beside each other: (0, 51, 255) and (102, 153, 204). */
const tile = raster(Uint8Array.of(0, 51, 255, 102, 153, 204), 2, 1, 3);
const standard = { name: 'image', type: 'float32', mean: [0.2, 0.4, 0.5], std: [0.5, 0.25, 1] } as const;
const float = { ...standard, mean: [...standard.mean], std: [...standard.std] };

describe('encodeTile', () => {
  it('gives bytes in the order of the layout', () => {
    const pixels = encodeTile(tile, { name: 'image', layout: 'nhwc', type: 'uint8' });
    expect(pixels).toEqual({ type: 'uint8', dims: [1, 1, 2, 3], data: tile.data });
    const planes = encodeTile(tile, { name: 'image', layout: 'nchw', type: 'uint8' });
    expect(planes).toEqual({ type: 'uint8', dims: [1, 3, 1, 2], data: Uint8Array.of(0, 102, 51, 153, 255, 204) });
  });

  it('scales to 0..1 and standardises every channel by its own mean and deviation', () => {
    const round = (values: ArrayLike<number>) => Array.from(values, (value) => Number(value.toFixed(5)));
    const pixels = encodeTile(tile, { ...float, layout: 'nhwc' });
    expect(pixels.dims).toEqual([1, 1, 2, 3]);
    expect(round(pixels.data)).toEqual([-0.4, -0.8, 0.5, 0.4, 0.8, 0.3]);
    const planes = encodeTile(tile, { ...float, layout: 'nchw' });
    expect(planes.dims).toEqual([1, 3, 1, 2]);
    expect(round(planes.data)).toEqual([-0.4, 0.4, -0.8, 0.8, 0.5, 0.3]);
  });
});

describe('encodeStaining', () => {
  const staining = { name: 'how', tissue: 0.1, brown: [0.1], blue: [0.1], dark: [0.1], leastShare: 0.001 };

  it('names the input as the manifest does, and gives nothing to a network that does not ask', () => {
    const told = Float32Array.of(0.5, 0.25, 1);
    const asking = { staining } as ModelManifest;
    expect(encodeStaining(asking, told)).toEqual({ how: { type: 'float32', data: told, dims: [1, 3] } });
    expect(encodeStaining({} as ModelManifest, told)).toEqual({});
    expect(() => encodeStaining(asking, null)).toThrow('which was not given');
  });
});

describe('decodeTile', () => {
  it('takes bytes of the tile’s size and nothing else', () => {
    const data = Uint8Array.of(7, 9);
    expect(decodeTile({ type: 'uint8', data, dims: [1, 1, 2, 1] }, 'dapi', tile, 1)).toEqual(raster(data, 2, 1, 1));
    const wrong = [
      undefined,
      { type: 'uint8', data, dims: [1, 1, 1, 2] as const },
      { type: 'float32', data: new Float32Array(6), dims: [1, 1, 2, 3] as const },
    ];
    for (const tensor of wrong)
      expect(() => decodeTile(tensor, 'dapi', tile, 3)).toThrow("output 'dapi' must be uint8 of 1 x 1 x 2 x 3");
  });
});
