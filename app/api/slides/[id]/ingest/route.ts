// POST /api/slides/{id}/ingest - queue the writing of the copy that is kept
import { IngestSlide } from '@/lib/contracts/slide';
import { readJsonBody } from '@/lib/server/http/json-body';
import { refuseOthers, route } from '@/lib/server/http/route';
import { answerSlide } from '@/lib/server/slides/answer-slide';
import { ingestSlide } from '@/lib/server/slides/ingest-slide';

export const runtime = 'nodejs';

export const POST = route<{ id: string }>(
  { name: 'POST /api/slides/{id}/ingest', limit: 'analyses' },
  async ({ request, params, requestId }) => {
    await ingestSlide(params.id, await readJsonBody(request, IngestSlide), requestId);
    return answerSlide(params.id, { status: 202 });
  },
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('POST');
