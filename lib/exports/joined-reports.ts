import type { PDFDocument } from '@cantoo/pdf-lib';
import { wholeText } from '@/lib/contracts/whole-text';
import { createPdf, type PdfLook, writeFeet } from './pdf-document';
import { PdfFlow } from './pdf-flow';
import { drawText, PAGE } from './pdf-text';

/** A report of one result, as a PDF, and its number in the table of the batch, from 1. */
export type NumberedReport = { number: number; pdf: Uint8Array };

/**
 * Joins reports in one document for printing: each begins on a new page and has its number in the table at the top. The last page
 * names what has no report.
 *
 * @param reports - read one at a time; the pages of all are in memory until the document is written
 * @param leftOut - a sentence each; asked after the last report
 */
export async function joinReports(
  reports: AsyncIterable<NumberedReport>,
  count: number,
  leftOut: () => readonly string[],
): Promise<Uint8Array> {
  const { document, look } = await createPdf('Restain reports of a batch', 'Restain');
  for await (const { number, pdf } of reports)
    await addPages(document, look, pdf, `Image ${wholeText(number)} of ${wholeText(count)}`);
  const missing = leftOut();
  if (missing.length > 0) await addPages(document, look, await writeLeftOut(missing), 'Images without a report');
  return document.save();
}

async function addPages(document: PDFDocument, { bold, colours }: PdfLook, pdf: Uint8Array, name: string) {
  const { PDFDocument } = await import('@cantoo/pdf-lib');
  // A copy: what a thread has written lies in shared memory.
  const report = await PDFDocument.load(new Uint8Array(pdf));
  for (const page of await document.copyPages(report, report.getPageIndices())) {
    document.addPage(page);
    drawText(page, bold, name, PAGE.margin, PAGE.height - PAGE.margin + 8, 9, colours.muted);
  }
}

/** A document of its own, so that its pages are counted as those of a report. */
async function writeLeftOut(sentences: readonly string[]): Promise<Uint8Array> {
  const { document, look } = await createPdf('Images without a report', 'Restain');
  const flow = new PdfFlow(document, look);
  flow.heading('No report is printed of these images');
  for (const sentence of sentences) flow.paragraph(sentence);
  writeFeet(document, look);
  return document.save();
}
