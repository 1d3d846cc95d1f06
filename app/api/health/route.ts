// GET /api/health - whether the server can analyse, with what, and how busy it is
import { answerHealth } from '@/lib/server/answer-health';
import { refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

export const GET = route({ name: 'GET /api/health', limit: 'reads' }, answerHealth);

export const { POST, PUT, PATCH, DELETE } = refuseOthers('GET');
