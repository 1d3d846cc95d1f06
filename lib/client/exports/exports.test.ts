import { PDFDocument } from '@cantoo/pdf-lib';
import JSZip from 'jszip';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { zipFiles, zipRois } from './archive';
import { describeNuclei } from './describe-nuclei';
import type { ExportedResult } from './exported-result';
import { writeImagejRoi } from './imagej-roi';
import { writeNucleusCsv } from './nucleus-csv';
import { writeNucleusGeojson } from './nucleus-geojson';
import { writeReportPdf } from './report-pdf';
import { writeProvenanceJson, writeScoringJson } from './result-json';

/** A square, a line one pixel wide, a square with a spur, one that does not count. */
const columns = {
  count: 4,
  areaPx: Int32Array.of(9, 3, 11, 9),
  centroidX: Float64Array.of(11, 20, 31.4, 50),
  centroidY: Float64Array.of(11, 21, 31, 50),
  bbox: Int32Array.of(10, 10, 13, 13, 20, 20, 21, 23, 30, 30, 35, 33, 49, 49, 52, 52),
  markerMax: Uint8Array.of(200, 10, 20, 0),
  markerMean: Float32Array.of(150.25, 5, 6, 0),
  odMean: Float32Array.of(0.5, 0.2, 0.35, 0.1),
  contourOffsets: Int32Array.of(0, 8, 12, 24, 24),
  contourPoints: Int32Array.of(
    ...[10, 10, 12, 10, 12, 12, 10, 12],
    ...[20, 20, 20, 22],
    ...[30, 30, 32, 30, 34, 30, 32, 30, 32, 32, 30, 32],
  ),
};
const gated = { counted: Uint8Array.of(1, 1, 1, 0), positive: Uint8Array.of(1, 0, 1, 1) };
const intensity = { twoPlus: 0.33, threePlus: 0.43 };
const nuclei = describeNuclei(columns, gated, { micronsPerPixel: 0.5, intensity });

const exported: ExportedResult = {
  sample: 'ki67-low',
  createdAt: '2026-01-02T03:04:05Z',
  width: 64,
  height: 64,
  micronsPerPixel: 0.5,
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
      software: '0.1.0',
      provider: 'cpu',
      microns_per_pixel: 0.5,
      microns_per_pixel_source: 'default',
      algorithm: 'watershed',
    },
    warnings: [{ code: 'pixel_size_assumed', detail: 'Few nuclei.' }],
  },
  parameters: { prob_thresh: 120, corrections: [{ kind: 'class', x: 11, y: 11, positive: true }] },
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
  areaMm2: 0.001,
  cellsPerMm2: 3000,
  intensity: {
    thresholds: intensity,
    bins: { negative: 1, onePlus: 0, twoPlus: 1, threePlus: 1 },
    hScore: 166.7,
    allred: { proportion: 4, intensity: 3, total: 7 },
  },
  nuclei,
};

test('the table has one row for each nucleus that counts', () => {
  const lines = writeNucleusCsv(nuclei, 0.5).trimEnd().split('\r\n');
  expect(lines).toHaveLength(1 + 3);
  expect(lines[1]).toBe('1,positive,3+,11.50,11.50,5.75,5.75,9,2.25,200,150.25,0.5000');
  expect(lines[2]?.split(',').slice(0, 3)).toEqual(['2', 'negative', 'negative']);
});

test('outlines are rings with an area that never turn back on themselves', () => {
  expect(nuclei.map(({ outline }) => outline)).toEqual([
    [
      [10.5, 10.5],
      [12.5, 10.5],
      [12.5, 12.5],
      [10.5, 12.5],
    ],
    [
      [20, 20],
      [21, 20],
      [21, 23],
      [20, 23],
    ],
    [
      [30.5, 30.5],
      [32.5, 30.5],
      [32.5, 32.5],
      [30.5, 32.5],
    ],
  ]);
});

