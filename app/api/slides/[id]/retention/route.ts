// PUT /api/slides/{id}/retention - keep a slide for longer, or less
import { KeepSlide } from '@/lib/contracts/slide';
import { readJsonBody } from '@/lib/server/http/json-body';
import { refuseOthers, route } from '@/lib/server/http/route';
import { answerSlide } from '@/lib/server/slides/answer-slide';
import { keepSlide } from '@/lib/server/slides/create-slide';

export const runtime = 'nodejs';

export const PUT = route<{ id: string }>(
  { name: 'PUT /api/slides/{id}/retention', limit: 'reads' },
  async ({ request, params }) => {
    const { hours } = await readJsonBody(request, KeepSlide);
    await keepSlide(params.id, hours);
    return answerSlide(params.id);
  },
);

export const { GET, POST, PATCH, DELETE, OPTIONS } = refuseOthers('PUT');
