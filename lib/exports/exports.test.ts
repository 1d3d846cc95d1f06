import { PDFDocument } from '@cantoo/pdf-lib';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { fromBufferPromise } from 'yauzl';
import { NUCLEI, WHOLE } from '@/lib/exchange/__fixtures__/drawn-nuclei';
import { numbersOfRegions } from '@/lib/exchange/region-numbers';
import { openZip } from './__fixtures__/open-zip';
import { wordsOfPdf } from './__fixtures__/pdf-words';
import { packFile, writeArchive, zipRois } from './archive';
import type { ExportedResult } from './exported-result';
import { createPdf, writeFeet } from './pdf-document';
import { PdfFlow } from './pdf-flow';
import { PAGE, shorten, widthOf } from './pdf-text';
import { writeReportPdf } from './report-pdf';
import { reportRows } from './report-rows';
import { writeProvenanceJson, writeScoringJson } from './result-json';

const nuclei = NUCLEI.slice(0, 3);

const exported: ExportedResult = {
  label: null,
  sample: 'ki67-low',
  createdAt: '2026-01-02T03:04:05Z',
  width: 64,
  height: 64,
  result: {
    revision: 2,
    scoring: {
      num_total: 3,
      num_pos: 2,
      num_neg: 1,
      percent_pos: 66.7,
      prob_thresh: 120,
      seg_thresh: 120,
      size_thresh: 2,
      size_thresh_upper: null,
      marker_thresh: 90,
    },
    percent_pos_interval: [20.8, 93.9],
    corrections: { class: 1, delete: 0, add: 0, split: 0, join: 0 },
    provenance: {
      model: 'restain@1.0.0',
      model_sha256: 'ab'.repeat(32),
      software: '1.2.3',
      commit: 'unknown',
      file_sha256: null,
      provider: 'cpu',
      microns_per_pixel: 0.5,
      microns_per_pixel_source: 'default',
      algorithm: 'watershed',
    },
    warnings: [{ code: 'pixel_size_assumed', detail: 'Few nuclei.' }],
  },
  parameters: {
    prob_thresh: 120,
    intensity_two_plus: 0.33,
    corrections: [{ kind: 'class', x: 11, y: 11, positive: true }],
    regions: [
      {
        id: 'a',
        name: 'Randbereich 区域',
        kind: 'include',
        shape: 'rectangle',
        enabled: true,
        rings: [
          [
            [0, 0],
            [40, 0],
            [40, 40],
            [0, 40],
            [0, 0],
          ],
        ],
      },
    ],
  },
  summary: {
    area_mm2: 0.001,
    cells_per_mm2: 3000,
    h_score: 167,
    allred: { proportion: 4, intensity: 3, total: 7 },
    intensity: {
      thresholds: { two_plus: 0.33, three_plus: 0.43 },
      bins: { negative: 1, one_plus: 0, two_plus: 1, three_plus: 1 },
    },
  },
};

test('a report states membranes where they were measured, and that they are no diagnosis', () => {
  const labels = (of: ExportedResult) => reportRows(of).map(([label]) => label);
  expect(labels(exported)).not.toContain('Membranes');
  const membrane = {
    cuts: { weak: 0.2, moderate: 0.4, strong: 0.6, complete: 0.8, partial: 0.1 },
    tumour: {
      num_total: 20,
      num_unsure: 3,
      none: 10,
      incomplete: { weak: 4, moderate: 1, strong: 0 },
      complete: { weak: 0, moderate: 2, strong: 3 },
    },
    tps: 50,
    tps_interval: [29.9, 70.1] as [number, number],
    immune: { num_total: 4, num_pos: 2, num_pos_other: 1 },
    cps: 60,
    her2_pattern: 3 as const,
  };
  const rows = new Map(reportRows({ ...exported, summary: { ...exported.summary, membrane } }));
  expect(rows.get('Membranes')).toBe(
    '50.0\u00a0% of 20 tumour cells stained (TPS, 29.9 to 70.1\u00a0%), CPS 60.0 with 1 lymphocytes and 1 other cells',
  );
  expect(rows.get('Membranes by kind')?.replaceAll('\u00a0', ' ')).toContain(
    'complete 0.0 %, 10.0 %, 15.0 %, incomplete 20.0 %, 5.0 %, 0.0 %',
  );
  expect(rows.get('Membranes by kind')).toContain('HER2 pattern 3 by the shares of ASCO/CAP, no HER2 status');
  expect(rows.get('Membranes are')).toContain('not diagnosed');
});

