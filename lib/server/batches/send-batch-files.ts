import 'server-only';
import { TableOptions } from '@/lib/contracts/batch-operations';
import { DOCUMENT_TYPES } from '@/lib/contracts/exports';
import { writeBatchTable } from '@/lib/exports/batch-table';
import { parseOptions } from '@/lib/server/http/parse-options';
import { describeBatch } from './answer-batch';

/** Answers GET of the table of a batch. @throws AppError `invalid_option`, `batch_not_found` */
export async function sendBatchTable(request: Request, id: string): Promise<Response> {
  const { options } = parseOptions(TableOptions, [...new URL(request.url).searchParams]);
  const { rows } = await describeBatch(id);
  return new Response(writeBatchTable(rows, options.csv), {
    headers: {
      'Content-Type': DOCUMENT_TYPES['nuclei.csv'],
      'Content-Disposition': 'attachment; filename="batch.csv"',
      'Cache-Control': 'no-store, no-transform',
      'X-Content-Type-Options': 'nosniff',
    },
  });
}
