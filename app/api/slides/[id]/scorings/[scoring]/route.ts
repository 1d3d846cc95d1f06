// GET /api/slides/{id}/scorings/{scoring} - how a scoring stands
import { json, refuseOthers, route } from '@/lib/server/http/route';
import { openScoring } from '@/lib/server/slides/scoring/describe-scoring';

export const runtime = 'nodejs';

export const GET = route<{ id: string; scoring: string }>(
  { name: 'GET /api/slides/{id}/scorings/{scoring}', limit: 'reads' },
  async ({ params }) => json(await openScoring(params.id, params.scoring)),
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('GET');
