// POST /api/batches/{id}/cancel - stop what waits and what runs
import { answerBatch, batchId } from '@/lib/server/batches/answer-batch';
import { cancelBatch } from '@/lib/server/batches/change-batch';
import { refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

export const POST = route<{ id: string }>(
  { name: 'POST /api/batches/{id}/cancel', limit: 'reads' },
  async ({ params }) => {
    const id = batchId(params.id);
    await cancelBatch(id);
    return answerBatch(id);
  },
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('POST');
