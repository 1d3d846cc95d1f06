// GET /api/health/live - whether the server answers at all

import { refuseOthers } from '@/lib/server/http/route';
import { getLive } from '@/lib/server/process/probes';

export const runtime = 'nodejs';

export const GET = getLive;

export const { POST, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('GET');
