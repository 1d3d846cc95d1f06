import { afterAll, beforeAll, expect, it } from 'vitest';
import { resetEnvForTests } from '@/lib/server/env';
import { startEngine, stopEngine } from '@/lib/server/inference/engine';
import { laneOf, ownCellLanes, pinnedModel, pinOf, scoringModel } from './scoring-pin';
import { planSlide } from './slide-plan';

beforeAll(() => {
  process.env.MODELS_DIR = 'workers/__fixtures__/models-two';
  resetEnvForTests();
});
afterAll(stopEngine);

const SLIDE = { width: 4000, height: 3000 };

it('plans a slide with the network that it is shown to, which its maps and its pin name', async () => {
  const model = await scoringModel('two');
  const { sha256, coarse } = model.manifest;
  const [fine, low, high, coarsest] = [0.25, 0.38, 0.6, 0.61].map((size) => planSlide(SLIDE, size, model));
  expect([fine, low, high, coarsest].map((plan) => plan?.model.manifest.sha256)).toEqual([
    ...[sha256, coarse?.sha256, coarse?.sha256, sha256],
  ]);
  expect([fine, high, coarsest].map((plan) => plan?.grid.modelPerImagePixel)).toEqual([1, 1.2, 2.44]);
  expect(pinOf(high!.model)).toMatchObject({ model: 'two@1.0.0', sha256: [coarse?.sha256] });
  const first = planSlide(SLIDE, 0.5, { ...model, manifest: { ...model.manifest, coarse: undefined } });
  expect(first.mapKey).not.toBe(planSlide(SLIDE, 0.5, model).mapKey);
});

it('takes cells of both networks', async () => {
  const model = (await startEngine()).modelRef('two');
  const lanes = [0.25, 0.5].map((size) => laneOf(pinOf(planSlide(SLIDE, size, model).model)));
  expect(new Set(lanes).size).toBe(2);
  expect((await ownCellLanes()).sort()).toEqual(lanes.sort());
});

it('works on at a scoring with the network that it was started with, though its slide is shown to another today', async () => {
  const model = (await startEngine()).modelRef('two');
  const before = planSlide(SLIDE, 0.5, { ...model, manifest: { ...model.manifest, coarse: undefined } });
  const planned = planSlide(SLIDE, 0.5, await pinnedModel(pinOf(before.model)));
  expect(planned.mapKey).toBe(before.mapKey);
  const now = planSlide(SLIDE, 0.5, model);
  expect(planSlide(SLIDE, 0.5, await pinnedModel(pinOf(now.model))).mapKey).toBe(now.mapKey);
});
