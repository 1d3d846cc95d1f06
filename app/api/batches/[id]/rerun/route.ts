// POST /api/batches/{id}/rerun - run all or some analyses of a batch with the same options
import { RerunBatch } from '@/lib/contracts/batch';
import { answerBatch, batchId } from '@/lib/server/batches/answer-batch';
import { rerunBatch } from '@/lib/server/batches/change-batch';
import { readJsonBody } from '@/lib/server/http/json-body';
import { refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

export const POST = route<{ id: string }>(
  { name: 'POST /api/batches/{id}/rerun', limit: 'analyses' },
  async ({ request, params }) => {
    const id = batchId(params.id);
    await rerunBatch(id, await readJsonBody(request, RerunBatch));
    return answerBatch(id, { status: 202 });
  },
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('POST');
