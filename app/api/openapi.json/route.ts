// GET /api/openapi.json - the description of this API
import { describeApi } from '@/lib/contracts/openapi';
import { json, refuseOthers, route } from '@/lib/server/http/route';
import packageJson from '@/package.json';

export const runtime = 'nodejs';

let document: ReturnType<typeof describeApi> | undefined;

export const GET = route({ name: 'GET /api/openapi.json', limit: 'reads' }, () => {
  // To describe everything takes a hundred times as long as to answer with it.
  document ??= describeApi(packageJson.version);
  return json(document);
});

export const { POST, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('GET');
