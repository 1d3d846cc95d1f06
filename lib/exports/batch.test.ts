import { PDFDocument } from '@cantoo/pdf-lib';
import { expect, test } from 'vitest';
import { writeBatchPdf } from './batch-pdf';
import { type NamedRow, writeBatchTable } from './batch-table';

const SCORING = {
  num_total: 40,
  num_pos: 10,
  num_neg: 30,
  percent_pos: 25,
  prob_thresh: 120,
  seg_thresh: 120,
  size_thresh: 61,
  size_thresh_upper: null,
  marker_thresh: 90,
  tumour: {
    num_total: 30,
    num_pos: 9,
    num_neg: 21,
    percent_pos: 30,
    percent_pos_interval: [16.7, 47.9] as [number, number],
    made_by: 'prior' as const,
  },
};

const MEMBRANE = {
  cuts: { weak: 0.2, moderate: 0.4, strong: 0.6, complete: 0.8, partial: 0.1 },
  tumour: {
    num_total: 22,
    num_unsure: 3,
    none: 14,
    incomplete: { weak: 2, moderate: 1, strong: 1 },
    complete: { weak: 1, moderate: 2, strong: 1 },
  },
  tps: 36.4,
  tps_interval: [19.7, 57] as [number, number],
  immune: { num_total: 8, num_pos: 3, num_pos_other: 1 },
  cps: 51,
  her2_pattern: 2 as const,
};

const rowOf = (number: number, changes: Partial<NamedRow> = {}): NamedRow => ({
  number,
  analysis: String(number).padStart(22, 'x'),
  name: `case ${number}.png`,
  state: 'done',
  sample: null,
  source: { width: 640, height: 480, microns_per_pixel: null, thumbnail: '/t', needs_choice: false, warnings: [] },
  started: { resolution: '20x' },
  result: {
    scoring: SCORING,
    percent_pos_interval: [14.2, 40.2],
    area_mm2: 0.0768,
    cells_per_mm2: 520.8333,
    h_score: 61.25,
    allred: { proportion: 3, intensity: 2, total: 5 },
    membrane: MEMBRANE,
    microns_per_pixel: 0.5,
    model: 'restain-ihc@1.2.3',
    warnings: [{ code: 'no_colour', detail: 'The picture has no colour.' }],
  },
  ...changes,
});

const failed = rowOf(2, {
  name: '=HYPERLINK("x")',
  state: 'failed',
  source: null,
  started: null,
  result: undefined,
  problem: {
    type: '',
    title: '',
    status: 415,
    detail: 'No reader, "none", opens it.',
    instance: '',
    code: 'unreadable_image',
  },
});

test('a table has a row for each image, with the numbers of those that have any', () => {
  const [header, first, second, end] = writeBatchTable([rowOf(1), failed], 'comma').split('\r\n');
  expect(header).toBe(
    'number,name,analysis,state,width_px,height_px,microns_per_pixel,num_total,num_pos,num_neg,percent_pos,percent_pos_low,percent_pos_high,cells_per_mm2,area_mm2,h_score,allred,prob_thresh,size_thresh,size_thresh_upper,marker_thresh,model,warnings,problem,tumour_num_total,tumour_num_pos,tumour_percent_pos,tumour_percent_pos_low,tumour_percent_pos_high,tumour_made_by,membrane_tps,membrane_cps,her2_pattern,num_on_edges,exclude_on_edges',
  );
  expect(first).toBe(
    '1,case 1.png,xxxxxxxxxxxxxxxxxxxxx1,done,640,480,0.5,40,10,30,25,14.2,40.2,520.8,0.076800,61,5,120,61,,90,restain-ihc@1.2.3,no_colour,,30,9,30,16.7,47.9,prior,36.4,51,2,,',
  );
  // A name that a spreadsheet would run as a formula is text.
  expect(second).toBe(
    `2,"'=HYPERLINK(""x"")",xxxxxxxxxxxxxxxxxxxxx2,failed${','.repeat(20)}"No reader, ""none"", opens it.",,,,,,,,,,,`,
  );
  expect(end).toBe('');
  expect(writeBatchTable([rowOf(1)], 'semicolon')).toContain(';14,2;40,2;520,8;');
});

test('a report takes as many pages as the images need', async () => {
  const pagesOf = async (rows: NamedRow[]) => {
    const pdf = await writeBatchPdf({ rows, createdAt: '2026-01-02T03:04:05Z' });
    return (await PDFDocument.load(pdf)).getPageCount();
  };
  expect(await pagesOf([rowOf(1), failed])).toBe(1);
  expect(await pagesOf([failed])).toBe(1);
  expect(await pagesOf(Array.from({ length: 200 }, (_, i) => rowOf(i + 1)))).toBe(4);
});
