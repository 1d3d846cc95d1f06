// POST /api/analyses/{id}/retry - start a failed or cancelled run again, with the same options
import { analysisId, answerAnalysis } from '@/lib/server/analyses/answer-analysis';
import { retryAnalysis } from '@/lib/server/analyses/run-analysis';
import { refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

export const POST = route<{ id: string }>(
  { name: 'POST /api/analyses/{id}/retry', limit: 'analyses' },
  async ({ params, requestId }) => {
    const id = analysisId(params.id);
    await retryAnalysis(id, requestId);
    return answerAnalysis(id, { status: 202 });
  },
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('POST');
