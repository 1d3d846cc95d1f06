// GET /api/batches/{id}/table.csv - one row an analysis
import { batchId } from '@/lib/server/batches/answer-batch';
import { sendBatchTable } from '@/lib/server/batches/send-batch-files';
import { refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

export const GET = route<{ id: string }>(
  { name: 'GET /api/batches/{id}/table.csv', limit: 'reads' },
  ({ request, params }) => sendBatchTable(request, batchId(params.id)),
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('GET');
