import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frameOf } from '@/lib/exchange/coordinate-frame';
import { describeStaining } from '@/lib/imaging/colour/staining';
import { MODALITIES } from '@/lib/models/modalities';
import { resetEnvForTests } from '@/lib/server/env';
import { drawDiscs } from '@/workers/__fixtures__/draw';
import { type AnalyseImageRequest, analyseImage, type Progress, rescoreImage } from './analyse-image';
import { createEngine, startEngine, stopEngine } from './engine';

const { image, discs } = drawDiscs(400, 260, 60, 7);
const positives = discs.filter((disc) => disc.positive).length;

const request = (change: Partial<AnalyseImageRequest> = {}): AnalyseImageRequest => ({
  image,
  micronsPerPixel: 0.25,
  scoring: {},
  modalities: MODALITIES,
  overlay: true,
  refined: true,
  ...change,
});
const context = () => ({ signal: new AbortController().signal });

describe('analyseImage', () => {
  beforeAll(async () => {
    process.env.MODELS_DIR = 'workers/__fixtures__/models';
    resetEnvForTests();
    await startEngine();
  });
  afterAll(stopEngine);

  it('counts every drawn nucleus once, also those on seams, and tells the stained ones', async () => {
    const analysis = await analyseImage(
      request({
        scoring: { lists: { include: ['cells'], frame: frameOf('image', image, null), classes: 'positive' } },
      }),
      context(),
    );
    expect(analysis.tiles).toBeGreaterThan(30);
    expect(analysis.score).toMatchObject({ total: discs.length, positive: positives, thresholds: { probThresh: 127 } });
    expect(JSON.parse(Buffer.from(analysis.lists ?? []).toString()).cells).toHaveLength(discs.length);
    expect(analysis.provenance).toMatchObject({ model: 'blobs@1.0.0', provider: 'cpu', algorithm: 'watershed' });
    expect(Object.keys(analysis.modalities).sort()).toEqual([...MODALITIES].sort());
  });

  it('scores the maps it gave back to the same numbers', async () => {
    const first = await analyseImage(request(), context());
    const again = await rescoreImage(
      { image, segmentation: first.modalities.segmentation!, marker: null, micronsPerPixel: 0.25, scoring: {} },
      context(),
    );
    expect(again.score).toEqual(first.score);
    expect(again.refined?.data).toEqual(first.refined?.data);
    expect(again.overlay?.data).toEqual(first.overlay?.data);
  });

  it('scores only nuclei inside the region of interest', async () => {
    const half = [
      [
        [
          [0, 0],
          [200, 0],
          [200, 260],
          [0, 260],
          [0, 0],
        ],
      ],
    ] as const;
    const analysis = await analyseImage(request({ scoring: { regions: { include: half, exclude: [] } } }), context());
    expect(analysis.score?.total).toBe(discs.filter((disc) => disc.x < 200).length);
  });

  it('keeps to the pictures asked for and skips scoring on request', async () => {
    const analysis = await analyseImage(
      request({ scoring: null, modalities: ['dapi'], overlay: false, refined: false }),
      context(),
    );
    expect(Object.keys(analysis.modalities)).toEqual(['dapi']);
    expect(analysis).toMatchObject({ score: null, overlay: null, refined: null });
  });

  it('reports progress tile by tile', async () => {
    const seen: Progress[] = [];
    const analysis = await analyseImage(request(), { ...context(), onProgress: (progress) => seen.push(progress) });
    const inferring = seen.filter((progress) => progress.stage === 'inferring').map((progress) => progress.tilesDone);
    expect(inferring).toEqual(Array.from({ length: analysis.tiles + 1 }, (_, i) => i));
    expect(seen.at(-1)?.stage).toBe('scoring');
  });

  it('gives the pictures out before it looks for nuclei', async () => {
    const seen: string[] = [];
    const analysis = await analyseImage(request(), {
      ...context(),
      onProgress: ({ stage }) => seen.push(stage),
      onInferred: (modalities) => seen.push(Object.keys(modalities).sort().join(' ')),
    });
    expect(new Set(seen)).toEqual(new Set(['inferring', Object.keys(analysis.modalities).sort().join(' '), 'scoring']));
    expect(seen.at(-1)).toBe('scoring');
  });

  it('stops between tiles when cancelled, and the next image is not touched by it', async () => {
    const controller = new AbortController();
    let tilesDone = 0;
    const cancelled = analyseImage(request(), {
      signal: controller.signal,
      onProgress: (progress) => {
        tilesDone = progress.tilesDone;
        if (tilesDone === 3) controller.abort();
      },
    });
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    expect(tilesDone).toBeLessThan(10);
    expect((await analyseImage(request(), context())).score?.total).toBe(discs.length);
  });

  it.each([0.5, 2])('finds the same nuclei in the same scene at %d times the resolution', async (zoom) => {
    const { image: scaled } = drawDiscs(400, 260, 60, 7, zoom);
    const analysis = await analyseImage(
      request({ image: scaled, micronsPerPixel: 0.25 / zoom, scoring: { thresholds: { sizeThresh: 4 } } }),
      context(),
    );
    expect(analysis.score).toMatchObject({ total: discs.length, positive: positives });
    expect(analysis.overlay).toMatchObject({ width: scaled.width, height: scaled.height });
  });

  it('names the installed models when another is asked for', async () => {
    await expect(analyseImage(request({ model: 'nope' }), context())).rejects.toMatchObject({
      code: 'model_not_found',
      detail: "No model named 'nope'. Installed: blobs.",
    });
  });
});

