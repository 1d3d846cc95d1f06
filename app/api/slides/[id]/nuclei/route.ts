// GET /api/slides/{id}/nuclei - the nuclei that were found, cell by cell
import { refuseOthers, route } from '@/lib/server/http/route';
import { sendNuclei } from '@/lib/server/slides/scoring/send-nuclei';

export const runtime = 'nodejs';

export const GET = route<{ id: string }>(
  { name: 'GET /api/slides/{id}/nuclei', limit: 'reads' },
  ({ request, params }) => sendNuclei(request, params.id),
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('GET');