test('the ROI archive holds every nucleus by number and class', async () => {
  const files = await openZip(await zipRois(nuclei, { frame: WHOLE, micronsPerPixel: 0.5 }));
  expect([...files.keys()]).toEqual(['000001-positive.roi', '000002-negative.roi', '000003-positive.roi']);
  expect(files.get('000003-positive.roi')?.toString('latin1')).toMatch(/^Iout/);
});

/** Repeats after less than the window of DEFLATE, but not by pieces. */
const patterned = (length: number) => Uint8Array.from({ length }, (_, n) => (n * n) % 251);

test('an archive holds text, bytes, blobs, pieces and what a thread has packed, large and small', async () => {
  const large = 1_000_003;
  const bytes = patterned(large);
  const text = 'Größe µm²\r\n'.repeat(60_000);
  const written = [
    ['nuclei.csv', text],
    ['late.json', Promise.resolve('µm²')],
    ['small.bin', patterned(10)],
    ['large.bin', bytes],
    ['Marker.png', new Blob([bytes])],
    ['empty.png', new Blob([])],
    ['empty.txt', ''],
    [
      'Seg.png',
      (async function* () {
        for (let from = 0; from < large; from += 70_001) yield bytes.subarray(from, from + 70_001);
      })(),
    ],
  ] as const;
  const packed = [await packFile('packed.txt', text), await packFile('packed.png', bytes)];
  const chunks: Uint8Array[] = [];
  const files = [...written.map(([name, content]) => ({ name, read: () => content })), ...packed];
  for await (const chunk of writeArchive(files)) chunks.push(chunk);
  const archive = Buffer.concat(chunks);
  const read = await openZip(archive);
  expect([...read.keys()]).toEqual(files.map(({ name }) => name));
  const lengthOf = (name: string) => read.get(name)!.length;
  for (const name of ['nuclei.csv', 'packed.txt']) expect(read.get(name)?.toString()).toBe(text);
  for (const name of ['large.bin', 'Marker.png', 'Seg.png', 'packed.png'])
    expect(read.get(name)?.equals(bytes)).toBe(true);
  expect(read.get('small.bin')).toEqual(Buffer.from(patterned(10)));
  expect(read.get('late.json')?.toString()).toBe('µm²');
  expect([lengthOf('empty.png'), lengthOf('empty.txt')]).toEqual([0, 0]);
  // The three pictures are stored as they are, the rest shrinks.
  expect(archive.length).toBeGreaterThan(3 * large);
  expect(archive.length).toBeLessThan(3.1 * large);
});

test('an archive of more files than the plain form counts has all of them', async () => {
  for (const count of [65_534, 65_535, 70_000]) {
    const chunks: Uint8Array[] = [];
    const packed = await packFile('a', 'b');
    const files = Array.from({ length: count }, (_, n) => ({ ...packed, name: String(n) }));
    for await (const chunk of writeArchive(files)) chunks.push(chunk);
    const zip = await fromBufferPromise(Buffer.concat(chunks));
    expect(zip.entryCount).toBe(count);
  }
});

test('breaks an archive off that grows past what its addresses can name', async () => {
  const files = [1, 2, 3].map((n) => ({ name: `${n}.png`, read: () => new Uint8Array(1000) }));
  const write = async (maxBytes: number) => {
    let bytes = 0;
    for await (const chunk of writeArchive(files, { maxBytes })) bytes += chunk.length;
    return bytes;
  };
  const whole = await write(4000);
  expect(whole).toBeGreaterThan(3000);
  expect(await write(whole)).toBe(whole);
  await expect(write(whole - 1)).rejects.toThrow(`An archive may have ${whole - 1} bytes; this one has more.`);
});

test('an archive reads a file when it is its turn, and stops where that fails', async () => {
  const asked: string[] = [];
  const file = (name: string, content: Blob | Error) => ({
    name,
    read: () => {
      asked.push(name);
      if (content instanceof Error) throw content;
      return content;
    },
  });
  const large = new Blob([patterned(600_000)]);
  const files = [file('a.png', large), file('b.png', large), file('c.png', new Error('gone')), file('d.png', large)];
  const archive = writeArchive(files);
  await archive.next();
  expect(asked).toEqual(['a.png']);
  await expect(
    (async () => {
      for await (const _ of archive);
    })(),
  ).rejects.toThrow('gone');
  expect(asked).toEqual(['a.png', 'b.png', 'c.png']);
});

