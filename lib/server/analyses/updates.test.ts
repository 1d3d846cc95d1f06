import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { installVersityGw, VersityGw } from '@/e2e/s3/versitygw';
import type { Analysis } from '@/lib/contracts/analysis';
import { forgetProcessWide } from '@/lib/server/process-wide';
import { getStorage } from '@/lib/server/storage';
import { readObject } from '@/lib/server/storage/storage';
import { drawDiscs } from '@/workers/__fixtures__/draw';
import {
  analysisOf,
  api,
  keysUnder,
  pixelsAt,
  problemOf,
  sendAndVerify,
  startSite,
  toPng,
  until,
} from './__fixtures__/site';
import { keysOf } from './record';

const png = await toPng(drawDiscs(200, 150, 12, 7).image);
/** Parameters by which nothing is left, and by which all is. */
const NONE = { size_thresh: 100_000 };
const ALL = { size_thresh: 0 };

const s3 = await installVersityGw();
if ('missing' in s3) console.warn(`S3 is not tested: ${s3.missing}`);

async function startInBucket(): Promise<() => Promise<void>> {
  const server = await VersityGw.start((s3 as { program: string }).program);
  const stop = await startSite(server.environment);
  return async () => {
    await stop();
    await server.stop();
  };
}

async function analysed(): Promise<string> {
  const id = await sendAndVerify(png);
  await api.start(id, { resolution: '40x' });
  await until(id, 'done');
  return id;
}

/** What another server over the same storage has: modules of its own, which know nothing of this one's turns. */
async function updateElsewhere() {
  forgetProcessWide('analyses-one-at-a-time');
  vi.resetModules();
  return (await import('./update-scoring')).updateScoring;
}

/** The picture shows nuclei where the numbers count some, and none where they do not. */
async function expectPicturesOfNumbers({ result }: Analysis): Promise<void> {
  const pixels = await pixelsAt(result!.pictures.SegRefined!.url);
  expect(pixels.some((value) => value > 0)).toBe(result!.scoring.num_total > 0);
}

describe.each([
  { name: 'local storage', start: () => startSite(), skip: false },
  { name: 'a bucket', start: startInBucket, skip: 'missing' in s3 },
])('updates in $name', { timeout: 120_000 }, ({ start, skip }) => {
  if (skip) return it.skip('is not here to be tested', () => undefined);
  let stop: () => Promise<void>;
  beforeAll(async () => {
    stop = await start();
  });
  afterAll(() => stop());

  it('are made one after the other: of two that expect the same revision one is refused, and told which is there', async () => {
    const id = await analysed();
    const answers = await Promise.all([NONE, ALL].map((sent) => api.score(id, { ...sent, expected_revision: 1 })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const refused = answers.find(({ status }) => status === 409)!;
    expect(await problemOf(refused)).toMatchObject({ code: 'revision_conflict', current_revision: 2 });
    const made = answers.findIndex(({ status }) => status === 200);
    const analysis = await analysisOf(answers[made]!);
    expect(analysis).toMatchObject({ scoring: [NONE, ALL][made], result: { revision: 2 } });
    await expectPicturesOfNumbers(analysis);
    const replaced = await analysisOf(api.score(id, { ...ALL, expected_revision: 2 }));
    expect(replaced.result?.revision).toBe(3);
  });

  it('that expect nothing are all made; the last one stays', async () => {
    const id = await analysed();
    const answers = await Promise.all([NONE, ALL, NONE, ALL].map((sent) => api.score(id, sent)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const last = await analysisOf(api.read(id));
    expect(last).toMatchObject({ scoring: ALL, result: { revision: 5 } });
    await expectPicturesOfNumbers(last);
  });

  it('of two servers at once never share a revision, nor mix numbers and pictures', async () => {
    const id = await analysed();
    const [here, there] = [await updateElsewhere(), await updateElsewhere()];
    const outcomes = await Promise.allSettled([
      here(id, { ...NONE, expected_revision: 1 }),
      there(id, { ...ALL, expected_revision: 1 }),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = outcomes.find((outcome) => outcome.status === 'rejected') as PromiseRejectedResult;
    expect(refused.reason).toMatchObject({ code: 'revision_conflict', currentRevision: 2 });
    await expectPicturesOfNumbers(await analysisOf(api.read(id)));

    await Promise.all([here(id, NONE), there(id, ALL), here(id, NONE), there(id, ALL)]);
    const last = await analysisOf(api.read(id));
    expect(last.result?.revision).toBe(6);
    await expectPicturesOfNumbers(last);
  });

  it('leave of earlier results the one before, which a page may just be loading, and nothing of refused ones', async () => {
    const id = await analysed();
    const first = await analysisOf(api.read(id));
    const second = await analysisOf(api.score(id, NONE));
    await expectPicturesOfNumbers(first);
    const third = await analysisOf(api.score(id, ALL));
    await expectPicturesOfNumbers(second);
    expect((await api.score(id, { ...NONE, expected_revision: 1 })).status).toBe(409);
    const kept = (await keysUnder(id)).filter((key) => /\/(drawings|results)\//.test(key));
    expect(
      kept
        .filter((key) => key.includes('/results/'))
        .map((key) => Number(key.split('/').at(-2)))
        .sort(),
    ).toEqual([2, 3]);
    expect(kept.filter((key) => key.includes('/drawings/'))).toHaveLength(4);
    await expectPicturesOfNumbers(third);
  });

  it('go on from what version 0.1.0 stored', async () => {
    const id = await analysed();
    const { run } = JSON.parse((await readObject(getStorage(), keysOf(id).record))!.toString());
    const inRun = keysOf(id).run(run.id);
    const { drawing, ...old } = JSON.parse((await readObject(getStorage(), inRun.result(1)))!.toString());
    await getStorage().put(inRun.onlyResult, Buffer.from(JSON.stringify(old)));
    const drawn = await readObject(getStorage(), inRun.drawn(drawing, 'SegRefined'));
    await getStorage().put(inRun.drawn('revisions/1', 'SegRefined'), drawn!);
    for (const folder of [inRun.results, inRun.drawings('drawings')]) await getStorage().delete(folder);
    const opened = await analysisOf(api.read(id));
    expect(opened.result?.revision).toBe(1);
    await expectPicturesOfNumbers(opened);
    expect((await analysisOf(api.score(id, { ...NONE, expected_revision: 1 }))).result?.revision).toBe(2);
  });

  it('of a result that a new run has replaced are refused', async () => {
    const id = await analysed();
    await api.start(id, { resolution: '20x' });
    expect((await until(id, 'done')).result?.revision).toBe(2);
    expect(await problemOf(api.score(id, { ...NONE, expected_revision: 1 }))).toMatchObject({
      code: 'revision_conflict',
      current_revision: 2,
    });
  });
});
