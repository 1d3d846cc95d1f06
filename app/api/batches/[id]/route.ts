// GET /api/batches/{id} - how a batch stands; DELETE - remove every trace of it and of its analyses
import { answerBatch, batchId } from '@/lib/server/batches/answer-batch';
import { deleteBatch } from '@/lib/server/batches/change-batch';
import { refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

type Params = { id: string };

export const GET = route<Params>({ name: 'GET /api/batches/{id}', limit: 'reads' }, ({ params }) =>
  answerBatch(batchId(params.id)),
);

export const DELETE = route<Params>({ name: 'DELETE /api/batches/{id}', limit: 'reads' }, async ({ params }) => {
  await deleteBatch(batchId(params.id));
  return new Response(null, { status: 204 });
});

export const { POST, PUT, PATCH, OPTIONS } = refuseOthers('GET', 'DELETE');
