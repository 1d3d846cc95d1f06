// GET /api/analyses/{id}/thumbnail - a small picture of the image
import { analysisId } from '@/lib/server/analyses/answer-analysis';
import { sendThumbnail } from '@/lib/server/analyses/send-export';
import { refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

export const GET = route<{ id: string }>({ name: 'GET /api/analyses/{id}/thumbnail', limit: 'reads' }, ({ params }) =>
  sendThumbnail(analysisId(params.id)),
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('GET');
