import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { raster } from '@/lib/imaging/raster';
import { describePicture } from '@/lib/inference/picture-facts';
import { ModelManifest, manifestFor, networkAt } from '@/lib/models/manifest';
import { MODALITY_TABLE, type Modality } from '@/lib/models/modalities';
import { openSession } from './onnx-session';

const folder = 'models/restain-ihc';
const manifest = ModelManifest.parse(JSON.parse(readFileSync(`${folder}/model.json`, 'utf8')));

/** A pixel size of pictures that a network is shown, and the folder of its golden pictures. */
type Shown = [micronsPerPixel: number, pictures: string];
const NETWORKS: Shown[] = [
  [0.25, 'golden'],
  [0.5, 'golden-coarse'],
];

async function readGolden(name: Modality | 'image', pictures: string) {
  const picture = sharp(`${folder}/${pictures}/${name}.png`);
  const channels = name === 'image' ? 3 : MODALITY_TABLE[name].channels;
  const planes = channels === 1 ? picture.extractChannel(0) : picture;
  const { data, info } = await planes.raw().toBuffer({ resolveWithObject: true });
  return raster(new Uint8Array(data), info.width, info.height, channels);
}

/** The golden picture as a network of this precision and level shows it. */
async function inferGolden(
  precision: ModelManifest['precision'],
  graphOptimisation: ModelManifest['graphOptimisation'],
  [micronsPerPixel, pictures]: Shown,
  modalities?: readonly Modality[],
) {
  const used = { ...networkAt(manifestFor(manifest, precision === 'int8'), micronsPerPixel), graphOptimisation };
  expect(used.precision).toBe(precision);
  const session = await openSession({ folder, manifest: used, provider: 'cpu' }, { intraOpThreads: 1 });
  const image = await readGolden('image', pictures);
  const { staining } = describePicture(image, { ...used, whiteBalance: undefined });
  return session.run(image, modalities ?? used.outputs.map(({ modality }) => modality), staining);
}

const meanDifference = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
const largestDifference = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

describe('tiles in batches', () => {
  it.each(['float32', 'int8'] as const)('in %s, have the same bytes as one by one', async (precision) => {
    const used = manifestFor(manifest, precision === 'int8');
    const image = await readGolden('image', 'golden');
    const { staining } = describePicture(image, { ...used, whiteBalance: undefined });
    const cut = (x: number, y: number, side: number) => {
      const data = new Uint8Array(3 * side * side);
      for (let row = 0; row < side; row++) {
        const from = 3 * ((y + row) * image.width + x);
        data.set(image.data.subarray(from, from + 3 * side), 3 * row * side);
      }
      return raster(data, side, side, 3);
    };
    const side = 2 * used.tile.multiple;
    const places = [0, 1, 2, 3, 4].map((i) => cut(i * 8, i * 4, side));
    const tiles = [...places, cut(0, 0, side + used.tile.multiple)];
    const model = { folder, manifest: used, provider: 'cpu' } as const;
    const [alone, together] = await Promise.all(
      [1, 3].map((batch) => openSession(model, { intraOpThreads: 1, batch })),
    );
    const wanted: Modality[] = ['segmentation', 'marker', 'hematoxylin'];
    const all = await Promise.all(tiles.map((tile) => together!.run(tile, wanted, staining)));
    for (const [i, tile] of tiles.entries()) expect(all[i]).toEqual(await alone!.run(tile, wanted, staining));
    expect(all[0]).not.toEqual(all[1]);
  });
});

describe.each(NETWORKS)(
  'the shipped network for pictures of %s µm/px, on its %s picture',
  (micronsPerPixel, pictures) => {
    const network: Shown = [micronsPerPixel, pictures];

    it('is one of its own', () => {
      const sizes = NETWORKS.map(([size]) => networkAt(manifest, size).sha256);
      expect(sizes.filter((sha256) => sha256 === networkAt(manifest, micronsPerPixel).sha256)).toHaveLength(1);
    });

    it('in float, shows what PyTorch showed, within one grey level', async () => {
      for (const [modality, { data }] of await inferGolden('float32', manifest.graphOptimisation, network))
        expect(largestDifference(data, (await readGolden(modality, pictures)).data), modality).toBeLessThanOrEqual(1);
    });

    it('in 8 bits, follows it within one grey level on average', async () => {
      for (const [modality, { data }] of await inferGolden('int8', manifest.graphOptimisation, network))
        expect(meanDifference(data, (await readGolden(modality, pictures)).data), modality).toBeLessThan(1);
    });

    it.each(['float32', 'int8'] as const)('in %s, shows the segmentation alone to the same byte', async (precision) => {
      const used = networkAt(manifestFor(manifest, precision === 'int8'), micronsPerPixel);
      expect(used.segmentationOnly).toBeDefined();
      const alone = await inferGolden(precision, manifest.graphOptimisation, network, ['segmentation']);
      expect([...alone.keys()]).toEqual(['segmentation']);
      const whole = await inferGolden(precision, manifest.graphOptimisation, network, ['segmentation', 'dapi']);
      expect(alone.get('segmentation')).toEqual(whole.get('segmentation'));
    });
  },
);

// Not on every picture: a value of the first, float convolution that lies between two bytes can fall to either.
it.each(
  NETWORKS.flatMap(([size]) => (['disabled', 'basic', 'extended'] as const).map((level) => [size, level] as const)),
)(
  'in 8 bits, the network for %s µm/px shows the same on a picture where the runtime optimises %s',
  async (size, level) => {
    const shown = async (of: ModelManifest['graphOptimisation']) =>
      (await inferGolden('int8', of, [size, 'golden'])).get('segmentation')!.data;
    expect(await shown(level)).toEqual(await shown(manifest.graphOptimisation));
  },
);
