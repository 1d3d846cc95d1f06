// GET /api/batches/{id}/reports.pdf - the report of every result, each on pages of its own
import { batchId } from '@/lib/server/batches/answer-batch';
import { sendBatchReports } from '@/lib/server/batches/send-batch-reports';
import { refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

export const GET = route<{ id: string }>(
  { name: 'GET /api/batches/{id}/reports.pdf', limit: 'reads' },
  ({ request, params }) => sendBatchReports(request, batchId(params.id)),
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('GET');
