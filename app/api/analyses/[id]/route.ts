// GET /api/analyses/{id} - its state, with links to its pictures; DELETE - remove every trace of it
import { analysisId, answerAnalysis } from '@/lib/server/analyses/answer-analysis';
import { deleteAnalysis } from '@/lib/server/analyses/run-analysis';
import { refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

type Params = { id: string };

export const GET = route<Params>({ name: 'GET /api/analyses/{id}', limit: 'reads' }, ({ params }) =>
  answerAnalysis(analysisId(params.id)),
);

export const DELETE = route<Params>({ name: 'DELETE /api/analyses/{id}', limit: 'reads' }, async ({ params }) => {
  await deleteAnalysis(analysisId(params.id));
  return new Response(null, { status: 204 });
});

export const { POST, PUT, PATCH, OPTIONS } = refuseOthers('GET', 'DELETE');
