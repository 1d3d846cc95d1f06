import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { raster } from '@/lib/imaging/raster';
import { ModelManifest } from '@/lib/models/manifest';
import { openSession } from './onnx-session';

/** Every level in every channel, and no two channels alike. */
function drawLevels(width: number, height: number) {
  const picture = raster(new Uint8Array(3 * width * height), width, height, 3);
  for (let i = 0; i < width * height; i++) picture.data.set([i % 256, (i * 7 + 50) % 256, 255 - (i % 256)], 3 * i);
  return picture;
}

describe('a network that gives back the picture it is shown', () => {
  // Rule: a network gets the picture in the order of its layout, as bytes or as (level / 255 - mean) / std.
  it.each(['nhwc-float32', 'nchw-float32', 'nchw-uint8'])('is told it in the form %s', async (form) => {
    const folder = join(import.meta.dirname, '__fixtures__/models-echo', `echo-${form}`);
    const manifest = ModelManifest.parse(JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')));
    const session = await openSession({ folder, manifest, provider: 'cpu' }, { intraOpThreads: 1 });
    for (const [width, height] of [
      [32, 32],
      [64, 16],
      [8, 128],
    ] as const) {
      const picture = drawLevels(width, height);
      const { data } = (await session.run(picture, ['segmentation'], null)).get('segmentation')!;
      expect(data).toEqual(picture.data);
    }
  });
});
