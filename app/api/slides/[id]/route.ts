// GET /api/slides/{id} - where it stands, with a link to its pyramid; DELETE - remove every trace of it
import { refuseOthers, route } from '@/lib/server/http/route';
import { answerSlide } from '@/lib/server/slides/answer-slide';
import { deleteSlide } from '@/lib/server/slides/ingest-slide';

export const runtime = 'nodejs';

type Params = { id: string };

export const GET = route<Params>({ name: 'GET /api/slides/{id}', limit: 'reads' }, ({ params }) =>
  answerSlide(params.id),
);

export const DELETE = route<Params>({ name: 'DELETE /api/slides/{id}', limit: 'reads' }, async ({ params }) => {
  await deleteSlide(params.id);
  return new Response(null, { status: 204 });
});

export const { POST, PUT, PATCH, OPTIONS } = refuseOthers('GET', 'DELETE');
