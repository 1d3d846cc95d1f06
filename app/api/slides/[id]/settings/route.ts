// GET /api/slides/{id}/settings - how nuclei are found and counted; PUT - change that
import { SaveSlideSettings } from '@/lib/contracts/slide-settings';
import { readJsonBody } from '@/lib/server/http/json-body';
import { json, refuseOthers, route } from '@/lib/server/http/route';
import { openSettings, saveSettings } from '@/lib/server/slides/scoring/settings';

export const runtime = 'nodejs';

type Params = { id: string };

export const GET = route<Params>({ name: 'GET /api/slides/{id}/settings', limit: 'reads' }, async ({ params }) =>
  json(await openSettings(params.id)),
);

export const PUT = route<Params>(
  { name: 'PUT /api/slides/{id}/settings', limit: 'reads' },
  async ({ request, params }) => json(await saveSettings(params.id, await readJsonBody(request, SaveSlideSettings))),
);

export const { POST, PATCH, DELETE, OPTIONS } = refuseOthers('GET', 'PUT');
