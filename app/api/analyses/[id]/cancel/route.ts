// POST /api/analyses/{id}/cancel - stop a run that is waiting or running
import { analysisId, answerAnalysis } from '@/lib/server/analyses/answer-analysis';
import { cancelAnalysis } from '@/lib/server/analyses/run-analysis';
import { refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

export const POST = route<{ id: string }>(
  { name: 'POST /api/analyses/{id}/cancel', limit: 'reads' },
  async ({ params }) => {
    const id = analysisId(params.id);
    await cancelAnalysis(id);
    return answerAnalysis(id);
  },
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('POST');
