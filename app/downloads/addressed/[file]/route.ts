// GET /downloads/{file} - a jar with this server's address in it; next.config.mjs leads here
import { sendJar } from '@/lib/server/downloads/send-jar';
import { refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

export const GET = route<{ file: string }>({ name: 'GET /downloads/{file}', limit: 'reads' }, ({ params }) =>
  sendJar(params.file),
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('GET');
