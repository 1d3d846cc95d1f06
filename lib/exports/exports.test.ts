import { PDFDocument } from '@cantoo/pdf-lib';
import JSZip from 'jszip';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { NUCLEI, WHOLE } from '@/lib/exchange/__fixtures__/drawn-nuclei';
import { zipFiles, zipRois } from './archive';
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
    h_score: 166.7,
    allred: { proportion: 4, intensity: 3, total: 7 },
    intensity: {
      thresholds: { two_plus: 0.33, three_plus: 0.43 },
      bins: { negative: 1, one_plus: 0, two_plus: 1, three_plus: 1 },
    },
  },
};

test('the ROI archive holds every nucleus by number and class', async () => {
  const zip = await JSZip.loadAsync(await zipRois(nuclei, { frame: WHOLE, micronsPerPixel: 0.5 }));
  expect(Object.keys(zip.files)).toEqual(['000001-positive.roi', '000002-negative.roi', '000003-positive.roi']);
  expect(await zip.files['000003-positive.roi']!.async('string')).toMatch(/^Iout/);
});

test('pictures are stored, text is compressed, and what arrives late is waited for', async () => {
  const text = 'row\r\n'.repeat(5000);
  const progress: number[] = [];
  const late = new Promise<Uint8Array>((resolve) => setTimeout(() => resolve(new Uint8Array(5000)), 20));
  const archive = await zipFiles(
    [
      { name: 'Marker.png', content: new Uint8Array(20_000) },
      { name: 'nuclei.csv', content: text },
      { name: 'Late.png', content: late },
      { name: 'late.json', content: Promise.resolve('µm²') },
    ],
    (fraction) => progress.push(fraction),
  );
  expect(archive.length).toBeGreaterThan(25_000);
  expect(archive.length).toBeLessThan(26_500);
  expect(progress.at(-1)).toBe(1);
  const zip = await JSZip.loadAsync(archive);
  expect(await zip.files['nuclei.csv']?.async('string')).toBe(text);
  expect((await zip.files['Late.png']?.async('uint8array'))?.length).toBe(5000);
  expect(await zip.files['late.json']?.async('string')).toBe('µm²');
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
    h_score: 166.7,
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
