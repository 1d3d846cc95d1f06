// GET /api/analyses/{id}/upload - the parts of the image that have not arrived, with fresh links
import { analysisId, answerAnalysis } from '@/lib/server/analyses/answer-analysis';
import { describeOpenUpload } from '@/lib/server/analyses/create-analysis';
import { refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

export const GET = route<{ id: string }>(
  { name: 'GET /api/analyses/{id}/upload', limit: 'reads' },
  async ({ params }) => {
    const id = analysisId(params.id);
    return answerAnalysis(id, { upload: await describeOpenUpload(id) });
  },
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('GET');
