// GET /api/analyses/{id}/exports/{name} - a file of the result, as the result page saves it
import { analysisId } from '@/lib/server/analyses/answer-analysis';
import { sendExport } from '@/lib/server/analyses/send-export';
import { refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

export const GET = route<{ id: string; name: string }>(
  { name: 'GET /api/analyses/{id}/exports/{name}', limit: 'reads' },
  ({ request, params }) => sendExport(request, analysisId(params.id), params.name),
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('GET');
