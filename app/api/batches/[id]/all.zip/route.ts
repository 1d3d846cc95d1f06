// GET /api/batches/{id}/all.zip - the table, and the files of every result
import { batchId } from '@/lib/server/batches/answer-batch';
import { sendBatchArchive } from '@/lib/server/batches/send-batch-files';
import { refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

export const GET = route<{ id: string }>(
  { name: 'GET /api/batches/{id}/all.zip', limit: 'reads' },
  ({ request, params }) => sendBatchArchive(request, batchId(params.id)),
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('GET');
