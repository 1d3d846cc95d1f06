import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { analyseImage } from '@/lib/server/inference/analyse-image';
import { getStorage } from '@/lib/server/storage';
import { readObject } from '@/lib/server/storage/storage';
import { drawDiscs } from '@/workers/__fixtures__/draw';
import {
  analysisOf,
  api,
  follow,
  keysUnder,
  pixelsAt,
  problemOf,
  runSite,
  send,
  sendAndVerify,
  toPng,
  until,
} from './__fixtures__/site';
import { keysOf } from './record';
import { sweep } from './sweep';

const { image, discs } = drawDiscs(400, 260, 60, 7);
const png = await toPng(image);
/** What the engine says of the image when nothing is stored. */
let expected: { num_total: number; num_pos: number };

runSite();
beforeAll(async () => {
  const request = { image, micronsPerPixel: 0.25, scoring: {}, modalities: [], overlay: false, refined: false };
  const { score } = await analyseImage(request, { signal: new AbortController().signal });
  expected = { num_total: score!.total, num_pos: score!.positive };
});

async function analysed(): Promise<string> {
  const id = await sendAndVerify(png);
  await api.start(id, { resolution: '40x' });
  await until(id, 'done');
  return id;
}

describe('an analysis of the site', () => {
  it('goes from an upload to numbers, pictures and feedback', async () => {
    const { id } = await send(png);
    expect(await analysisOf(api.read(id))).toMatchObject({ state: 'uploading', source: null });
    const ready = await analysisOf(api.verify(id));
    expect(ready).toMatchObject({ state: 'ready', source: { width: 400, height: 260 } });
    expect(ready.source?.thumbnail).toMatchObject({ width: 400, height: 260 });

    expect((await api.start(id, { resolution: '40x' })).status).toBe(202);
    const { result } = await until(id, 'done');
    expect(result?.scoring).toMatchObject(expected);
    const names = ['DAPI', 'Hema', 'Lap2', 'Marker', 'Original', 'Seg', 'SegOverlaid', 'SegRefined'];
    expect(Object.keys(result!.pictures).sort()).toEqual(names);
    expect(result?.provenance).toMatchObject({ microns_per_pixel: 0.25, microns_per_pixel_source: 'resolution' });
    expect(result?.provenance.file_sha256).toMatch(/^[0-9a-f]{64}$/);
    expect((await pixelsAt(result!.pictures.Original!.url)).equals(Buffer.from(image.data))).toBe(true);

    const rated = await analysisOf(api.feedback(id, { rating: 4, note: 'a few missed' }));
    expect(rated.feedback).toEqual({ rating: 4, note: 'a few missed' });
  });

  it('is looked at before it is started, and by the shipped network alone', async () => {
    const { id } = await send(png);
    expect(await problemOf(api.magnification(id))).toMatchObject({ code: 'wrong_state' });
    await api.verify(id);
    expect(await (await api.magnification(id)).json()).toEqual({ resolution: null, nucleus_diameter_px: null });
    await api.remove(id);
    expect(await problemOf(api.magnification(id))).toMatchObject({ code: 'analysis_not_found' });
  });

  it('keeps nothing of the upload but its pixels', async () => {
    const id = await sendAndVerify(png);
    const keys = await keysUnder(id);
    expect(keys.filter((key) => key.includes('/upload/'))).toEqual([]);
    for (const key of keys) expect((await readObject(getStorage(), key))!.includes('Jane')).toBe(false);
  });

  it('gives nothing away to who does not know the id, and is gone at once when deleted', async () => {
    const id = await analysed();
    const { source, result } = await analysisOf(api.read(id));
    expect((await api.remove(id)).status).toBe(204);
    expect(await keysUnder(id)).toEqual([]);
    expect((await follow(source!.url!)).status).toBe(404);
    expect((await follow(result!.pictures.Seg!.url)).status).toBe(404);
    expect(await problemOf(api.read(id))).toMatchObject({ status: 404, code: 'analysis_not_found' });
    expect((await api.remove(id)).status).toBe(204);
  });
});

