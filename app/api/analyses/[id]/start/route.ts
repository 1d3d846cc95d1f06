// POST /api/analyses/{id}/start - queue the analysis of a verified image
import { StartAnalysis } from '@/lib/contracts/analysis';
import { analysisId, answerAnalysis } from '@/lib/server/analyses/answer-analysis';
import { startAnalysis } from '@/lib/server/analyses/run-analysis';
import { readJsonBody } from '@/lib/server/http/json-body';
import { refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

export const POST = route<{ id: string }>(
  { name: 'POST /api/analyses/{id}/start', limit: 'analyses' },
  async ({ request, params, requestId }) => {
    const id = analysisId(params.id);
    await startAnalysis(id, await readJsonBody(request, StartAnalysis), requestId);
    return answerAnalysis(id, { status: 202 });
  },
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('POST');
