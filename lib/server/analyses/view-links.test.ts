import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { POST as createBatch } from '@/app/api/batches/route';
import { POST as createSlide } from '@/app/api/slides/route';
import { TERMS_HEADER, TERMS_VERSION } from '@/lib/contracts/analysis';
import { getStorage } from '@/lib/server/storage';
import { readObject } from '@/lib/server/storage/storage';
import { drawDiscs } from '@/workers/__fixtures__/draw';
import { analysisOf, api, problemOf, runSite, send, sendAndVerify, toPng, until } from './__fixtures__/site';
import { ANALYSES_FOLDER, keysOf, viewIdOf } from './record';
import { sweep } from './sweep';

type Handler = (request: Request, context: { params: Promise<object> }) => Promise<Response>;

runSite();

const png = await toPng(drawDiscs(120, 90, 8, 7).image);

async function analysed() {
  const id = await sendAndVerify(png);
  await api.start(id, { resolution: '40x' });
  return until(id, 'done');
}

/** All objects of all analyses, with what they hold. */
async function stored(): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for await (const { key } of getStorage().list(ANALYSES_FOLDER))
    all[key] = createHash('sha256')
      .update((await readObject(getStorage(), key)) ?? '')
      .digest('hex');
  return all;
}

/** Every handler below one analysis: one that is added later is tried, too. */
const routes = import.meta.glob<Record<string, Handler | string>>('/app/api/analyses/[[]id]/**/route.ts', {
  eager: true,
});
/** What each takes. Without a valid body the wall would not be reached. */
const BODIES: Record<string, object> = {
  draft: { base_revision: 1 },
  feedback: { rating: 5 },
  scoring: { prob_thresh: 90 },
  shown: {},
  start: { resolution: '20x' },
};
const asked = (method: string, body: object) =>
  new Request('http://localhost/', {
    method,
    headers: { 'Content-Type': 'application/json', [TERMS_HEADER]: TERMS_VERSION },
    body: JSON.stringify(body),
  });

it('by its view link an analysis is seen, and changed by no method of any route', async () => {
  const { id, view_id: viewId, may_edit: mayEdit } = await analysed();
  expect(mayEdit).toBe(true);
  if (viewId === null) throw new Error('there is no view link');
  await api.saveDraft(id, { base_revision: 1, prob_thresh: 90 });
  await api.feedback(id, { rating: 2, note: 'private' });
  const before = await stored();

  const tried: string[] = [];
  for (const [path, handlers] of Object.entries(routes))
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const handler = handlers[method];
      if (typeof handler !== 'function') throw new Error(`${path} does not answer ${method}`);
      const params = { id: viewId, name: 'report.pdf' };
      const body = BODIES[path.split('/').at(-2) ?? ''] ?? {};
      const refused = await handler(asked(method, body), { params: Promise.resolve(params) });
      const { code } = await problemOf(refused);
      expect(['read_only', 'method_not_allowed'], `${method} ${path}`).toContain(code);
      if (code === 'read_only') tried.push(`${method} ${path.split('/').at(-2)}`);
    }
  expect(tried.sort()).toEqual([
    'DELETE [id]',
    'DELETE draft',
    'POST cancel',
    'POST retry',
    'POST start',
    'POST verify',
    'PUT draft',
    'PUT feedback',
    'PUT scoring',
    'PUT shown',
  ]);
  const none = { params: Promise.resolve({}) };
  for (const [create, body] of [
    [createBatch, { analyses: [viewId], options: { resolution: '20x' } }],
    [createSlide, { analysis: viewId }],
  ] as const)
    expect(await problemOf((create as Handler)(asked('POST', body), none))).toMatchObject({ code: 'read_only' });
  expect(await problemOf(api.upload(viewId))).toMatchObject({ status: 403, code: 'read_only' });
  expect(await stored()).toEqual(before);

  const seen = await analysisOf(api.read(viewId));
  expect(seen).toMatchObject({ id: viewId, view_id: viewId, may_edit: false, draft: null, feedback: null });
  expect(seen.result?.scoring).toEqual((await analysisOf(api.read(id))).result?.scoring);
  expect(JSON.stringify(seen)).not.toContain(id);
  expect(Object.values(seen.result?.pictures ?? {}).length).toBeGreaterThan(3);
  for (const { url } of Object.values(seen.result?.pictures ?? {})) {
    const answer = await api.exportFile(viewId, url.split('/').at(-1) ?? '');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png']);
  }
  expect(await (await api.exportFile(viewId, 'provenance.json')).text()).not.toContain(id);
  const thumbnail = await api.thumbnail(viewId);
  expect([thumbnail.status, thumbnail.headers.get('content-type')]).toEqual([200, 'image/webp']);
  expect((await api.magnification(viewId)).status).toBe(200);
  await api.remove(id);
});

it('an upload cannot be sent by the view link, and goes with its analysis, at once or when its time is over', async () => {
  const { id, view_id: viewId } = await send(png);
  expect(await problemOf(api.upload(viewId ?? ''))).toMatchObject({ code: 'read_only' });
  expect(JSON.stringify(await analysisOf(api.read(viewId ?? '')))).not.toContain(id);
  await api.remove(id);
  expect(await stored()).toEqual({});
  expect(await problemOf(api.read(viewId ?? ''))).toMatchObject({ status: 404, code: 'analysis_not_found' });

  const second = await send(png);
  // As where a server ended between the two deletions.
  await getStorage().delete(keysOf(second.id).folder);
  expect(await sweep()).toBe(0);
  expect(await stored()).toEqual({});
  const third = await send(png);
  expect(await sweep()).toBe(0);
  expect(Object.keys(await stored())).toContain(keysOf(viewIdOf(third.id)).view);
  expect(await sweep(Date.parse(third.expires_at))).toBe(1);
  expect(await stored()).toEqual({});
});
