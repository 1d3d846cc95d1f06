// PUT /api/analyses/{id}/feedback - a rating and a note about this result, kept as long as the result
import { Feedback } from '@/lib/contracts/analysis';
import { analysisId, answerAnalysis } from '@/lib/server/analyses/answer-analysis';
import { saveFeedback } from '@/lib/server/analyses/save-feedback';
import { readJsonBody } from '@/lib/server/http/json-body';
import { refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

export const PUT = route<{ id: string }>(
  { name: 'PUT /api/analyses/{id}/feedback', limit: 'reads' },
  async ({ request, params }) => {
    const id = analysisId(params.id);
    await saveFeedback(id, await readJsonBody(request, Feedback));
    return answerAnalysis(id);
  },
);

export const { GET, POST, PATCH, DELETE, OPTIONS } = refuseOthers('PUT');
