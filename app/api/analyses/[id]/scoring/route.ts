// PUT /api/analyses/{id}/scoring - make the pictures and numbers again with these parameters
import { UpdateScoring } from '@/lib/contracts/analysis';
import { analysisId, answerAnalysis } from '@/lib/server/analyses/answer-analysis';
import { updateScoring } from '@/lib/server/analyses/update-scoring';
import { readJsonBody } from '@/lib/server/http/json-body';
import { refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

export const PUT = route<{ id: string }>(
  { name: 'PUT /api/analyses/{id}/scoring', limit: 'analyses' },
  async ({ request, params }) => {
    const id = analysisId(params.id);
    await updateScoring(id, await readJsonBody(request, UpdateScoring));
    return answerAnalysis(id);
  },
);

export const { GET, POST, PATCH, DELETE, OPTIONS } = refuseOthers('PUT');
