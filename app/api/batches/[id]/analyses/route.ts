// POST /api/batches/{id}/analyses - add analyses to a batch
import { AddToBatch } from '@/lib/contracts/batch';
import { answerBatch, batchId } from '@/lib/server/batches/answer-batch';
import { addToBatch } from '@/lib/server/batches/change-batch';
import { readJsonBody } from '@/lib/server/http/json-body';
import { refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

export const POST = route<{ id: string }>(
  { name: 'POST /api/batches/{id}/analyses', limit: 'reads' },
  async ({ request, params }) => {
    const id = batchId(params.id);
    await addToBatch(id, await readJsonBody(request, AddToBatch));
    return answerBatch(id);
  },
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('POST');