describe('an update', () => {
  it('remakes pictures and numbers from the stored maps, and keeps the parameters', async () => {
    const id = await analysed();
    const first = (await analysisOf(api.read(id))).result!;
    const drawnFirst = await pixelsAt(first.pictures.SegOverlaid!.url);
    const parameters = { size_thresh: 300, marker_thresh: 'none', prob_thresh: 127 };
    const updated = await analysisOf(api.score(id, parameters));
    expect(updated.result?.revision).toBe(2);
    expect(updated.scoring).toEqual(parameters);
    expect(updated.result!.scoring.num_total).toBeLessThan(first.scoring.num_total);
    const drawn = await pixelsAt(updated.result!.pictures.SegOverlaid!.url);

    const back = await analysisOf(api.score(id, { size_thresh: first.scoring.size_thresh }));
    expect(back.result!.scoring).toEqual(first.scoring);
    const redrawn = await pixelsAt(back.result!.pictures.SegOverlaid!.url);
    expect(redrawn.equals(drawn)).toBe(false);
    expect(redrawn.equals(drawnFirst)).toBe(true);
  });

  it('counts what a person corrected, within the regions that were drawn', async () => {
    const id = await analysed();
    const negatives = discs.filter(({ positive, x, y }) => !positive && x > 12 && y > 12 && x < 388 && y < 248);
    const [one, two] = negatives as [(typeof discs)[0], (typeof discs)[0]];
    const corrections = [
      { kind: 'class', x: one.x, y: one.y, positive: true },
      { kind: 'delete', x: two.x, y: two.y },
      { kind: 'delete', x: -5, y: 0 },
    ];
    const { result, scoring } = await analysisOf(api.score(id, { corrections }));
    const { num_total, num_pos } = expected;
    expect(result?.scoring).toMatchObject({ num_total: num_total - 1, num_pos: num_pos + 1 });
    expect(result?.corrections).toEqual({ class: 1, delete: 1, add: 0, split: 0, join: 0 });
    expect(scoring.corrections).toEqual(corrections);

    const region = (kind: string, from: number, to: number, enabled = true) => ({
      ...{ id: `${from}`, name: `${kind}`, kind, shape: 'rectangle', enabled },
      rings: [
        [
          [from, 0],
          [to, 0],
          [to, 260],
          [from, 260],
          [from, 0],
        ],
      ],
    });
    const totalOf = async (...regions: unknown[]) =>
      (await analysisOf(api.score(id, { regions }))).result!.scoring.num_total;
    const left = await totalOf(region('include', 0, 200));
    const right = await totalOf(region('exclude', 0, 200));
    expect(left).toBeGreaterThan(10);
    expect(left + right).toBe(num_total);
    expect(await totalOf(region('include', 0, 400), region('exclude', 200, 400))).toBe(left);
    expect(await totalOf(region('include', 0, 200, false))).toBe(num_total);
  });
});

