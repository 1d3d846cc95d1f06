import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { TERMS_HEADER } from '@/lib/contracts/analysis';
import { drawDiscs } from '@/workers/__fixtures__/draw';
import {
  analysisOf,
  api,
  follow,
  keysUnder,
  problemOf,
  runSite,
  send,
  sendAndVerify,
  toPng,
} from './__fixtures__/site';

const { image } = drawDiscs(120, 90, 8, 7);
const WITHOUT_TERMS = { [TERMS_HEADER]: '' };
const png = await toPng(image);
runSite();

describe('what is refused', () => {
  it('an upload without accepted terms', async () => {
    const refused = api.create({ bytes: 10 }, WITHOUT_TERMS);
    expect(await problemOf(refused)).toMatchObject({ status: 403, code: 'terms_not_accepted' });
    const accepted = await api.create({ bytes: 10 }, { ...WITHOUT_TERMS, cookie: 'a=b; restain-terms=1' });
    expect(accepted.status).toBe(201);
  });

  it.each([
    ['nothing', {}],
    ['no bytes', { bytes: 0 }],
    ['a type that is a header', { bytes: 10, type: 'image/png\r\nX-Evil: 1' }],
    ['a sample that is a path', { sample: '../../package' }],
    ['an unknown field', { bytes: 10, name: 'patient.png' }],
  ])('a beginning with %s', async (_, body) => {
    expect(await problemOf(api.create(body))).toMatchObject({ status: 400, code: 'invalid_option' });
  });

  it('more bytes than the limit, and a sample that is not there', async () => {
    expect(await problemOf(api.create({ bytes: 20_000_000_001 }))).toMatchObject({ code: 'upload_too_large' });
    expect(await problemOf(api.create({ sample: 'no-such' }))).toMatchObject({ status: 404 });
  });

  it.each(['..', '../../etc', 'x', `${'a'.repeat(21)}/`, '%2e%2e', 'a\r\nX-Evil: 1', 'a'.repeat(22)])(
    'the id %j',
    async (id) => {
      const answers = [api.read(id), api.upload(id), api.verify(id), api.cancel(id), api.retry(id)];
      for (const answer of answers) expect((await answer).status).toBe(404);
    },
  );

  it('bytes that are not an image, keeping the reason and not the bytes', async () => {
    const { id } = await send(Buffer.from('<svg onload="alert(1)">'.padEnd(500)));
    expect(await problemOf(api.verify(id))).toMatchObject({ status: 415, code: 'unreadable_image' });
    const failed = { state: 'failed', can_retry: false, problem: { code: 'unreadable_image' } };
    expect(await analysisOf(api.read(id))).toMatchObject(failed);
    expect((await keysUnder(id)).map((key) => key.split('/').at(-1))).toEqual(['record.json']);
    expect(await problemOf(api.verify(id))).toMatchObject({ code: 'wrong_state' });
  });

  it('an image that is cut short: half of one must not be scored as a whole', async () => {
    const { id } = await send(png.subarray(0, png.length / 2));
    expect(await problemOf(api.verify(id))).toMatchObject({ code: 'unreadable_image' });
  });

  it('what lacks a part, is not JSON, comes at the wrong time, or names an unknown model', async () => {
    const created = await analysisOf(api.create({ bytes: 9_000_000 }));
    expect(created.upload?.missing.map(({ bytes }) => bytes)).toEqual([8_388_608, 611_392]);
    expect(await problemOf(api.verify(created.id))).toMatchObject({ status: 409, code: 'upload_incomplete' });
    for (const early of [api.start(created.id, {}), api.retry(created.id), api.score(created.id, {})])
      expect(await problemOf(early)).toMatchObject({ status: 409, code: 'wrong_state' });
    const id = await sendAndVerify(png);
    expect(await problemOf(api.upload(id))).toMatchObject({ code: 'wrong_state' });
    expect(await problemOf(api.start(id, { model: 'nope' }))).toMatchObject({ code: 'model_not_found' });
    const form = api.start(id, {}, { 'Content-Type': 'text/plain' });
    expect(await problemOf(form)).toMatchObject({ code: 'malformed_request' });
  });

  it.each(['verified', 'refused', 'deleted'])(
    'what is sent by a link after the upload was %s: nothing of it is stored',
    async (how) => {
      const bytes = how === 'refused' ? Buffer.from('no picture') : png;
      const created = await send(bytes);
      if (how === 'deleted') await api.remove(created.id);
      else await api.verify(created.id);
      const before = await keysUnder(created.id);
      const { url, headers } = created.upload!.missing[0]!;
      const answer = await follow(url, { method: 'PUT', body: bytes as unknown as BodyInit, headers });
      expect(await problemOf(answer)).toMatchObject({ status: 404, code: 'not_found' });
      expect(await keysUnder(created.id)).toEqual(before);
      expect(before.filter((key) => key.includes('/upload/'))).toEqual([]);
    },
  );
});

describe('a sample', () => {
  it('goes the way of an upload, without terms', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'restain-samples-'));
    await mkdir(join(folder, 'public', 'samples'), { recursive: true });
    await writeFile(join(folder, 'public', 'samples', 'discs.png'), png);
    const cwd = vi.spyOn(process, 'cwd').mockReturnValue(folder);
    const response = await api.create({ sample: 'discs' }, WITHOUT_TERMS);
    cwd.mockRestore();
    expect(response.status).toBe(201);
    expect(await analysisOf(response)).toMatchObject({ state: 'ready', sample: 'discs', source: { width: 120 } });
    await rm(folder, { recursive: true });
  });
});
