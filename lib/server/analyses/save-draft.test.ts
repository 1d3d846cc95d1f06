import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawDiscs } from '@/workers/__fixtures__/draw';
import { analysisOf, api, keysUnder, problemOf, sendAndVerify, startSite, toPng, until } from './__fixtures__/site';

const png = await toPng(drawDiscs(200, 150, 12, 7).image);
const region = {
  ...{ id: 'a', name: 'Tumour', kind: 'include', shape: 'rectangle', enabled: true },
  rings: [
    [
      [0, 0],
      [10, 0],
      [10, 10],
      [0, 10],
      [0, 0],
    ],
  ],
};
const changes = { base_revision: 1, prob_thresh: 90, regions: [region], corrections: [{ kind: 'delete', x: 3, y: 4 }] };

describe('changes that are not written yet', { timeout: 120_000 }, () => {
  let stop: () => Promise<void>;
  let id = '';
  beforeAll(async () => {
    stop = await startSite();
    id = await sendAndVerify(png);
  });
  afterAll(() => stop());

  it('are refused before there is a result', async () => {
    expect(await problemOf(api.saveDraft(id, changes))).toMatchObject({ status: 409, code: 'wrong_state' });
    await api.start(id, { resolution: '40x' });
    await until(id, 'done');
  });

  it('are kept beside the result and change nothing of it', async () => {
    const before = await analysisOf(api.read(id));
    expect(before.draft).toBeNull();
    const { draft, result, scoring } = await analysisOf(api.saveDraft(id, changes));
    expect(draft).toEqual({ ...changes, saved_at: expect.stringMatching(/^20/) });
    expect([result?.revision, result?.scoring, scoring]).toEqual([1, before.result?.scoring, before.scoring]);
    expect((await analysisOf(api.saveDraft(id, { base_revision: 1, prob_thresh: 80 }))).draft).toMatchObject({
      prob_thresh: 80,
    });
    expect((await analysisOf(api.read(id))).draft?.regions).toBeUndefined();
  });

  it.each([
    ['no revision', { prob_thresh: 90 }],
    ['revision 0', { ...changes, base_revision: 0 }],
    ['a threshold out of range', { ...changes, prob_thresh: 300 }],
    ['a foreign field', { ...changes, saved_at: '2020-01-01T00:00:00Z' }],
  ])('are refused with %s, and what was kept stays', async (_, body) => {
    expect(await problemOf(api.saveDraft(id, body))).toMatchObject({ status: 400, code: 'invalid_option' });
    expect((await analysisOf(api.read(id))).draft).toMatchObject({ prob_thresh: 80 });
  });

  it('go with an update, with their own deletion, and with the analysis', async () => {
    expect((await analysisOf(api.score(id, { prob_thresh: 80, expected_revision: 1 }))).draft).toBeNull();
    await api.saveDraft(id, { ...changes, base_revision: 2 });
    expect((await api.deleteDraft(id)).status).toBe(204);
    expect((await analysisOf(api.read(id))).draft).toBeNull();
    expect((await api.deleteDraft(id)).status).toBe(204);
    await api.saveDraft(id, { ...changes, base_revision: 2 });
    await api.remove(id);
    expect(await keysUnder(id)).toEqual([]);
    expect(await problemOf(api.saveDraft(id, changes))).toMatchObject({ code: 'analysis_not_found' });
    expect(await problemOf(api.deleteDraft(id))).toMatchObject({ code: 'analysis_not_found' });
    expect(await keysUnder(id)).toEqual([]);
  });
});