const picture = async () =>
  new Uint8Array(
    await sharp({ create: { width: 64, height: 64, channels: 3, background: '#fff' } })
      .jpeg()
      .toBuffer(),
  );
const frame = { width: 64, height: 64, micronsPerPixel: 0.5 };
const numbers = () => numbersOfRegions(nuclei, exported.parameters.regions!, frame);

test('the report of a few numbers is two pages, whatever a region is called', async () => {
  const document = await PDFDocument.load(await writeReportPdf(exported, numbers(), await picture()));
  expect(document.getPageCount()).toBe(2);
  expect(document.getTitle()).toBe('Restain report');
});

test('the report goes on over pages, and bears the name that a user gave', async () => {
  const many = Array.from({ length: 60 }, (_, n) => ({ ...numbers()[0]!, name: `region ${n}` }));
  const named = { ...exported, label: 'CASE-12' };
  const document = await PDFDocument.load(await writeReportPdf(named, many, await picture()));
  expect(document.getPageCount()).toBe(3);
  expect(document.getTitle()).toBe('CASE-12 - Restain report');
});

test('a fact that is wider than its line goes on in the next', async () => {
  const { document, look } = await createPdf('Title', 'Restain');
  const flow = new PdfFlow(document, look);
  const heightOf = (value: string) => {
    const before = flow.y;
    flow.facts([['Regions', value]]);
    return before - flow.y;
  };
  const line = heightOf('whole image');
  expect(line).toBeGreaterThan(0);
  const names = Array.from({ length: 20 }, (_, n) => `Region ${n + 1} (include)`).join(', ');
  expect(heightOf(names)).toBeGreaterThanOrEqual(4 * line);
});

test('regions have numbers of their own, without what lies in excluded ones', () => {
  const [drawn] = exported.parameters.regions!;
  const square = (from: number, to: number) => [
    [
      [from, from],
      [to, from],
      [to, to],
      [from, to],
      [from, from],
    ],
  ];
  const regions = [
    drawn!,
    { ...drawn!, name: 'off', enabled: false },
    { ...drawn!, name: 'empty', rings: square(50, 60) },
    { ...drawn!, name: 'without', kind: 'exclude' as const, rings: square(30, 50) },
  ] as NonNullable<ExportedResult['parameters']['regions']>;
  const [first, empty, ...others] = numbersOfRegions(nuclei, regions, frame);
  expect(others).toEqual([]);
  expect(first).toMatchObject({ name: 'Randbereich 区域', num_total: 3, num_pos: 2, num_neg: 1 });
  // 40 x 40 px without 10 x 10, of 0.25 µm² each.
  expect(first?.area_mm2).toBeCloseTo((1500 * 0.25) / 1e6, 12);
  expect(first?.cells_per_mm2).toBeCloseTo(3 / ((1500 * 0.25) / 1e6), 6);
  expect(empty).toMatchObject({ name: 'empty', num_total: 0, percent_pos: 0, cells_per_mm2: 0 });
  const json = JSON.parse(writeScoringJson({ ...exported, parameters: { regions } }, [first!, empty!]));
  expect(json.regions).toMatchObject([
    { name: 'Randbereich 区域', kind: 'include', enabled: true, num_total: 3 },
    { name: 'off', enabled: false },
    { name: 'empty', num_total: 0 },
    { name: 'without', kind: 'exclude' },
  ]);
  expect(json.regions[1]).not.toHaveProperty('num_total');
  expect(json.regions[3]).not.toHaveProperty('num_total');
});

