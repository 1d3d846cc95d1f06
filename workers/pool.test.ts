import { readFileSync } from 'node:fs';
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countFeatures } from '@/lib/imaging/colour/staining';
import { sharedRaster } from '@/lib/imaging/raster';
import { planTiles } from '@/lib/imaging/tiles/plan-tiles';
import { ModelManifest, manifestFor } from '@/lib/models/manifest';
import { MODALITIES, MODALITY_TABLE, type Modality } from '@/lib/models/modalities';
import { drawDiscs } from './__fixtures__/draw';
import { createPool, type Pool } from './pool';
import { inferTile, type ModelRef, openModel } from './protocol';

function readModel(path: string): ModelRef {
  const folder = join(import.meta.dirname, '__fixtures__', path);
  const manifest = ModelManifest.parse(JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')));
  return { folder, manifest, provider: 'cpu' };
}

const model = readModel('models/blobs');
const { folder, manifest } = model;
const { image } = drawDiscs(300, 220, 14);

/** Every modality of the image, inferred in tiles of `size`. */
async function infer(
  pool: Pool,
  options: {
    size?: number;
    scale?: number;
    skipGlass?: boolean;
    gains?: readonly number[];
    staining?: Float32Array;
    model?: ModelRef;
  } = {},
) {
  const outputs = Object.fromEntries(
    MODALITIES.map((m) => [m, sharedRaster(image.width, image.height, MODALITY_TABLE[m].channels)]),
  ) as Record<Modality, ReturnType<typeof sharedRaster>>;
  const used = options.model ?? model;
  const { tile } = used.manifest;
  const plans = planTiles(image.width, image.height, options.scale ?? 1, { ...tile, size: options.size ?? tile.size });
  const { skipGlass = false, gains = null, staining = null } = options;
  const replies = await Promise.all(
    plans.map((tile) =>
      pool.run(inferTile, { model: used, image, tile, outputs, facts: { gains, staining }, skipGlass }),
    ),
  );
  return { outputs, replies };
}

describe('pool', () => {
  let pool: Pool;
  beforeAll(() => {
    pool = createPool({ threads: 2, intraOpThreads: 1, maxQueue: 1000 });
  });
  afterAll(() => pool.close());

  it('gives the same pictures from small tiles as from large ones', async () => {
    const tiled = await infer(pool);
    const large = await infer(pool, { size: 512 });
    expect(tiled.replies.length).toBeGreaterThan(20);
    expect(large.replies.length).toBe(2);
    for (const modality of MODALITIES) expect(tiled.outputs[modality].data).toEqual(large.outputs[modality].data);
    expect(large.outputs.segmentation.data.some((value) => value > 150)).toBe(true);
  });

  it('gives the same pictures where each thread runs several tiles together', async () => {
    const together = createPool({ threads: 1, intraOpThreads: 1, maxQueue: 1000, batch: 4 });
    expect([together.threads, together.places, pool.places]).toEqual([1, 4, 2]);
    // The shipped network in float takes several tiles; the fixture takes one.
    const path = 'models/restain-ihc';
    const float = ModelManifest.parse(JSON.parse(readFileSync(`${path}/model.json`, 'utf8')));
    const shipped: ModelRef = { folder: path, manifest: manifestFor(float, false), provider: 'cpu' };
    const staining = new Float32Array(countFeatures(shipped.manifest.staining!)).fill(0.2);
    for (const options of [{ model: shipped, staining, size: 192 }, {}]) {
      const [one, many] = [await infer(pool, options), await infer(together, options)];
      expect(many.replies.length).toBeGreaterThan(4);
      for (const modality of MODALITIES) expect(many.outputs[modality].data).toEqual(one.outputs[modality].data);
    }
    await together.close();
  });

  it('skips glass without changing a picture', async () => {
    const skipped = await infer(pool, { skipGlass: true });
    const full = await infer(pool);
    expect(skipped.replies.some((reply) => reply.isGlass)).toBe(true);
    expect(skipped.replies.some((reply) => !reply.isGlass)).toBe(true);
    for (const modality of MODALITIES) expect(skipped.outputs[modality].data).toEqual(full.outputs[modality].data);
  });

  it('balances what is inferred, and leaves the image alone', async () => {
    const before = image.data.slice();
    const plain = await infer(pool, { gains: [1, 1, 1] });
    const reddened = await infer(pool, { gains: [1.1, 1, 0.9] });
    expect(plain.outputs).toEqual((await infer(pool)).outputs);
    expect(reddened.outputs.segmentation.data).not.toEqual(plain.outputs.segmentation.data);
    expect(image.data).toEqual(before);
  });

  it('tells a network the staining of the whole image, on glass too', async () => {
    const expected = await infer(pool);
    const staining = Float32Array.of(0.4, 0.3, 0.2, 0.1, 0.8, 0.5);
    const told = await infer(pool, { model: readModel('models-told-staining/tinted'), staining, skipGlass: true });
    expect(told.replies.some((reply) => reply.isGlass)).toBe(true);
    expect(new Set(told.outputs.marker.data)).toEqual(new Set([102]));
    expect(told.outputs.segmentation).toEqual(expected.outputs.segmentation);
  });

  it('refuses to run a network without the staining that it asks for, and a manifest that asks what it lacks', async () => {
    const tinted = readModel('models-told-staining/tinted');
    await expect(infer(pool, { model: tinted })).rejects.toMatchObject({
      code: 'internal',
      detail: expect.stringContaining('needs the staining of the image'),
    });
    const asking = { ...manifest, sha256: '4'.repeat(64), staining: tinted.manifest.staining };
    await expect(pool.run(openModel, { model: { ...model, manifest: asking } })).rejects.toMatchObject({
      code: 'invalid_model',
      detail: expect.stringContaining("names input 'staining', but the network has inputs image and"),
    });
  });

  it('gives the mean of what it sees at several scales as the segmentation, and nothing else', async () => {
    const { outputs: near } = await infer(pool);
    const { outputs: far } = await infer(pool, { scale: 0.5 });
    const two = { ...model, manifest: { ...manifest, views: [1, 0.5], sha256: '5'.repeat(64) } };
    const { outputs: both, replies } = await infer(pool, { model: two });
    const { outputs: whole } = await infer(pool, { model: two, size: 512 });
    expect(replies.length).toBeGreaterThan(20);
    expect(far.segmentation.data).not.toEqual(near.segmentation.data);
    const mean = near.segmentation.data.map((value, i) => (value + far.segmentation.data[i]! + 1) >> 1);
    expect(both.segmentation.data).toEqual(mean);
    expect(whole.segmentation.data).toEqual(mean);
    for (const modality of MODALITIES)
      if (modality !== 'segmentation') expect(both[modality].data).toEqual(near[modality].data);
  });

  it('runs an output from a network of its own, and does not touch that network for other outputs', async () => {
    const own = join(await mkdtemp(join(tmpdir(), 'split-')), 'model');
    await cp(folder, own, { recursive: true });
    await cp(join(folder, 'model.onnx'), join(own, 'dapi.onnx'));
    const outputs = manifest.outputs.map((output) =>
      output.modality === 'dapi' ? { ...output, file: 'dapi.onnx', sha256: manifest.sha256 } : output,
    );
    const split = { ...model, folder: own, manifest: { ...manifest, outputs } };
    const expected = await infer(pool);
    expect((await infer(pool, { model: split })).outputs).toEqual(expected.outputs);
    const misnamed = outputs.map((output) => (output.modality === 'dapi' ? { ...output, name: 'blue' } : output));
    const wrong = { ...split, manifest: { ...manifest, sha256: '1'.repeat(64), outputs: misnamed } };
    await expect(pool.run(openModel, { model: wrong })).rejects.toMatchObject({
      detail: expect.stringContaining("names output 'blue', but the network has"),
    });
  });

  it('shows glass as the manifest states it, in tiles of fixed size too', async () => {
    const tile = { ...manifest.tile, fixed: true };
    const outputs = manifest.outputs.map((output) =>
      output.modality === 'lap2' ? { ...output, glass: [77] } : output,
    );
    const stated = { ...model, manifest: { ...manifest, tile, outputs, sha256: '2'.repeat(64) } };
    const unstated = { ...model, manifest: { ...manifest, tile, sha256: '3'.repeat(64) } };
    const full = await infer(pool, { model: unstated });
    const { outputs: shown, replies } = await infer(pool, { model: stated, skipGlass: true });
    expect(replies.some((reply) => reply.isGlass)).toBe(true);
    expect(shown.dapi.data).toEqual(full.outputs.dapi.data);
    expect(shown.lap2.data.includes(77)).toBe(true);
  });

  it('answers a model whose manifest names what the network lacks with a clear error', async () => {
    const outputs = [{ name: 'seg', modality: 'segmentation' as const, channels: 3 as const }];
    const wrong = { ...model, manifest: { ...manifest, sha256: '0'.repeat(64), outputs } };
    await expect(pool.run(openModel, { model: wrong })).rejects.toMatchObject({
      code: 'invalid_model',
      detail: expect.stringContaining("names output 'seg', but the network has inputs image and outputs segmentation,"),
    });
  });

  it('answers a file that is no network with a clear error, and tries again the next time', async () => {
    const wrong = { ...model, folder: import.meta.dirname, manifest: { ...manifest, file: 'pool.test.ts' } };
    for (let i = 0; i < 2; i++)
      await expect(pool.run(openModel, { model: wrong })).rejects.toMatchObject({ code: 'invalid_model' });
    await expect(pool.run(openModel, { model })).resolves.toHaveProperty('warmUpMs');
  });

  it('says why a provider cannot be used here', async () => {
    await expect(pool.run(openModel, { model: { ...model, provider: 'cuda' } })).rejects.toMatchObject({
      code: 'provider_unavailable',
      detail: expect.stringContaining('does not open on cuda'),
    });
  });
});

describe('a pool under stress', () => {
  it('refuses a task when the waiting line is full', async () => {
    const pool = createPool({ threads: 1, intraOpThreads: 1, maxQueue: 2 });
    const settled = await Promise.allSettled(Array.from({ length: 12 }, () => pool.run(openModel, { model })));
    const refused = settled.filter((result) => result.status === 'rejected').map((result) => result.reason);
    expect(settled.filter((result) => result.status === 'fulfilled').length).toBeGreaterThanOrEqual(1);
    expect(refused.length).toBeGreaterThanOrEqual(1);
    for (const reason of refused) expect(reason).toMatchObject({ code: 'queue_full', retryAfterSeconds: 5 });
    await pool.close();
  });

  it('fails only the task whose thread died, and replaces the thread', async () => {
    // One worker of this file ends its thread on request. The others go on.
    const pool = createPool({
      threads: 2,
      intraOpThreads: 1,
      maxQueue: 100,
      filename: join(import.meta.dirname, '__fixtures__/mortal.worker.mjs'),
    });
    const die = { name: 'die' };
    const wait = { name: 'wait' };
    const others = [pool.run(wait, { ms: 300 }), pool.run(wait, { ms: 300 }), pool.run(wait, { ms: 10 })];
    const doomed = pool.run(die, {});
    await expect(doomed).rejects.toMatchObject({ code: 'worker_crashed' });
    expect(await Promise.all(others)).toEqual([300, 300, 10]);
    expect(await Promise.all(Array.from({ length: 6 }, () => pool.run(wait, { ms: 1 })))).toEqual([1, 1, 1, 1, 1, 1]);
    await pool.close();
  });

  it('keeps little memory for new objects of a thread', async () => {
    const filename = join(import.meta.dirname, '__fixtures__/mortal.worker.mjs');
    const pool = createPool({ threads: 1, intraOpThreads: 1, maxQueue: 10, filename });
    // By V8's own limit it is 45 MB.
    expect(await pool.run({ name: 'churn' }, {})).toBeLessThanOrEqual(6 * 2 ** 20);
    await pool.close();
  });

  it('keeps the class of an error: code and sentence survive the thread', async () => {
    const pool = createPool({ threads: 1, intraOpThreads: 1, maxQueue: 10 });
    const missing = { ...model, folder: '/nowhere' };
    await expect(pool.run(openModel, { model: missing })).rejects.toMatchObject({
      name: 'AppError',
      code: 'invalid_model',
    });
    await pool.close();
  });
});
