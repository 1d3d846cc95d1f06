import sharp from 'sharp';
import { expect, it } from 'vitest';
import type { SlideScores } from '@/lib/contracts/slide-scores';
import { wordsOfPdf } from './__fixtures__/pdf-words';
import { type SlideReportContent, writeSlideReportPdf } from './slide-report-pdf';

const numbers = {
  ...{ num_total: 40, num_pos: 10, num_neg: 30, percent_pos: 25, percent_pos_interval: [14, 40] as [number, number] },
  ...{ area_mm2: 0.5, cells_per_mm2: 80, h_score: 50, allred: { proportion: 3, intensity: 2, total: 5 } },
  bins: { negative: 30, one_plus: 4, two_plus: 3, three_plus: 3 },
  is_complete: true,
};

async function contentWith(warnings: string[], notDrawn: number): Promise<SlideReportContent> {
  const white = { width: 40, height: 30, channels: 3 as const, background: '#fff' };
  const jpeg = new Uint8Array(await sharp({ create: white }).jpeg().toBuffer());
  const scores = {
    ...{ slide: numbers, tumour: null, annotations: [], hot_spots: [], is_provisional: false },
    warnings: warnings.map((detail) => ({ code: 'image_damaged', detail })),
  };
  return {
    ...{ scores: scores as unknown as SlideScores, marker: null },
    overview: { jpeg, area: { x: 0, y: 0, width: 40, height: 30 } },
    ...{ outlines: [], notDrawn, crops: [], protocols: [], provenance: [['Model', 'one']] },
    software: '1.2.3',
  };
}

const wordsOf = async (content: SlideReportContent) => wordsOfPdf(await writeSlideReportPdf(content));

it('the report of a slide has every warning, however many there are', async () => {
  const warnings = Array.from({ length: 60 }, (_, i) => `Warning number ${i + 1} of sixty.`);
  const words = await wordsOf(await contentWith(warnings, 0));
  expect(words).toContain('25.0 % positive');
  for (const warning of warnings) expect(words).toContain(warning);
  expect(words).not.toContain('are drawn; all are in the table');
});

it('says how many annotations are not drawn', async () => {
  expect(await wordsOf(await contentWith([], 7))).toContain('Of 7 annotations the first 0 are drawn');
});

it('leads with membranes where they were measured, and has those of each region', async () => {
  const membrane = {
    cuts: { weak: 0.2, moderate: 0.4, strong: 0.6, complete: 0.8, partial: 0.1 },
    tumour: {
      ...{ num_total: 20, num_unsure: 3, none: 10 },
      ...{ incomplete: { weak: 4, moderate: 1, strong: 0 }, complete: { weak: 0, moderate: 2, strong: 3 } },
    },
    ...{ tps: 50, tps_interval: [29.9, 70.1], immune: { num_total: 4, num_pos: 2, num_pos_other: 1 } },
    ...{ cps: 60, her2_pattern: 3 },
  };
  const content = await contentWith([], 0);
  const region = { ...numbers, membrane, id: 'one', class: 'other', name: 'Edge', core: null };
  const scores = {
    ...content.scores,
    slide: { ...numbers, membrane },
    annotations: [region],
  } as unknown as SlideScores;
  const words = (await wordsOf({ ...content, scores, marker: 'pdl1' })).replaceAll('\u00a0', ' ');
  expect(words).toContain('TPS 50.0 %');
  expect(words).toContain('never a diagnosis');
  expect(words).toContain('Nuclei: 25.0 % positive');
  // In the sentence, and in two rows of the table.
  expect(words.split('29.9 to 70.1')).toHaveLength(1 + 3);
  expect(words.split('0.0, 10.0, 15.0')).toHaveLength(1 + 2);
  expect(words).toContain('no HER2 status');
  expect(await wordsOf(content)).not.toContain('Membranes');
});

it('sets tumour nuclei beside all nuclei, region by region, and says how they were told', async () => {
  const tumour = {
    ...{ num_total: 22, num_pos: 9, num_neg: 13, percent_pos: 40.9, percent_pos_interval: [23.3, 61.3] },
    made_by: 'taught with 31 clicks',
  };
  const content = await contentWith([], 0);
  const region = { ...numbers, tumour, id: 'one', class: 'other', name: 'Edge', core: null };
  const scores = { ...content.scores, slide: { ...numbers, tumour }, annotations: [region] } as unknown as SlideScores;
  const words = await wordsOf({ ...content, scores });
  expect(words).toContain('Tumour nuclei alone: 40.9 % positive, 9 of 22, 95 % interval 23.3 to 61.3 %');
  expect(words).toContain('Kinds are taught with 31 clicks');
  expect(words).toContain('Other: Edge');
  expect(words.split('23.3 to 61.3')).toHaveLength(1 + 3);
  expect(await wordsOf(content)).not.toContain('Tumour nuclei');
});
