import type { PDFDocument, PDFPage } from '@cantoo/pdf-lib';
import type { ExportedResult } from './exported-result';
import { drawText, PAGE, shorten } from './pdf-text';
import { reportRows } from './report-rows';

const PICTURE = { maxHeight: 330 };
const ROW_HEIGHT = 13.5;
const LABEL_WIDTH = 150;

/**
 * Writes a report of one page: picture, numbers and provenance.
 *
 * @param picture - JPEG
 */
export async function writeReportPdf(exported: ExportedResult, picture: Uint8Array): Promise<Uint8Array> {
  const { PDFDocument, StandardFonts } = await import('@cantoo/pdf-lib');
  const document = await PDFDocument.create();
  document.setTitle('Restain report');
  document.setCreator(`Restain ${exported.result.provenance.software}`);
  const page = document.addPage([PAGE.width, PAGE.height]);
  const plain = await document.embedFont(StandardFonts.Helvetica);
  const bold = await document.embedFont(StandardFonts.HelveticaBold);

  const { scoring, percent_pos_interval: interval } = exported.result;
  let y = PAGE.height - PAGE.margin - 34;
  drawText(page, bold, `${scoring.percent_pos.toFixed(1)} % positive`, PAGE.margin, y, 34);
  y -= 22;
  const counts = `${scoring.num_pos} positive of ${scoring.num_total} nuclei`;
  const sure = `95 % interval ${interval[0].toFixed(1)} to ${interval[1].toFixed(1)} %`;
  drawText(page, plain, scoring.num_total > 0 ? `${counts}, ${sure}` : counts, PAGE.margin, y, 12);
  y = (await drawPicture(document, page, picture, y - 16)) - 22;
  for (const [label, value] of reportRows(exported)) {
    drawText(page, bold, label, PAGE.margin, y, 9);
    const room = PAGE.width - 2 * PAGE.margin - LABEL_WIDTH;
    drawText(page, plain, shorten(plain, value, 9, room), PAGE.margin + LABEL_WIDTH, y, 9);
    y -= ROW_HEIGHT;
  }
  const note = 'For research use only. Not a medical device. Do not use it for diagnosis or treatment.';
  drawText(page, plain, note, PAGE.margin, PAGE.margin - 14, 9);
  return document.save();
}

/** Fits the picture into the text width and its maximum height. Returns the y of its lower edge. */
async function drawPicture(document: PDFDocument, page: PDFPage, jpeg: Uint8Array, top: number): Promise<number> {
  const image = await document.embedJpg(jpeg);
  const { width, height } = image.scaleToFit(PAGE.width - 2 * PAGE.margin, PICTURE.maxHeight);
  page.drawImage(image, { x: PAGE.margin, y: top - height, width, height });
  return top - height;
}
