import type { PDFPage } from '@cantoo/pdf-lib';
import { membraneLead } from '@/lib/contracts/membrane-lead';
import { wholeText } from '@/lib/contracts/whole-text';
import type { NamedRow } from './batch-table';
import type { DrawLetter } from './letter-pictures';
import { createPdf, type PdfLook, writeFeet } from './pdf-document';
import { drawText, PAGE, shorten } from './pdf-text';

const ROW_HEIGHT = 13;
const SIZE = 9;
const CHART = { height: 120, left: 30 };

const COLUMNS: readonly { title: string; x: number; width: number; value: (row: NamedRow) => string }[] = [
  { title: 'No.', x: 0, width: 28, value: ({ number }) => String(number ?? '') },
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
    value: (row) => row.problem?.detail ?? (notesOf(row).join(', ') || (row.result ? '' : row.state)),
  },
];

function notesOf({ result, source, started }: NamedRow): string[] {
  const membrane = result?.membrane && membraneLead(result.membrane, started?.scoring?.marker ?? null).value;
  return [...(membrane ? [membrane] : []), ...((result ?? source)?.warnings ?? []).map(({ code }) => code)];
}

/** A batch as a report: a plot of the labeling index by image, and a table over as many pages as it takes. */
export async function writeBatchPdf({
  rows,
  createdAt,
  drawLetter,
}: {
  rows: readonly NamedRow[];
  createdAt: string;
  drawLetter?: DrawLetter | undefined;
}) {
  const names = rows.flatMap(({ name }) => name ?? []);
  const { document, look } = await createPdf('Restain batch report', 'Restain', names, drawLetter);
  const { plain, bold, colours } = look;
  const done = rows.filter(({ result }) => result);

  let page = document.addPage([PAGE.width, PAGE.height]);
  let y = PAGE.height - PAGE.margin - 20;
  drawText(page, bold, `Batch of ${wholeText(rows.length)} images`, PAGE.margin, y, 20, colours.ink);
  y -= 18;
  const models = [...new Set(done.map(({ result }) => result?.model))].join(', ');
  drawText(
    page,
    plain,
    `${wholeText(done.length)} analysed, made ${createdAt.slice(0, 10)}, model ${models}`,
    PAGE.margin,
    y,
    10,
    colours.muted,
  );
  y -= 12;
  if (done.length > 0) {
    drawChart(page, done, y, look);
    y -= CHART.height + 26;
  }
  y = drawHead(page, look, y);
  for (const row of rows) {
    if (y < PAGE.margin + ROW_HEIGHT) {
      page = document.addPage([PAGE.width, PAGE.height]);
      y = drawHead(page, look, PAGE.height - PAGE.margin);
    }
    for (const { x, width, value } of COLUMNS)
      drawText(page, plain, shorten(plain, value(row), SIZE, width), PAGE.margin + x, y, SIZE, colours.ink);
    y -= ROW_HEIGHT;
  }
  writeFeet(document, look);
  return document.save();
}

function drawHead(page: PDFPage, { bold, colours }: PdfLook, y: number): number {
  for (const { title, x } of COLUMNS) drawText(page, bold, title, PAGE.margin + x, y, SIZE, colours.muted);
  return y - ROW_HEIGHT - 3;
}

function drawChart(
  page: PDFPage,
  rows: readonly NamedRow[],
  top: number,
  { plain, colours: { dab: ink, line, muted } }: PdfLook,
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
    drawText(page, plain, `${tick} %`, PAGE.margin, yOf(tick) - 3, 8, muted);
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
