import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { manifestFor, networkAt, networksFor, singleNetworks } from '@/lib/models/manifest';
import type { Modality } from '@/lib/models/modalities';
import { loadModels } from './load-models';

const FIXTURES = 'workers/__fixtures__/models';

describe('loadModels', () => {
  let directory: string;
  const manifestPath = () => join(directory, 'blobs', 'model.json');
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'models-'));
    await cp(FIXTURES, directory, { recursive: true });
  });
  afterEach(() => rm(directory, { recursive: true }));

  /** Changes one key of the manifest. */
  async function edit(change: Record<string, unknown>): Promise<void> {
    const manifest = JSON.parse(await readFile(manifestPath(), 'utf8'));
    await writeFile(manifestPath(), JSON.stringify({ ...manifest, ...change }));
  }

  it('finds models side by side and passes over folders without a manifest', async () => {
    await cp(join(directory, 'blobs'), join(directory, 'second'), { recursive: true });
    const manifest = JSON.parse(await readFile(manifestPath(), 'utf8'));
    await writeFile(join(directory, 'second', 'model.json'), JSON.stringify({ ...manifest, name: 'second' }));
    await cp(join(directory, 'blobs', 'model.onnx'), join(directory, 'no-model', 'notes.txt'), { recursive: true });
    expect([...(await loadModels(directory)).keys()]).toEqual(['blobs', 'second']);
  });

  it('refuses a network that is not the one the manifest was written for', async () => {
    await writeFile(join(directory, 'blobs', 'model.onnx'), 'something else');
    await expect(loadModels(directory)).rejects.toMatchObject({
      code: 'invalid_model',
      detail: expect.stringMatching(/model\.onnx has SHA-256 [0-9a-f]{64}, its model\.json says [0-9a-f]{64}/),
    });
  });

  it('checks the networks of single outputs as it checks the main one', async () => {
    const { outputs, sha256 } = JSON.parse(await readFile(manifestPath(), 'utf8'));
    await edit({
      outputs: outputs.map((o: { name: string }) => (o.name === 'dapi' ? { ...o, file: 'dapi.onnx' } : o)),
    });
    await expect(loadModels(directory)).rejects.toMatchObject({ detail: expect.stringContaining('go together') });
    await edit({
      outputs: outputs.map((o: { name: string }) => (o.name === 'dapi' ? { ...o, file: 'dapi.onnx', sha256 } : o)),
    });
    await expect(loadModels(directory)).rejects.toMatchObject({ detail: expect.stringContaining('dapi.onnx cannot') });
    await cp(join(directory, 'blobs', 'model.onnx'), join(directory, 'blobs', 'dapi.onnx'));
    expect([...(await loadModels(directory)).keys()]).toEqual(['blobs']);
  });

  it('refuses steps of staining that do not ascend', async () => {
    const staining = { name: 'staining', tissue: 0.08, brown: [0.1, 0.2], blue: [0.1], dark: [0.3], leastShare: 0.001 };
    await edit({ staining });
    expect((await loadModels(directory)).get('blobs')?.manifest.staining).toEqual(staining);
    await edit({ staining: { ...staining, dark: [0.3, 0.3] } });
    await expect(loadModels(directory)).rejects.toMatchObject({ detail: expect.stringContaining('must ascend') });
  });

  it('refuses views that do not begin with the whole scale, and several of tiles of fixed size', async () => {
    await edit({ views: [1, 0.5] });
    expect((await loadModels(directory)).get('blobs')?.manifest.views).toEqual([1, 0.5]);
    for (const views of [[], [0.5, 1]]) {
      await edit({ views });
      await expect(loadModels(directory)).rejects.toMatchObject({ detail: expect.stringContaining('first view') });
    }
    await edit({ views: [1, 0.5], tile: { size: 64, halo: 16, multiple: 4, fixed: true } });
    await expect(loadModels(directory)).rejects.toMatchObject({ detail: expect.stringContaining('at scale 1 alone') });
  });

  it('refuses a halo at the edge of a picture that is wider than elsewhere', async () => {
    await edit({ tile: { size: 64, halo: 16, edgeHalo: 16, multiple: 4 } });
    expect((await loadModels(directory)).get('blobs')?.manifest.tile.edgeHalo).toBe(16);
    await edit({ tile: { size: 64, halo: 16, edgeHalo: 17, multiple: 4 } });
    await expect(loadModels(directory)).rejects.toMatchObject({ detail: expect.stringContaining('halo at an edge') });
  });

  it('checks the 8-bit network too, and gives it to CPUs alone', async () => {
    const { sha256 } = JSON.parse(await readFile(manifestPath(), 'utf8'));
    const quantised = { file: 'model-int8.onnx', sha256: 'a'.repeat(64) };
    await edit({ quantised });
    await cp(join(directory, 'blobs', 'model.onnx'), join(directory, 'blobs', 'model-int8.onnx'));
    await expect(loadModels(directory)).rejects.toMatchObject({
      detail: expect.stringContaining('model-int8.onnx has'),
    });
    await edit({ quantised: { ...quantised, sha256 } });
    const { manifest } = (await loadModels(directory)).get('blobs')!;
    expect(manifestFor(manifest, true)).toMatchObject({ file: 'model-int8.onnx', sha256 });
    expect(manifestFor(manifest, false)).toEqual(manifest);
  });

  it('checks the networks for the segmentation alone, and gives each provider its own', async () => {
    const { sha256 } = JSON.parse(await readFile(manifestPath(), 'utf8'));
    const main = join(directory, 'blobs', 'model.onnx');
    for (const file of ['cut.onnx', 'cut-int8.onnx']) await cp(main, join(directory, 'blobs', file));
    const quantised = { file: 'model.onnx', sha256, segmentationOnly: { file: 'cut-int8.onnx', sha256 } };
    for (const cut of [
      { segmentationOnly: { file: 'cut.onnx', sha256: 'b'.repeat(64) }, quantised },
      {
        segmentationOnly: undefined,
        quantised: { ...quantised, segmentationOnly: { file: 'cut.onnx', sha256: 'b'.repeat(64) } },
      },
    ]) {
      await edit(cut);
      await expect(loadModels(directory)).rejects.toMatchObject({ detail: expect.stringContaining('cut.onnx has') });
    }
    await edit({ segmentationOnly: { file: 'cut.onnx', sha256 }, quantised });
    const { manifest } = (await loadModels(directory)).get('blobs')!;
    const filesFor = (isCpu: boolean, modalities: readonly Modality[]) =>
      networksFor(manifestFor(manifest, isCpu), modalities).map(({ file }) => file);
    expect(filesFor(true, ['segmentation'])).toEqual(['cut-int8.onnx']);
    expect(filesFor(false, ['segmentation'])).toEqual(['cut.onnx']);
    expect(filesFor(false, ['segmentation', 'marker'])).toEqual(['model.onnx']);
    const { segmentationOnly: _, ...withoutCut } = quantised;
    await edit({ segmentationOnly: { file: 'cut.onnx', sha256 }, quantised: withoutCut });
    // A CPU does not run the float network, so it does not run its cut one either.
    expect(manifestFor((await loadModels(directory)).get('blobs')!.manifest, true).segmentationOnly).toBeUndefined();
  });

  it('checks the second network too, and gives it to pictures of its pixel sizes alone', async () => {
    const { sha256 } = JSON.parse(await readFile(manifestPath(), 'utf8'));
    const main = join(directory, 'blobs', 'model.onnx');
    for (const file of ['coarse.onnx', 'coarse-int8.onnx', 'coarse-cut.onnx', 'cut.onnx', 'int8.onnx'])
      await cp(main, join(directory, 'blobs', file));
    const segmentationOnly = { file: 'cut.onnx', sha256 };
    const own = { micronsPerPixel: 0.4, pictures: { from: 0.38, to: 0.6 }, file: 'coarse.onnx', sha256 };
    const coarseCut = { file: 'coarse-cut.onnx', sha256 };
    const coarse = { ...own, segmentationOnly: coarseCut, quantised: { file: 'coarse-int8.onnx', sha256 } };
    const quantised = { file: 'int8.onnx', sha256, segmentationOnly };
    for (const [part, file] of [
      [{ ...coarse, sha256: 'c'.repeat(64) }, 'coarse.onnx'],
      [{ ...coarse, segmentationOnly: { ...coarseCut, sha256: 'c'.repeat(64) } }, 'coarse-cut.onnx'],
      [{ ...coarse, quantised: { ...coarse.quantised, sha256: 'c'.repeat(64) } }, 'coarse-int8.onnx'],
    ]) {
      await edit({ coarse: part, quantised });
      await expect(loadModels(directory)).rejects.toMatchObject({ detail: expect.stringContaining(`${file} has`) });
    }
    await edit({ coarse, quantised, views: [1, 0.5] });
    const { manifest } = (await loadModels(directory)).get('blobs')!;
    const fileFor = (isCpu: boolean, micronsPerPixel: number) =>
      networkAt(manifestFor(manifest, isCpu), micronsPerPixel).file;
    expect([0.25, 0.379, 0.38, 0.6, 0.601].map((size) => fileFor(true, size))).toEqual([
      ...['int8.onnx', 'int8.onnx', 'coarse-int8.onnx', 'coarse-int8.onnx', 'int8.onnx'],
    ]);
    expect([0.25, 0.5].map((size) => fileFor(false, size))).toEqual(['model.onnx', 'coarse.onnx']);
    const [first, second] = singleNetworks(manifestFor(manifest, true));
    expect(first).toMatchObject({ views: [1, 0.5], micronsPerPixel: 0.25, precision: 'int8', segmentationOnly });
    expect(second).toMatchObject({ views: [1], micronsPerPixel: 0.4, precision: 'int8', tile: manifest.tile });
    // A CPU does not run the float network, so it does not run its cut one either.
    expect(second!.segmentationOnly).toBeUndefined();
    expect(networkAt({ ...manifest, coarse: undefined }, 0.5).file).toBe('model.onnx');
  });

  it('refuses a second network of no pixel sizes, or with 8 bits where the first has none', async () => {
    const { sha256, outputs } = JSON.parse(await readFile(manifestPath(), 'utf8'));
    const coarse = { micronsPerPixel: 0.4, pictures: { from: 0.38, to: 0.6 }, file: 'model.onnx', sha256 };
    for (const [change, why] of [
      [{ coarse: { ...coarse, pictures: { from: 0.6, to: 0.38 } } }, 'no more than'],
      [{ coarse: { ...coarse, quantised: { file: 'model.onnx', sha256 } } }, 'have an 8-bit copy'],
      [
        { coarse, outputs: outputs.map((output: object) => ({ ...output, file: 'model.onnx', sha256 })) },
        'no file of their own',
      ],
    ] as const) {
      await edit({ outputs, ...change });
      await expect(loadModels(directory)).rejects.toMatchObject({ detail: expect.stringContaining(why) });
    }
  });

  it('names every fault of a manifest', async () => {
    await edit({ micronsPerPixel: -1, tile: { size: 64, halo: 40, multiple: 4 }, outputs: [], colour: 'red' });
    await expect(loadModels(directory)).rejects.toMatchObject({
      code: 'invalid_model',
      detail: expect.stringMatching(/blobs[\s\S]*colour[\s\S]*micronsPerPixel[\s\S]*outputs[\s\S]*halo must leave/),
    });
  });

  it('refuses what is not JSON, a missing network, two models of one name and an empty directory', async () => {
    await cp(join(directory, 'blobs'), join(directory, 'twin'), { recursive: true });
    await expect(loadModels(directory)).rejects.toMatchObject({
      detail: expect.stringContaining('a model named blobs'),
    });
    await rm(join(directory, 'twin'), { recursive: true });
    await rm(join(directory, 'blobs', 'model.onnx'));
    await expect(loadModels(directory)).rejects.toMatchObject({ detail: expect.stringContaining('cannot be read') });
    await writeFile(manifestPath(), '{');
    await expect(loadModels(directory)).rejects.toMatchObject({ detail: expect.stringContaining('is not JSON') });
    await rm(join(directory, 'blobs'), { recursive: true });
    await expect(loadModels(directory)).rejects.toMatchObject({ detail: expect.stringContaining('No model in') });
  });
});