describe('a run', () => {
  it('leaves no trace when the analysis is deleted meanwhile', async () => {
    const id = await sendAndVerify(png);
    await api.start(id, { resolution: '10x' });
    await until(id, 'running', 'done');
    await api.remove(id);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await keysUnder(id)).toEqual([]);
  });

  it('can be cancelled, retried, and started anew with another resolution', async () => {
    const id = await sendAndVerify(png);
    await api.start(id, { resolution: '10x' });
    expect(await problemOf(api.start(id, {}))).toMatchObject({ code: 'wrong_state' });
    expect(await analysisOf(api.cancel(id))).toMatchObject({ state: 'cancelled', can_retry: true });
    expect((await api.retry(id)).status).toBe(202);
    expect((await until(id, 'done')).started).toEqual({ resolution: '10x' });
    await api.start(id, { microns_per_pixel: 0.25 });
    expect((await until(id, 'done')).result?.scoring).toMatchObject(expected);
    const runs = (await keysUnder(id)).filter((key) => key.includes('/runs/')).map((key) => key.split('/')[3]);
    expect(new Set(runs).size).toBe(1);
  });

  it('is started with a marker, beside its other parameters of scoring', async () => {
    const id = await sendAndVerify(png);
    const size = { size_thresh: 20 };
    expect((await api.start(id, { marker: 'cd3', scoring: { ...size, marker: 'ki67' } })).status).toBe(202);
    const { started, scoring, result } = await until(id, 'done');
    expect(started).toEqual({ scoring: { ...size, marker: 'cd3' } });
    expect(scoring).toEqual({ ...size, marker: 'cd3' });
    expect(result?.scoring.tumour).toBeNull();
    expect(await problemOf(api.start(id, { marker: 'cd4' as never }))).toMatchObject({ code: 'invalid_option' });
  });

  it('is stopped by another server through the storage alone', async () => {
    const id = await sendAndVerify(await toPng(drawDiscs(700, 700, 60, 3).image));
    await api.start(id, { resolution: '10x' });
    await until(id, 'running');
    const record = JSON.parse((await readObject(getStorage(), keysOf(id).record))!.toString());
    await getStorage().put(keysOf(id).run(record.run.id).cancel, Buffer.from('{}'));
    await until(id, 'cancelled');
  });

  it('that fails by what was sent offers no other try of the same', async () => {
    const id = await sendAndVerify(png);
    await rm(join(process.env.STORAGE_DIR!, 'objects', keysOf(id).source));
    await api.start(id, { resolution: '40x' });
    await expect.poll(async () => (await analysisOf(api.read(id))).state).toBe('failed');
    expect(await analysisOf(api.read(id))).toMatchObject({ can_retry: false, problem: { code: 'analysis_not_found' } });
  });
});

describe('the end of the time', () => {
  it('is the end of an analysis, for who asks and for the sweeper, and of nothing else', async () => {
    const [asked, swept, young] = [await sendAndVerify(png), await sendAndVerify(png), await sendAndVerify(png)];
    expect(Date.parse((await analysisOf(api.read(young))).expires_at) - Date.now()).toBeGreaterThan(23.9 * 3_600_000);
    for (const id of [asked, swept]) {
      const record = JSON.parse((await readObject(getStorage(), keysOf(id).record))!.toString());
      const over = { ...record, expiresAt: new Date(Date.now() - 1).toISOString() };
      await getStorage().put(keysOf(id).record, Buffer.from(JSON.stringify(over)));
    }
    expect((await api.read(asked)).status).toBe(404);
    expect(await keysUnder(asked)).toEqual([]);
    await sweep();
    expect(await keysUnder(swept)).toEqual([]);
    expect((await keysUnder(young)).length).toBe(3);
  });

  it('comes for what no record speaks of, too', async () => {
    const id = 'A'.repeat(22);
    await getStorage().put(keysOf(id).part(1), Buffer.from('x'));
    await sweep();
    expect(await keysUnder(id)).toEqual([]);
  });

  it('comes only with the time for a record that cannot be read', async () => {
    const id = 'B'.repeat(22);
    await getStorage().put(keysOf(id).record, Buffer.from('{'));
    await sweep();
    expect(await keysUnder(id)).toHaveLength(1);
    await sweep(Date.now() + 25 * 3_600_000);
    expect(await keysUnder(id)).toEqual([]);
  });

  it('of an upload comes with its verification: what lands there later is swept, and nothing else', async () => {
    const id = await sendAndVerify(png);
    const open = await send(png);
    await getStorage().put(keysOf(id).part(1), png);
    const [before, beforeOpen] = [await keysUnder(id), await keysUnder(open.id)];
    await sweep();
    expect(await keysUnder(id)).toEqual(before.filter((key) => !key.includes('/upload/')));
    expect(await keysUnder(open.id)).toEqual(beforeOpen);
  });
});
