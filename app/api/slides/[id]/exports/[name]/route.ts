// GET /api/slides/{id}/exports/{name} - a file of what was found on a slide
import { refuseOthers, route } from '@/lib/server/http/route';
import { sendSlideExport } from '@/lib/server/slides/exports/send-slide-export';

export const runtime = 'nodejs';

export const GET = route<{ id: string; name: string }>(
  { name: 'GET /api/slides/{id}/exports/{name}', limit: 'reads' },
  ({ request, params }) => sendSlideExport(request, params.id, params.name),
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('GET');
