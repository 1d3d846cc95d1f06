import { setTimeout as delay } from 'node:timers/promises';
import { PDFDocument } from '@cantoo/pdf-lib';
import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, it, vi } from 'vitest';
import { GET as archive } from '@/app/api/batches/[id]/all.zip/route';
import { POST as add } from '@/app/api/batches/[id]/analyses/route';
import { POST as cancel } from '@/app/api/batches/[id]/cancel/route';
import { GET as reports } from '@/app/api/batches/[id]/reports.pdf/route';
import { POST as rerun } from '@/app/api/batches/[id]/rerun/route';
import { GET as read, DELETE as remove } from '@/app/api/batches/[id]/route';
import { GET as table } from '@/app/api/batches/[id]/table.csv/route';
import { POST as create } from '@/app/api/batches/route';
import { Batch, type BatchRowState } from '@/lib/contracts/batch';
import { EXAMPLE_CLASSIFIER } from '@/lib/contracts/classifier';
import { Problem } from '@/lib/contracts/problem';
import { wordsOfPdf } from '@/lib/exports/__fixtures__/pdf-words';
import { TAUGHT_COLUMNS } from '@/lib/scoring/classify/feature-names';
import {
  analysisOf,
  api,
  keysUnder,
  runSite,
  send,
  sendAndVerify,
  toPng,
} from '@/lib/server/analyses/__fixtures__/site';
import { keysOf } from '@/lib/server/analyses/record';
import { deleteAnalysis, startAnalysis } from '@/lib/server/analyses/run-analysis';
import { forgetProcessWide } from '@/lib/server/process-wide';
import { writeJson } from '@/lib/server/runs/stored-json';
import { getStorage } from '@/lib/server/storage';
import { drawDiscs } from '@/workers/__fixtures__/draw';
import { addMember, createBatchRecord, keysOfBatch, listMembers, type Member, writeOrder } from './batch-record';
import { deleteBatch } from './change-batch';
import { assertPrintable } from './send-batch-reports';
import { sweepBatches } from './sweep-batches';

runSite();

const png = await toPng(drawDiscs(200, 160, 20, 7).image);
const wide = await toPng(drawDiscs(300, 160, 30, 3).image);
const NOBODY = 'a'.repeat(22);

type Handler = (request: Request, context: { params: Promise<never> }) => Promise<Response>;

