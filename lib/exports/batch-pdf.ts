import type { PDFFont, PDFPage } from '@cantoo/pdf-lib';
import { wholeText } from '@/lib/contracts/whole-text';
import type { NamedRow } from './batch-table';
import { drawText, PAGE, shorten } from './pdf-text';

const ROW_HEIGHT = 13;
const SIZE = 9;
const CHART = { height: 120, left: 30 };

const COLUMNS: readonly { title: string; x: number; width: number; value: (row: NamedRow) => string }[] = [
  { title: 'No.', x: 0, width: 28, value: ({ number }) => String(number) },
  { title: 'Image', x: 30, width: 170, value: ({ name, sample, number }) => name ?? sample ?? `Image ${number}` },
  { title: '% positive', x: 205, width: 50, value: ({ result }) => result?.scoring.percent_pos.toFixed(1) ?? '' },
  {
    title: '95 % interval',
    x: 260,
    width: 70,
    value: ({ result }) => result?.percent_pos_interval.map((bound) => bound.toFixed(1)).join(' to ') ?? '',
  },
  {
    title: 'Positive of nuclei',
    x: 335,
    width: 80,
    value: ({ result }) =>
      result ? `${wholeText(result.scoring.num_pos)} of ${wholeText(result.scoring.num_total)}` : '',
  },
  {
    title: 'Notes',
    x: 420,
    width: 79,
    value: ({ state, result, problem, source }) =>
      problem?.detail ?? ((result ?? source)?.warnings.map(({ code }) => code).join(', ') || (result ? '' : state)),
  },
];

/** A batch as a report: a plot of the labeling index by image, and a table over as many pages as it takes. */
export async function writeBatchPdf({ rows, createdAt }: { rows: readonly NamedRow[]; createdAt: string }) {
  const { PDFDocument, StandardFonts, rgb } = await import('@cantoo/pdf-lib');
  const document = await PDFDocument.create();
  document.setTitle('Restain batch report');
  document.setCreator('Restain');
  const plain = await document.embedFont(StandardFonts.Helvetica);
  const bold = await document.embedFont(StandardFonts.HelveticaBold);
  const done = rows.filter(({ result }) => result);

  let page = document.addPage([PAGE.width, PAGE.height]);
  let y = PAGE.height - PAGE.margin - 20;
  drawText(page, bold, `Batch of ${wholeText(rows.length)} images`, PAGE.margin, y, 20);
  y -= 18;
  const models = [...new Set(done.map(({ result }) => result?.model))].join(', ');
  drawText(
    page,
    plain,
    `${wholeText(done.length)} analysed, made ${createdAt.slice(0, 10)}, model ${models}`,
    PAGE.margin,
    y,
    10,
  );
  y -= 12;
  if (done.length > 0) {
    drawChart(page, plain, done, y, rgb(0.6, 0.35, 0.1), rgb(0.8, 0.8, 0.82));
    y -= CHART.height + 26;
  }
  y = drawHead(page, bold, y);
  for (const row of rows) {
    if (y < PAGE.margin + ROW_HEIGHT) {
      page = document.addPage([PAGE.width, PAGE.height]);
      y = drawHead(page, bold, PAGE.height - PAGE.margin);
    }
    for (const { x, width, value } of COLUMNS)
      drawText(page, plain, shorten(plain, value(row), SIZE, width), PAGE.margin + x, y, SIZE);
    y -= ROW_HEIGHT;
  }
  const pages = document.getPages();
  const note = 'For research use only. Not a medical device. Do not use it for diagnosis or treatment.';
  for (const [i, each] of pages.entries())
    drawText(each, plain, `${note}  Page ${i + 1} of ${pages.length}`, PAGE.margin, PAGE.margin - 14, SIZE);
  return document.save();
}

function drawHead(page: PDFPage, bold: PDFFont, y: number): number {
  for (const { title, x } of COLUMNS) drawText(page, bold, title, PAGE.margin + x, y, SIZE);
  return y - ROW_HEIGHT - 3;
}

type Color = ReturnType<typeof import('@cantoo/pdf-lib')['rgb']>;

function drawChart(
  page: PDFPage,
  font: PDFFont,
  rows: readonly NamedRow[],
  top: number,
  ink: Color,
  line: Color,
): void {
  const left = PAGE.margin + CHART.left;
  const width = PAGE.width - PAGE.margin - left;
  const yOf = (percent: number) => top - CHART.height + (percent / 100) * CHART.height;
  for (const tick of [0, 25, 50, 75, 100]) {
    page.drawLine({
      start: { x: left, y: yOf(tick) },
      end: { x: left + width, y: yOf(tick) },
      thickness: 0.5,
      color: line,
    });
    drawText(page, font, `${tick} %`, PAGE.margin, yOf(tick) - 3, 8);
  }
  const step = width / rows.length;
  for (const [i, { result }] of rows.entries()) {
    if (!result) continue;
    const x = left + (i + 0.5) * step;
    const [low, high] = result.percent_pos_interval;
    page.drawLine({
      start: { x, y: yOf(low) },
      end: { x, y: yOf(high) },
      thickness: Math.min(1, step / 2),
      color: ink,
    });
    page.drawCircle({
      x,
      y: yOf(result.scoring.percent_pos),
      size: Math.max(0.8, Math.min(2.5, step / 3)),
      color: ink,
    });
  }
}
