import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GET, PUT } from '@/app/api/slides/[id]/settings/route';
import { EXAMPLE_CLASSIFIER } from '@/lib/contracts/classifier';
import { resetEnvForTests } from '@/lib/server/env';
import { keysOfSlides, slideOf, slides } from '@/lib/server/slides/__fixtures__/slide-site';

const folder = mkdtempSync(join(tmpdir(), 'restain-settings-'));

beforeAll(() => {
  process.env.STORAGE_DIR = folder;
  process.env.MODELS_DIR = 'workers/__fixtures__/models';
  resetEnvForTests();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (id: string) => ({ params: Promise.resolve({ id }) });
const read = (id: string) => GET(new Request('http://localhost/'), at(id));
const save = (id: string, body: unknown) => {
  const headers = { 'Content-Type': 'application/json' };
  return PUT(new Request('http://localhost/', { method: 'PUT', headers, body: JSON.stringify(body) }), at(id));
};
const create = () => slideOf(slides.create({ bytes: 100 }));

describe('settings of a slide', () => {
  it('begin at revision 0, and each change has the next', async () => {
    const { id, view_id } = await create();
    expect(await (await read(view_id)).json()).toEqual({ revision: 0, corrections: [] });
    const first = await save(id, { base_revision: 0, prob_thresh: 100, microns_per_pixel: 0.5 });
    expect(await first.json()).toEqual({ revision: 1, prob_thresh: 100, microns_per_pixel: 0.5, corrections: [] });
    for (let base = 1; base < 8; base++) expect((await save(id, { base_revision: base })).status).toBe(200);
    expect(await (await read(id)).json()).toEqual({ revision: 8, corrections: [] });
    const stored = (await keysOfSlides()).filter((key) => key.startsWith(`slides/${view_id}/settings/`));
    expect(stored.length, stored.join(' ')).toBeLessThan(8);
  });

  it('are written by one of two who change the same revision', async () => {
    const { id } = await create();
    const answers = await Promise.all(
      [100, 110, 120].map((prob_thresh) => save(id, { base_revision: 0, prob_thresh })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const refused = answers.find(({ status }) => status === 409);
    expect(await refused?.json()).toMatchObject({ code: 'revision_conflict', current_revision: 1 });
  });

  it('cannot be changed by the view link, nor to a model that is not there, nor to contradictions', async () => {
    const { id, view_id } = await create();
    expect(await (await save(view_id, { base_revision: 0 })).json()).toMatchObject({ code: 'read_only' });
    expect(await (await save(id, { base_revision: 0, model: 'no-such' })).json()).toMatchObject({
      code: 'model_not_found',
    });
    const graded = { base_revision: 0, intensity_two_plus: 1, intensity_three_plus: 0.5 };
    expect(await (await save(id, graded)).json()).toMatchObject({ code: 'invalid_option' });
  });

  it('keep the marker and what was taught, and take no classifier of another prior', async () => {
    const { id } = await create();
    const classifier = JSON.parse(EXAMPLE_CLASSIFIER);
    const told = { marker: 'ki67', classifier };
    expect(await (await save(id, { base_revision: 0, ...told })).json()).toEqual({
      revision: 1,
      corrections: [],
      ...told,
    });
    expect(await (await read(id)).json()).toMatchObject(told);
    const refused = await save(id, { base_revision: 1, classifier: { ...classifier, prior: 'older' } });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ code: 'invalid_option' });
    expect((await save(id, { base_revision: 1, marker: 'cd4' })).status).toBe(400);
  });

  it('leave nothing of a slide that is deleted meanwhile', async () => {
    const { id, view_id } = await create();
    const saved = save(id, { base_revision: 0 });
    await slides.remove(id);
    await saved;
    expect((await keysOfSlides()).filter((key) => key.includes(view_id))).toEqual([]);
  });
});
