import 'server-only';
import { type BatchRow, MAX_BATCH_REPORTS } from '@/lib/contracts/batch';
import { ExportOptions } from '@/lib/contracts/exports';
import { AppError } from '@/lib/errors';
import { joinReports, type NumberedReport } from '@/lib/exports/joined-reports';
import { exportDocument } from '@/lib/server/analyses/export-documents';
import { bodyOf } from '@/lib/server/results/slices';
import { describeBatch } from './answer-batch';
import { headersOf, whenDone } from './send-batch-files';

/**
 * Answers GET and HEAD of the reports of a batch in one document, in the order of the table. One report is made at a time.
 *
 * @throws AppError `batch_not_found`; `wrong_state` where no analysis has a result; `image_too_large` above `MAX_BATCH_REPORTS`
 */
export async function sendBatchReports(request: Request, id: string): Promise<Response> {
  const { rows } = await describeBatch(id);
  assertPrintable(rows);
  const headers = headersOf('application/pdf', 'batch-reports.pdf');
  if (request.method === 'HEAD') return new Response(null, { headers });
  return new Response(bodyOf(documentOf(rows, request.signal)), { headers });
}

/** @throws AppError `wrong_state` where no analysis has a result; `image_too_large` above `MAX_BATCH_REPORTS` */
export function assertPrintable(rows: readonly Pick<BatchRow, 'state'>[]): void {
  const count = rows.filter(({ state }) => state === 'done').length;
  if (count === 0) throw new AppError('wrong_state', 'No analysis of this batch has a result.');
  if (count > MAX_BATCH_REPORTS)
    throw new AppError(
      'image_too_large',
      `This batch has ${count} results; one PDF file may hold the reports of ${MAX_BATCH_REPORTS}. The ZIP file of the batch has the report of each.`,
    );
}

async function* documentOf(rows: readonly BatchRow[], signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const gone = new Set<number>();
  yield await joinReports(reportsOf(rows, gone, signal), rows.length, () =>
    rows.flatMap((row) => reasonOf(row, gone) ?? []),
  );
}

async function* reportsOf(
  rows: readonly BatchRow[],
  gone: Set<number>,
  signal: AbortSignal,
): AsyncGenerator<NumberedReport> {
  const options = ExportOptions.parse({});
  for (const { analysis, number, state } of rows) {
    if (state !== 'done') continue;
    const pdf = await whenDone(analysis, signal, (done) => exportDocument(done, 'report.pdf', options, signal));
    if (pdf === null) gone.add(number);
    else yield { number, pdf };
  }
}

/** Why an image has no report, in a sentence; null where it has one. */
function reasonOf({ number, state, problem }: BatchRow, gone: ReadonlySet<number>): string | null {
  if (gone.has(number)) return `Image ${number}: deleted, or run again, while this document was written.`;
  if (state === 'done') return null;
  if (state === 'failed') return `Image ${number}: failed. ${problem?.detail ?? ''}`.trimEnd();
  if (state === 'deleted' || state === 'cancelled') return `Image ${number}: ${state}.`;
  return `Image ${number}: not finished when this document was written.`;
}