test('numbers are told in the coordinates that are asked for, and say which', () => {
  const region = { x: 400, y: 800, width: 4 * exported.width, height: 4 * exported.height };
  const selection = { series: 0, plane: 0, level: 1, downsample: 4, region };
  const cut: ExportedResult = {
    ...exported,
    result: { ...exported.result, provenance: { ...exported.result.provenance, selection } },
    summary: { ...exported.summary, hot_spot: { ...hotSpot, bbox: [10, 20, 30, 40] } },
  };
  const told = (coordinates: 'image' | 'slide') => JSON.parse(writeScoringJson(cut, numbers(), coordinates));
  expect(told('image')).toMatchObject({
    hot_spot: { bbox: [10, 20, 30, 40] },
    frame: { coordinates: 'image', region },
  });
  expect(told('slide')).toMatchObject({
    hot_spot: { bbox: [440, 880, 520, 960], num_total: 3 },
    frame: { coordinates: 'slide', region },
  });
});

const hotSpot = {
  area_mm2: 0.1,
  num_total: 3,
  num_pos: 2,
  num_neg: 1,
  percent_pos: 66.7,
  percent_pos_interval: [20.8, 93.9] as [number, number],
};

test('numbers and provenance say what was counted and with what', () => {
  expect(JSON.parse(writeScoringJson(exported, numbers()))).toMatchObject({
    scoring: { num_total: 3, num_pos: 2 },
    h_score: 167,
    allred: { total: 7 },
    corrections: { class: 1 },
  });
  expect(JSON.parse(writeProvenanceJson(exported))).toMatchObject({
    model_sha256: 'ab'.repeat(32),
    software: '1.2.3',
    parameters: { prob_thresh: 120, intensity_two_plus: 0.33 },
    corrections: [{ kind: 'class' }],
    regions: [{ name: 'Randbereich 区域' }],
  });
});

test('reports are in the site’s type, and letters that it lacks are in another or question marks', async () => {
  const { document, look } = await createPdf('Title', 'Restain');
  const flow = new PdfFlow(document, look);
  flow.line('Łódź, 12.5 µm², ½');
  flow.line('Ελληνικά 漢字 😀');
  writeFeet(document, look);
  const bytes = await document.save();
  const words = await wordsOfPdf(bytes);
  for (const run of ['Łódź, 12.5 µm², ', '½', '???????? ?? ?', '1 of 1']) expect(words).toContain(run);
  const loaded = await PDFDocument.load(bytes);
  const written = loaded.context.enumerateIndirectObjects().map(([, object]) => String(object));
  const names = written.flatMap((text) => /\/BaseFont \/(\S+)/.exec(text)?.[1]?.replace(/-\d+$/, '') ?? []);
  expect([...new Set(names)].sort()).toEqual([
    'Helvetica',
    'Helvetica-Bold',
    'InstrumentSans-Bold',
    'InstrumentSans-Regular',
  ]);
  // The built-in one is as wide as stated by Adobe: ½ 0.834, ± 0.584 of the size.
  const { plain } = look;
  expect(widthOf(plain, '½±', 1000)).toBeCloseTo(1418, 0);
  expect(widthOf(plain, '12', 9)).toBeCloseTo(widthOf(plain, '88', 9), 6);
  expect(widthOf(plain, '漢', 9)).toBe(widthOf(plain, '?', 9));
  expect(shorten(plain, 'a µ '.repeat(40), 9, 60).endsWith('...')).toBe(true);
  expect(widthOf(plain, shorten(plain, 'a µ '.repeat(40), 9, 60), 9)).toBeLessThanOrEqual(60);
});

test('a label in any script is in the report, where a browser can draw its letters', async () => {
  const drawn: string[] = [];
  const png = await sharp({ create: { width: 2, height: 2, channels: 4, background: '#000' } })
    .png()
    .toBuffer();
  const draw = async (letter: string) => {
    drawn.push(letter);
    return { png: new Uint8Array(png), advance: 1 };
  };
  const { document, look } = await createPdf('Title', 'Restain', ['Łódź 漢字漢 👩🏽‍🔬', 'שלום'], draw);
  expect(drawn).toEqual(['漢', '字', '👩🏽‍🔬']);
  const flow = new PdfFlow(document, look);
  flow.paragraph('漢'.repeat(70), { size: 14 });
  flow.line('Łódź 👩🏽‍🔬 שלום');
  expect(widthOf(look.plain, '漢', 9)).toBe(9);
  const bytes = await document.save();
  expect(await wordsOfPdf(bytes)).toBe('Łódź   ???? ');
  // 35 in a line of 499 points.
  expect(flow.y).toBeCloseTo(PAGE.height - PAGE.margin - 2 * 14 * 1.45 - 9 * 1.45, 3);
});