function call(handler: unknown, params: object, body?: unknown, query = ''): Promise<Response> {
  const request = new Request(`http://localhost/?${query}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return (handler as Handler)(request, { params: Promise.resolve(params as never) });
}

async function batchOf(response: Response | Promise<Response>): Promise<Batch> {
  const answer = await response;
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  return Batch.parse(await answer.json());
}
const problemOf = async (response: Promise<Response>) => Problem.parse(await (await response).json());
const createBatch = (body: object) => batchOf(call(create, {}, body));
const readBatch = (id: string) => batchOf(call(read, { id }));

async function untilOver(id: string): Promise<Batch> {
  for (;;) {
    const batch = await readBatch(id);
    if (!batch.is_running) return batch;
    await delay(50);
  }
}

const statesOf = ({ rows }: Batch): BatchRowState[] => rows.map(({ state }) => state);

/** An analysis whose upload is refused. */
async function sendBroken(): Promise<string> {
  const { id } = await send(Buffer.from('not a picture'));
  expect((await api.verify(id)).status).toBe(415);
  return id;
}

async function keysOfFolder(folder: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of getStorage().list(folder)) keys.push(key);
  return keys;
}

describe('a batch', () => {
  it('tells kinds by what was taught, on each of its images, and by no classifier of another prior', async () => {
    /** Every nucleus is a blast. */
    const row = (column: string) => [0, 0, 0, 0, column === 'constant' ? 900 : 0];
    const classifier = {
      ...JSON.parse(EXAMPLE_CLASSIFIER),
      ...{ clicks: 31, limits: null, classes: [{ name: 'Blast', kind: 'tumour' }] },
      weights: Object.fromEntries(TAUGHT_COLUMNS.map((column) => [column, row(column)])),
    };
    const analyses = [await sendAndVerify(png), await sendAndVerify(wide)];
    const created = await createBatch({ analyses, options: { resolution: '40x', scoring: { classifier } } });
    const { rows } = await untilOver(created.id);
    for (const { result } of rows) {
      expect(result?.scoring.tumour).toMatchObject({
        num_total: result?.scoring.num_total,
        made_by: 'taught with 31 clicks',
      });
      expect(result?.scoring.num_total).toBeGreaterThan(0);
    }
    const older = { analyses, options: { scoring: { classifier: { ...classifier, prior: 'older' } } } };
    expect(await problemOf(call(create, {}, older))).toMatchObject({ status: 400, code: 'invalid_option' });
  });

  it('runs all its analyses with the same options, though one of them fails', async () => {
    const analyses = [
      await sendAndVerify(png),
      await sendBroken(),
      await sendAndVerify(wide),
      await sendAndVerify(png),
    ];
    const created = await createBatch({ analyses, options: { resolution: '40x' } });
    expect(created.rows.map(({ analysis, number }) => [analysis, number])).toEqual(
      analyses.map((id, i) => [id, i + 1]),
    );
    const { id, rows } = await untilOver(created.id);
    expect(rows.map(({ state }) => state)).toEqual(['done', 'failed', 'done', 'done']);
    expect(rows[1]?.problem).toMatchObject({ code: 'unreadable_image' });
    expect(rows[0]?.result?.scoring).toEqual((await analysisOf(api.read(analyses[0] as string))).result?.scoring);
    expect(rows[2]?.source).toMatchObject({ width: 300, height: 160, needs_choice: false });
    expect(rows.map(({ result }) => result?.microns_per_pixel)).toEqual([0.25, undefined, 0.25, 0.25]);

    const lines = (await (await call(table, { id })).text()).split('\r\n');
    expect(lines).toHaveLength(6);
    const [header, first, second] = lines.map((line) => line.split(','));
    const cell = (row: string[] | undefined, name: string) => row?.[header?.indexOf(name) ?? -1];
    expect(cell(first, 'num_total')).toBe(String(rows[0]?.result?.scoring.num_total));
    expect(cell(first, 'state')).toBe('done');
    expect(cell(second, 'state')).toBe('failed');
    expect(cell(second, 'num_total')).toBe('');
    const semicolons = Buffer.from(await (await call(table, { id }, undefined, 'csv=semicolon')).arrayBuffer());
    expect(semicolons.toString().startsWith('\uFEFFnumber;name;')).toBe(true);
  });

  it('is saved as one archive: the table, and a folder for each result', async () => {
    const analyses = [await sendAndVerify(png), await sendBroken(), await sendAndVerify(wide)];
    const { id } = await createBatch({ analyses, options: { resolution: '40x' } });
    expect(await problemOf(call(archive, { id: (await createBatch({ analyses })).id }))).toMatchObject({
      code: 'wrong_state',
    });
    const { rows } = await untilOver(id);
    const files = async (query = '') =>
      unzipSync(new Uint8Array(await (await call(archive, { id }, undefined, query)).arrayBuffer()));
    const saved = await files('csv=semicolon');
    const documents = [
      'nuclei-imagej.zip',
      'nuclei.csv',
      'nuclei.geojson',
      'provenance.json',
      'report.pdf',
      'scoring.json',
    ];
    const inFolder = (folder: string, pictures: string[]) =>
      [...pictures, ...documents].map((name) => `${folder}/${name}`);
    expect(Object.keys(saved).sort()).toEqual(
      [...inFolder('1', ['SegOverlaid.png']), ...inFolder('3', ['SegOverlaid.png']), 'table.csv'].sort(),
    );
    expect(strFromU8(saved['table.csv']!)).toContain('num_total;');
    const scoring = JSON.parse(strFromU8(saved['3/scoring.json']!));
    expect(JSON.stringify(scoring)).toContain(`"num_total":${rows[2]?.result?.scoring.num_total}`);
    expect(Object.keys(await files('pictures=none'))).toHaveLength(13);
    expect(Object.keys(await files('pictures=all'))).toContain('1/Hema.png');
    expect(await problemOf(call(archive, { id }, undefined, 'pictures=some'))).toMatchObject({
      code: 'invalid_option',
    });
  });

  it('is printed as one document: a report for each result in order, and why others have none', async () => {
    const analyses = [
      await sendAndVerify(png),
      await sendBroken(),
      await sendAndVerify(wide),
      await sendAndVerify(png),
    ];
    expect(await problemOf(call(reports, { id: (await createBatch({ analyses })).id }))).toMatchObject({
      code: 'wrong_state',
    });
    const { id } = await createBatch({ analyses, options: { resolution: '40x' } });
    await untilOver(id);
    await deleteAnalysis(analyses[3] as string);
    const answer = await call(reports, { id });
    expect(answer.headers.get('Content-Type')).toBe('application/pdf');
    const pdf = new Uint8Array(await answer.arrayBuffer());
    const words = await wordsOfPdf(pdf);
    // The number is written on a page after what the report has there.
    const inOrder = ['200 x 160 px', 'Image 1 of 4', '300 x 160 px', 'Image 3 of 4', 'Images without a report'];
    const at = inOrder.map((text) => words.indexOf(text));
    expect(at).not.toContain(-1);
    expect(at).toEqual(at.toSorted((a, b) => a - b));
    expect(words.match(/Numbers and settings/g)).toHaveLength(2);
    // No page is shared by two.
    const { length: pages } = (await PDFDocument.load(pdf)).getPages();
    expect(words.match(/Image \d of 4|Images without a report/g)).toHaveLength(pages);
    expect(words).toMatch(/Image 2: failed\. \w+/);
    expect(words).toContain('Image 4: deleted.');
    expect(words).not.toMatch(/Image [24] of 4/);
  });

  it('is printed as one document up to 100 results', () => {
    const results = (count: number) => Array.from({ length: count }, () => ({ state: 'done' as const }));
    expect(() => assertPrintable([...results(100), { state: 'failed' }])).not.toThrow();
    expect(() => assertPrintable(results(101))).toThrow(
      'This batch has 101 results; one PDF file may hold the reports of 100.',
    );
  });

  it('is printed without what is deleted meanwhile, and says so', async () => {
    const analyses = [await sendAndVerify(png), await sendAndVerify(wide)];
    const { id } = await createBatch({ analyses, options: { resolution: '40x' } });
    await untilOver(id);
    const storage = getStorage();
    const get = storage.get.bind(storage);
    const second = analyses[1] as string;
    using _reads = vi.spyOn(storage, 'get').mockImplementation(async (key, range) => {
      if (key.startsWith(keysOf(second).folder) && key.endsWith('.png')) await deleteAnalysis(second);
      return get(key, range);
    });
    const words = await wordsOfPdf(new Uint8Array(await (await call(reports, { id })).arrayBuffer()));
    expect(words).toContain('Image 1 of 2');
    expect(words).not.toContain('Image 2 of 2');
    expect(words).toContain('Image 2: deleted, or run again, while this document was written.');
  });

  it('is saved without what is deleted meanwhile, and says so', async () => {
    const analyses = [await sendAndVerify(png), await sendAndVerify(wide)];
    const { id } = await createBatch({ analyses, options: { resolution: '40x' } });
    await untilOver(id);
    const storage = getStorage();
    const get = storage.get.bind(storage);
    const [first, second] = analyses as [string, string];
    // The second is deleted when one of its pictures is about to be read.
    using reads = vi.spyOn(storage, 'get').mockImplementation(async (key, range) => {
      if (key.startsWith(keysOf(second).folder) && key.endsWith('.png')) await deleteAnalysis(second);
      return get(key, range);
    });
    const saved = unzipSync(new Uint8Array(await (await call(archive, { id })).arrayBuffer()));
    expect(reads.mock.calls.some(([key]) => key.startsWith(keysOf(first).folder))).toBe(true);
    expect(Object.keys(saved).filter((name) => name.startsWith('1/'))).toHaveLength(7);
    expect(Object.keys(saved).filter((name) => name.startsWith('2/')).length).toBeLessThan(7);
    expect(strFromU8(saved['left-out.txt']!)).toMatch(/missing here, or some of them:\r\n2\r\n$/);
  });

  it('shows an analysis that is damaged in the storage as failed, and the others as they are', async () => {
    const analyses = [await sendAndVerify(png), await sendAndVerify(wide)];
    const { id } = await createBatch({ analyses, options: { resolution: '40x' } });
    await untilOver(id);
    await getStorage().put(keysOf(analyses[0] as string).record, Buffer.from('{"id"'));
    const { rows } = await readBatch(id);
    expect(rows.map(({ state }) => state)).toEqual(['failed', 'done']);
    expect(rows[0]).toMatchObject({ number: 1, analysis: analyses[0], problem: { code: 'stored_damaged' } });
    const saved = unzipSync(new Uint8Array(await (await call(archive, { id })).arrayBuffer()));
    expect(Object.keys(saved).some((name) => name.startsWith('2/'))).toBe(true);
  });

  it('runs again what is named, with other options, and leaves the others as they are', async () => {
    const analyses = [await sendAndVerify(png), await sendAndVerify(wide)];
    const { id } = await createBatch({ analyses, options: { resolution: '40x' } });
    await untilOver(id);
    const answer = await call(rerun, { id }, { analyses: [analyses[1]], options: { resolution: '20x' } });
    expect(answer.status).toBe(202);
    const { rows } = await untilOver(id);
    expect(rows.map(({ started }) => started?.resolution)).toEqual(['40x', '20x']);
    expect(rows.map(({ result }) => result?.microns_per_pixel)).toEqual([0.25, 0.5]);
  });

  it('waits for an image that is still to come, and runs it when it is there', async () => {
    const late = await send(png);
    const { id } = await createBatch({ analyses: [late.id, await sendAndVerify(png)], options: { resolution: '40x' } });
    expect(statesOf(await untilOver(id))).toEqual(['uploading', 'done']);
    const { sendParts } = await import('@/lib/server/analyses/__fixtures__/site');
    await sendParts(png, await analysisOf(api.upload(late.id)));
    await analysisOf(api.verify(late.id));
    expect(statesOf(await readBatch(id))[0]).toBe('waiting');
    expect(statesOf(await untilOver(id))).toEqual(['done', 'done']);
  });

  it('says why an analysis was not started, until somebody starts it', async () => {
    const analyses = [await sendAndVerify(png)];
    const { id } = await createBatch({ analyses, options: { region: { x: 0, y: 0, width: 9, height: 9 } } });
    const [row] = (await untilOver(id)).rows;
    expect(row).toMatchObject({ state: 'failed', problem: { code: 'wrong_state' } });
    await startAnalysis(analyses[0] as string, { resolution: '40x' }, 'test');
    expect(statesOf(await untilOver(id))).toEqual(['done']);
  });

  it('does not repeat outlines and corrections of one image', async () => {
    const analysis = await sendAndVerify(png);
    const corrections = [{ kind: 'delete' as const, x: 5, y: 5 }];
    await startAnalysis(analysis, { resolution: '40x', scoring: { size_thresh: 3, corrections } }, 'test');
    const { rows } = await createBatch({ analyses: [analysis] });
    expect(rows[0]?.started).toEqual({ resolution: '40x', scoring: { size_thresh: 3 } });
  });

  it('runs what was ordered though the analysis was started with other options meanwhile', async () => {
    const analysis = await sendAndVerify(wide);
    const { id } = await createBatchRecord();
    const member = await addMember(id, 1, analysis);
    await startAnalysis(analysis, { resolution: '40x' }, 'test');
    await writeOrder(member, { order: 'order', isCancelled: false, options: { resolution: '20x' } });
    const { rows } = await untilOver(id);
    expect(rows[0]).toMatchObject({ state: 'done', started: { resolution: '20x' } });
  });

  it('has an analysis once though two requests added it at once', async () => {
    const [one, two] = [await sendAndVerify(png), await sendAndVerify(wide)];
    const { id } = await createBatch({});
    await Promise.all([
      batchOf(call(add, { id }, { analyses: [one, two] })),
      batchOf(call(add, { id }, { analyses: [two, one] })),
    ]);
    const { rows } = await readBatch(id);
    expect(rows.map(({ analysis }) => analysis).sort()).toEqual([one, two].sort());
  });

  it('never has more than its limit, though two requests added at once', async () => {
    const { id } = await createBatch({});
    const place = (n: number) => addMember(id, n, `a${String(n).padStart(21, '0')}`);
    await Promise.all(Array.from({ length: 999 }, (_, i) => place(i + 1)));
    const others = await Promise.all([png, wide, png, wide].map(sendAndVerify));
    for (let round = 0; round < 5; round++) {
      const adding = others.map(async (analysis, n) => {
        await delay(round * n);
        return call(add, { id }, { analyses: [analysis] });
      });
      const answers = await Promise.all(adding);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400]);
      const members = await listMembers(id);
      expect(members).toHaveLength(1000);
      await getStorage().delete((members.at(-1) as Member).keys.folder);
    }
  });

  it('grows, and takes each analysis once', async () => {
    const [one, two] = [await sendAndVerify(png), await sendAndVerify(wide)];
    const { id } = await createBatch({ analyses: [one, one] });
    const grown = await batchOf(call(add, { id }, { analyses: [two, one] }));
    expect(grown.rows.map(({ analysis, state }) => [analysis, state])).toEqual([
      [one, 'ready'],
      [two, 'ready'],
    ]);
    expect(grown.is_running).toBe(false);
  });

  it('stops what waits and what runs', async () => {
    const analyses = await Promise.all(Array.from({ length: 8 }, () => sendAndVerify(wide)));
    const { id } = await createBatch({ analyses, options: { resolution: '40x' } });
    await batchOf(call(cancel, { id }, {}));
    const cancelled = await untilOver(id);
    expect(statesOf(cancelled).filter((state) => state !== 'cancelled' && state !== 'done')).toEqual([]);
    expect(statesOf(cancelled)).toContain('cancelled');
    await delay(300);
    // One that was just being handed over is seen as running until it is stopped, too.
    await vi.waitFor(async () => expect(statesOf(await readBatch(id))).toEqual(statesOf(cancelled)), 10_000);
  });

  it('goes on where its server ended, by the sweeper or by whoever looks', async () => {
    for (const goOn of [sweepBatches, readBatch]) {
      const analysis = await sendAndVerify(png);
      const { id } = await createBatchRecord();
      const member = await addMember(id, 1, analysis);
      await writeOrder(member, { order: 'order', isCancelled: false, options: { resolution: '40x' } });
      forgetProcessWide('fed-batches');
      await (goOn === sweepBatches ? sweepBatches() : readBatch(id));
      // Only the analysis is asked: a look at the batch would go on with it by itself.
      await vi.waitFor(async () => {
        expect((await analysisOf(api.read(analysis))).state, goOn.name).toBe('done');
      }, 10_000);
      expect(statesOf(await untilOver(id))).toEqual(['done']);
    }
  });

  it('is gathered twice, however many ask at once', async () => {
    const { id } = await createBatch({ analyses: [await sendAndVerify(png)] });
    const reads = vi.spyOn(getStorage(), 'get');
    const answers = await Promise.all(Array.from({ length: 30 }, () => readBatch(id)));
    expect(answers.map((batch) => batch.rows.length)).toEqual(Array(30).fill(1));
    expect(reads.mock.calls.filter(([key]) => key === keysOfBatch(id).record)).toHaveLength(2);
    reads.mockRestore();
  });

  it('shows an analysis that was deleted as such', async () => {
    const analyses = [await sendAndVerify(png), await sendAndVerify(png)];
    const { id } = await createBatch({ analyses });
    await api.remove(analyses[0] as string);
    expect(statesOf(await readBatch(id))).toEqual(['deleted', 'ready']);
    await batchOf(call(rerun, { id }, { options: { resolution: '40x' } }));
    expect(statesOf(await untilOver(id))).toEqual(['deleted', 'done']);
  });

  it('is deleted with every trace of its analyses, in mid-run too', async () => {
    const analyses = [await sendAndVerify(wide), await sendAndVerify(wide)];
    const { id } = await createBatch({ analyses, options: { resolution: '40x' } });
    const answer = await (remove as unknown as Handler)(new Request('http://localhost/', { method: 'DELETE' }), {
      params: Promise.resolve({ id } as never),
    });
    expect(answer.status).toBe(204);
    expect(await problemOf(call(read, { id }))).toMatchObject({ status: 404, code: 'batch_not_found' });
    await expect.poll(async () => (await Promise.all(analyses.map(keysUnder))).flat()).toEqual([]);
    await expect.poll(() => keysOfFolder(keysOfBatch(id).folder)).toEqual([]);
  });

  it('leaves no note that an analysis was handed over while it was deleted', async () => {
    const storage = getStorage();
    const put = storage.put.bind(storage);
    let noted = 0;
    const spy = vi.spyOn(storage, 'put').mockImplementation(async (...written) => {
      const [key] = written;
      if (!key.endsWith('/handed.json')) return put(...written);
      await deleteBatch(key.split('/')[1] as string);
      await put(...written);
      noted++;
    });
    const { id } = await createBatch({ analyses: [await sendAndVerify(png)], options: { resolution: '40x' } });
    await expect.poll(() => noted).toBeGreaterThan(0);
    await expect.poll(() => keysOfFolder(keysOfBatch(id).folder)).toEqual([]);
    spy.mockRestore();
  });

  it('is gone when its time is over', async () => {
    const { id } = await createBatch({ analyses: [await sendAndVerify(png)] });
    await sweepBatches();
    expect(await listMembers(id)).toHaveLength(1);
    await sweepBatches(Date.now() + 1000 * 3_600_000);
    expect(await keysOfFolder(keysOfBatch(id).folder)).toEqual([]);
  });

  it('does not keep other batches from being swept, though what is stored of it is torn', async () => {
    const [torn, old] = [await createBatchRecord(), await createBatchRecord()];
    const { keys } = await addMember(torn.id, 1, await sendAndVerify(png));
    await getStorage().put(keys.order, Buffer.from('{"order"'));
    await writeJson(keysOfBatch(old.id).record, { ...old, expiresAt: old.createdAt });
    await sweepBatches();
    expect(await keysOfFolder(keysOfBatch(old.id).folder)).toEqual([]);
    expect(await keysOfFolder(keysOfBatch(torn.id).folder)).toHaveLength(3);
    await sweepBatches(Date.now() + 1000 * 3_600_000);
    expect(await keysOfFolder(keysOfBatch(torn.id).folder)).toEqual([]);
  });

  it.each([
    ['an id that is none', () => call(read, { id: '../etc' }), 404, 'batch_not_found'],
    ['an id of nothing', () => call(read, { id: NOBODY }), 404, 'batch_not_found'],
    ['a table of nothing', () => call(table, { id: NOBODY }), 404, 'batch_not_found'],
    ['a new run of nothing', () => call(rerun, { id: NOBODY }, {}), 404, 'batch_not_found'],
    ['unknown analyses', () => call(create, {}, { analyses: [NOBODY] }), 404, 'analysis_not_found'],
    ['an unknown model', () => call(create, {}, { options: { model: 'none' } }), 404, 'model_not_found'],
    ['too many analyses', () => call(create, {}, { analyses: Array(1001).fill(NOBODY) }), 400, 'invalid_option'],
    ['outlines for all', () => call(create, {}, { options: { scoring: { regions: [] } } }), 400, 'invalid_option'],
    ['an unknown field', () => call(create, {}, { names: ['Jane Doe'] }), 400, 'invalid_option'],
  ])('refuses %s', async (_, request, status, code) => {
    expect(await problemOf(request())).toMatchObject({ status, code });
  });

  it('refuses to run an analysis that it does not have', async () => {
    const { id } = await createBatch({ analyses: [await sendAndVerify(png)] });
    const other = await sendAndVerify(png);
    expect(await problemOf(call(rerun, { id }, { analyses: [other] }))).toMatchObject({
      code: 'analysis_not_found',
      detail: '1 of the 1 analyses are not in this batch.',
    });
  });

  it('ends with 200 images, of which one fails in their midst', { tags: ['long'], timeout: 300_000 }, async () => {
    const analyses: string[] = [];
    for (let i = 0; i < 200; i++) analyses.push(i === 97 ? await sendBroken() : await sendAndVerify(png));
    const { id } = await createBatch({ analyses, options: { resolution: '40x' } });
    const { rows } = await untilOver(id);
    expect(rows.map(({ state }) => state)).toEqual(analyses.map((_, i) => (i === 97 ? 'failed' : 'done')));
    expect(rows[97]?.problem?.detail).toMatch(/No reader opens this file/);
  });
});
