// POST /api/slides/{id}/scorings/{scoring}/cancel - stop a scoring; what it has found stays
import { json, refuseOthers, route } from '@/lib/server/http/route';
import { cancelScoring } from '@/lib/server/slides/scoring/start-scoring';

export const runtime = 'nodejs';

export const POST = route<{ id: string; scoring: string }>(
  { name: 'POST /api/slides/{id}/scorings/{scoring}/cancel', limit: 'reads' },
  async ({ params }) => json(await cancelScoring(params.id, params.scoring)),
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('POST');
