// PUT /api/analyses/{id}/shown - show another image or focal plane of the file, before the start
import { ShowImage } from '@/lib/contracts/analysis';
import { analysisId, answerAnalysis } from '@/lib/server/analyses/answer-analysis';
import { showImage } from '@/lib/server/analyses/take-pixels';
import { readJsonBody } from '@/lib/server/http/json-body';
import { refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

export const PUT = route<{ id: string }>(
  { name: 'PUT /api/analyses/{id}/shown', limit: 'analyses' },
  async ({ request, params }) => {
    const id = analysisId(params.id);
    await showImage(id, await readJsonBody(request, ShowImage));
    return answerAnalysis(id);
  },
);

export const { GET, POST, PATCH, DELETE, OPTIONS } = refuseOthers('PUT');
