// GET /api/slides/{id}/scores - all numbers of a slide
import { json, refuseOthers, route } from '@/lib/server/http/route';
import { slideScores } from '@/lib/server/slides/scoring/slide-scores';

export const runtime = 'nodejs';

export const GET = route<{ id: string }>(
  { name: 'GET /api/slides/{id}/scores', limit: 'analyses' },
  async ({ params }) => json(await slideScores(params.id)),
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('GET');
