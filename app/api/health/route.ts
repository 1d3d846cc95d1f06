// GET /api/health - whether the server can analyse, with what, and how busy it is

import { refuseOthers } from '@/lib/server/http/route';
import { getHealth } from '@/lib/server/process/answer-health';

export const runtime = 'nodejs';

export const GET = getHealth;

export const { POST, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('GET');