test('GeoJSON holds closed rings with ids of their own: nuclei as detections, regions as annotations', () => {
  const { type, features } = JSON.parse(writeNucleusGeojson(nuclei, exported.regions));
  expect(type).toBe('FeatureCollection');
  expect(features).toHaveLength(4);
  const ids = features.map(({ id }: { id: string }) => id);
  expect(new Set(ids).size).toBe(4);
  for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  for (const { geometry } of features)
    for (const ring of geometry.coordinates) {
      expect(ring.length).toBeGreaterThanOrEqual(4);
      expect(ring.at(-1)).toEqual(ring[0]);
    }
  expect(features[0].properties).toMatchObject({ objectType: 'annotation', classification: { name: 'Region*' } });
  expect(features[1].properties).toMatchObject({ objectType: 'detection', classification: { name: 'Positive' } });
});

/** As ij.io.RoiDecoder reads it. */
function readRoi(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint16(16);
  const [left, top] = [view.getInt16(10), view.getInt16(8)];
  const at = (i: number) => 64 + 4 * count + 4 * i;
  return {
    magic: String.fromCharCode(...bytes.subarray(0, 4)),
    version: view.getInt16(4),
    type: view.getUint8(6),
    bounds: [left, top, view.getInt16(14), view.getInt16(12)],
    integers: Array.from({ length: count }, (_, i) => [
      left + view.getInt16(64 + 2 * i),
      top + view.getInt16(64 + 2 * (count + i)),
    ]),
    isSubPixel: (view.getInt16(50) & 128) !== 0,
    points: Array.from({ length: count }, (_, i) => [view.getFloat32(at(i)), view.getFloat32(at(count + i))]),
    bytes: bytes.length,
  };
}

test('an ImageJ ROI reads back as the polygon that it was', () => {
  const roi = readRoi(writeImagejRoi(nuclei[0]!));
  expect(roi).toEqual({
    magic: 'Iout',
    version: 227,
    type: 0,
    bounds: [10, 10, 13, 13],
    integers: [
      [10, 10],
      [12, 10],
      [12, 12],
      [10, 12],
    ],
    isSubPixel: true,
    points: nuclei[0]?.outline,
    bytes: 64 + 4 * 12,
  });
});

test('the ROI archive holds every nucleus by number and class', async () => {
  const zip = await JSZip.loadAsync(await (await zipRois(nuclei)).arrayBuffer());
  expect(Object.keys(zip.files)).toEqual(['000001-positive.roi', '000002-negative.roi', '000003-positive.roi']);
  expect(readRoi(await zip.files['000003-positive.roi']!.async('uint8array')).points).toEqual(nuclei[2]?.outline);
});

test('pictures are stored, text is compressed, and what arrives late is waited for', async () => {
  const text = 'row\r\n'.repeat(5000);
  const progress: number[] = [];
  const late = new Promise<Blob>((resolve) => setTimeout(() => resolve(new Blob([new Uint8Array(5000)])), 20));
  const archive = await zipFiles(
    [
      { name: 'Marker.png', content: new Uint8Array(20_000) },
      { name: 'nuclei.csv', content: text },
      { name: 'Late.png', content: late.then((blob) => blob.arrayBuffer()).then((b) => new Uint8Array(b)) as never },
    ],
    (fraction) => progress.push(fraction),
  );
  expect(archive.size).toBeGreaterThan(25_000);
  expect(archive.size).toBeLessThan(26_500);
  expect(progress.at(-1)).toBe(1);
  const zip = await JSZip.loadAsync(await archive.arrayBuffer());
  expect(await zip.files['nuclei.csv']?.async('string')).toBe(text);
  expect((await zip.files['Late.png']?.async('uint8array'))?.length).toBe(5000);
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
    software: '0.1.0',
    parameters: { prob_thresh: 120, intensity_two_plus: 0.33 },
    corrections: [{ kind: 'class' }],
    regions: [{ name: 'Randbereich 区域' }],
  });
});
