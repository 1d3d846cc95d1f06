// POST /api/batches - make a batch of analyses
import { CreateBatch } from '@/lib/contracts/batch';
import { answerBatch } from '@/lib/server/batches/answer-batch';
import { createBatch } from '@/lib/server/batches/change-batch';
import { readJsonBody } from '@/lib/server/http/json-body';
import { refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

export const POST = route({ name: 'POST /api/batches', limit: 'analyses' }, async ({ request }) =>
  answerBatch(await createBatch(await readJsonBody(request, CreateBatch)), { status: 201 }),
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('POST');
