// GET /api/openapi.json - the description of this API
import { describeApi } from '@/lib/contracts/openapi';
import { json, refuseOthers, route } from '@/lib/server/http/route';
import packageJson from '@/package.json';

export const runtime = 'nodejs';

export const GET = route({ name: 'GET /api/openapi.json', limit: 'reads' }, () =>
  json(describeApi(packageJson.version)),
);

export const { POST, PUT, PATCH, DELETE } = refuseOthers('GET');
