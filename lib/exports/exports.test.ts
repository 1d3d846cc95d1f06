import { PDFDocument } from '@cantoo/pdf-lib';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { fromBufferPromise } from 'yauzl';
import { NUCLEI, WHOLE } from '@/lib/exchange/__fixtures__/drawn-nuclei';
import { openZip } from './__fixtures__/open-zip';
import { packFile, writeArchive, zipRois } from './archive';
import type { ExportedResult } from './exported-result';
import { writeReportPdf } from './report-pdf';
import { writeProvenanceJson, writeScoringJson } from './result-json';

const nuclei = NUCLEI.slice(0, 3);

const exported: ExportedResult = {
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
    corrections: { class: 1, delete: 0, add: 0 },
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

test('the report is one page, whatever a region is called', async () => {
  const jpeg = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#fff' } })
    .jpeg()
    .toBuffer();
  const document = await PDFDocument.load(await writeReportPdf(exported, new Uint8Array(jpeg)));
  expect(document.getPageCount()).toBe(1);
  expect(document.getTitle()).toBe('Restain report');
});

test('numbers and provenance say what was counted and with what', () => {
  expect(JSON.parse(writeScoringJson(exported))).toMatchObject({
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
