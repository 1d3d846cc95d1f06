// POST /api/analyses/{id}/verify - check the uploaded file and keep only its pixels
import { analysisId, answerAnalysis } from '@/lib/server/analyses/answer-analysis';
import { verifyUpload } from '@/lib/server/analyses/verify-upload';
import { refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

export const POST = route<{ id: string }>(
  { name: 'POST /api/analyses/{id}/verify', limit: 'analyses' },
  async ({ params, requestId }) => {
    const id = analysisId(params.id);
    await verifyUpload(id, requestId);
    return answerAnalysis(id);
  },
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('POST');
