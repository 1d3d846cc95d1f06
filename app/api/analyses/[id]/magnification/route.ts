// GET /api/analyses/{id}/magnification - the scan magnification that the nuclei look like
import { analysisId } from '@/lib/server/analyses/answer-analysis';
import { likelyMagnification } from '@/lib/server/analyses/likely-magnification';
import { byEitherLink } from '@/lib/server/analyses/stored-analysis';
import { json, refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

export const GET = route<{ id: string }>(
  { name: 'GET /api/analyses/{id}/magnification', limit: 'analyses' },
  async ({ params }) => json(await byEitherLink(analysisId(params.id), likelyMagnification)),
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('GET');