describe('a model that is told the staining', () => {
  beforeAll(async () => {
    process.env.MODELS_DIR = 'workers/__fixtures__/models-told-staining';
    resetEnvForTests();
    await startEngine();
  });
  afterAll(stopEngine);

  it('hears that of the whole image in every tile', async () => {
    const { staining: rule } = (await startEngine()).modelRef('tinted').manifest;
    const [browner] = describeStaining(image, [1, 1, 1], rule!);
    const analysis = await analyseImage(request(), context());
    expect(analysis.tiles).toBeGreaterThan(30);
    expect(browner).toBeGreaterThan(0.5);
    expect(new Set(analysis.modalities.marker!.data)).toEqual(new Set([Math.floor(255 * browner!)]));
  });
});

describe('a model with a second network, which shows the negative of what the first one shows', () => {
  beforeAll(async () => {
    process.env.MODELS_DIR = 'workers/__fixtures__/models-two';
    resetEnvForTests();
    await startEngine();
  });
  afterAll(stopEngine);

  it('shows pictures of the stated pixel sizes to it, all others to the first, and says so', async () => {
    const { sha256, coarse } = (await startEngine()).modelRef('two').manifest;
    const mean = (data: Uint8Array) => data.reduce((sum, value) => sum + value, 0) / data.length;
    const [positive, negative] = [mean(image.data), 255 - mean(image.data)];
    expect(Math.abs(positive - negative)).toBeGreaterThan(50);
    for (const micronsPerPixel of [0.25, 0.379, 0.38, 0.5, 0.6, 0.601, 1]) {
      const isSecond = micronsPerPixel >= 0.38 && micronsPerPixel <= 0.6;
      const { modalities, provenance } = await analyseImage(request({ micronsPerPixel, scoring: null }), context());
      const off = mean(modalities.segmentation!.data) - (isSecond ? negative : positive);
      expect(Math.abs(off), `${micronsPerPixel}`).toBeLessThan(3);
      expect(provenance).toMatchObject({
        model: 'two@1.0.0',
        modelSha256: isSecond ? coarse!.sha256 : sha256,
        networkMicronsPerPixel: isSecond ? 0.5 : 0.25,
      });
    }
    const whole = await analyseImage(request({ micronsPerPixel: 0.5, scoring: null }), context());
    expect(whole.modalities.segmentation!.data).toEqual(image.data.map((value) => 255 - value));
  });
});

describe('createEngine', () => {
  const options = {
    modelsDirectory: 'workers/__fixtures__/models',
    defaultModel: null,
    threads: 1,
    intraOpThreads: 1,
    maxQueue: 10,
    provider: null,
  };

  it('passes over providers that do not run here and says why', async () => {
    const engine = await createEngine(options);
    if (engine.provider === 'cpu')
      expect(engine.passedOver.map(({ provider }) => provider)).toEqual(['cuda', 'webgpu']);
    for (const { reason } of engine.passedOver) expect(reason.length).toBeGreaterThan(20);
    await engine.close();
  });

  it('starts without opening a network where others infer, whatever runs here', async () => {
    await expect(createEngine({ ...options, provider: 'cuda' })).rejects.toMatchObject({
      code: 'provider_unavailable',
    });
    for (const provider of ['cuda', null] as const) {
      const engine = await createEngine({ ...options, provider, hasNetworks: false });
      expect([engine.provider, engine.passedOver]).toEqual([provider ?? 'cpu', []]);
      expect(engine.modelRef(undefined).manifest.name).toBe('blobs');
      await engine.close();
    }
  });

  it('does not start on a default model that is not installed', async () => {
    await expect(createEngine({ ...options, defaultModel: 'gone' })).rejects.toMatchObject({ code: 'model_not_found' });
  });
});
