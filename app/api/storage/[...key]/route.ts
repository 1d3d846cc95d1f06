// GET, PUT /api/storage/{key} - objects of the local storage, by links that it has signed
import { refuseOthers, route } from '@/lib/server/http/route';
import { receiveObject, sendObject } from '@/lib/server/storage/serve-local';

type Path = { key: string[] };

export const { POST, PATCH, DELETE, OPTIONS } = refuseOthers('GET', 'PUT');

export const GET = route<Path>({ name: 'GET /api/storage', limit: 'objects' }, ({ request, params }) =>
  sendObject(request, params.key.join('/')),
);

export const PUT = route<Path>({ name: 'PUT /api/storage', limit: 'reads' }, ({ request, params }) =>
  receiveObject(request, params.key.join('/')),
);
