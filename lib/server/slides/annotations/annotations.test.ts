import { afterEach, describe, expect, it, vi } from 'vitest';
import { Annotations, MAX_ANNOTATIONS, SavedAnnotations } from '@/lib/contracts/annotation';
import { problemOf, runSite } from '@/lib/server/analyses/__fixtures__/site';
import { drawGrain, drawSlide } from '@/lib/server/slides/__fixtures__/draw-slide';
import { keysOfSlides, sendSlide, slideOf, slides, slideUntil } from '@/lib/server/slides/__fixtures__/slide-site';
import { KEPT_REVISIONS } from '@/lib/server/slides/revisions';
import { getStorage } from '@/lib/server/storage';

runSite();
afterEach(async () => {
  vi.restoreAllMocks();
  await getStorage().delete('slides/');
});

const form = { side: 64, colour: 'rgb', sampling: '4:4:4', hasTables: true } as const;
const drawn = await drawSlide(drawGrain(200, 150), form);

async function ready() {
  const { id } = await sendSlide(drawn.file);
  await slides.ingest(id);
  return slideUntil(id, 'ready');
}

const region = (id: string, more: object = {}) => ({
  id,
  class: 'tumour',
  polygons: [
    [
      [
        [10, 10],
        [60, 10],
        [60.25, 60],
      ],
    ],
  ],
  ...more,
});

async function bodyOf(answer: Promise<Response>): Promise<unknown> {
  const response = await answer;
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return response.json();
}
const read = async (id: string) => Annotations.parse(await bodyOf(slides.annotations(id)));
const save = async (id: string, base: number, annotations: object[]) =>
  SavedAnnotations.parse(await bodyOf(slides.annotate(id, { base_revision: base, annotations })));

describe('annotations of a slide', () => {
  it('begin at revision 0, and are as they were saved', async () => {
    const { id, view_id: viewId } = await ready();
    expect(await read(id)).toMatchObject({ revision: 0 });
    expect((await save(id, 0, [region('first-one', { name: 'Nest 1' })])).revision).toBe(1);
    const { revision, annotations } = await read(viewId);
    expect(revision).toBe(1);
    expect(annotations).toEqual([
      {
        ...region('first-one', { name: 'Nest 1' }),
        ...{ shape: 'polygon', is_locked: false, is_hidden: false, origin: 'drawn', core: null, rating: null },
      },
    ]);
  });

  it('can be saved before anybody has asked for them', async () => {
    const { id } = await ready();
    expect((await save(id, 0, [])).revision).toBe(1);
  });

  it('refuse what was changed on an old revision, and say which is the newest', async () => {
    const { id } = await ready();
    await save(id, 0, [region('first-one')]);
    await save(id, 1, [region('second-one')]);
    for (const base of [0, 1, 3]) {
      const refused = await problemOf(slides.annotate(id, { base_revision: base, annotations: [] }));
      expect(refused).toMatchObject({ status: 409, code: 'revision_conflict', current_revision: 2 });
    }
    expect((await read(id)).annotations.map((one) => one.id)).toEqual(['second-one']);
  });

  it('serve one of many who change the same revision', async () => {
    const { id } = await ready();
    await read(id);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        slides.annotate(id, { base_revision: 0, annotations: [region(`writer-no-${i}`)] }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(409)]);
    const winner = answers.findIndex(({ status }) => status === 200);
    expect(await read(id)).toMatchObject({ revision: 1, annotations: [{ id: `writer-no-${winner}` }] });
  });

  it('keep the last few revisions, and no more', async () => {
    const { id, view_id: viewId } = await ready();
    const last = KEPT_REVISIONS + 4;
    for (let base = 0; base < last; base++) await save(id, base, [region('only-one', { name: `${base}` })]);
    expect((await read(id)).revision).toBe(last);
    const kept = (await keysOfSlides()).filter((key) => key.includes('/annotations/'));
    const numbers = Array.from({ length: KEPT_REVISIONS + 1 }, (_, i) => last - i);
    expect(kept).toEqual(numbers.map((n) => `slides/${viewId}/annotations/${n}/content.json`).sort());
  });

  it('refuse a writer that was held up so long that its own place is free again', async () => {
    const { id } = await ready();
    await read(id);
    const storage = getStorage();
    const putNew = storage.putNew.bind(storage);
    vi.spyOn(storage, 'putNew').mockImplementationOnce(async (...written) => {
      for (let base = 0; base < KEPT_REVISIONS + 2; base++) await save(id, base, [region(`other-no-${base}`)]);
      return putNew(...written);
    });
    const refused = await problemOf(slides.annotate(id, { base_revision: 0, annotations: [region('too-late')] }));
    expect(refused).toMatchObject({ code: 'revision_conflict', current_revision: KEPT_REVISIONS + 2 });
    expect((await read(id)).annotations[0]?.id).toBe(`other-no-${KEPT_REVISIONS + 1}`);
    expect((await keysOfSlides()).filter((key) => key.includes('/annotations/1/'))).toEqual([]);
  });

  it('are read, and not changed, by the view link', async () => {
    const { id, view_id: viewId } = await ready();
    const refused = await problemOf(slides.annotate(viewId, { base_revision: 0, annotations: [] }));
    expect(refused).toMatchObject({ status: 403, code: 'read_only' });
    expect((await read(viewId)).revision).toBe(0);
    expect((await read(id)).revision).toBe(0);
  });

  it('name what is wrong with them', async () => {
    const { id } = await ready();
    const refuse = async (annotations: object[]) => {
      const problem = await problemOf(slides.annotate(id, { base_revision: 0, annotations }));
      expect(problem).toMatchObject({ status: 400, code: 'invalid_option' });
      return problem.detail;
    };
    expect(await refuse([region('first-one', { polygons: [[[[0, 0]]]] })])).toContain('annotations/0/polygons');
    expect(await refuse([region('first-one', { colour: 'red' })])).toContain('unknown option');
    const many = Array.from({ length: MAX_ANNOTATIONS + 1 }, (_, i) => region(`annotation-${i}`));
    expect(await refuse(many)).toContain('2000');
    expect((await read(id)).revision).toBe(0);
  });

  it('wait until the slide is ready', async () => {
    const { id } = await sendSlide(drawn.file);
    expect(await problemOf(slides.annotations(id))).toMatchObject({ status: 409, code: 'wrong_state' });
    const refused = await problemOf(slides.annotate(id, { base_revision: 0, annotations: [] }));
    expect(refused).toMatchObject({ status: 409, code: 'wrong_state' });
  });

  it('keep the slide for longer, as any change', async () => {
    const { id } = await ready();
    const before = await slideOf(slides.keep(id, 1));
    const { expires_at: expires } = await save(id, 0, []);
    expect(Date.parse(expires)).toBeGreaterThan(Date.parse(before.expires_at) + 3_600_000);
    expect((await slideOf(slides.read(id))).expires_at).toBe(expires);
  });

  it.each(['put', 'putNew'] as const)('leave nothing when the slide is deleted before %s', async (write) => {
    const { id } = await ready();
    await read(id);
    const storage = getStorage();
    const original = storage[write].bind(storage) as (...written: unknown[]) => Promise<never>;
    vi.spyOn(storage, write).mockImplementationOnce(async (...written: unknown[]) => {
      await slides.remove(id);
      return original(...written);
    });
    const refused = await problemOf(slides.annotate(id, { base_revision: 0, annotations: [region('too-late')] }));
    expect(refused).toMatchObject({ status: 404, code: 'slide_not_found' });
    expect(await keysOfSlides()).toEqual([]);
  });
});
