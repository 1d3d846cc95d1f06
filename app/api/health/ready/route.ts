// GET /api/health/ready - whether the server takes requests

import { refuseOthers } from '@/lib/server/http/route';
import { getReady } from '@/lib/server/process/probes';

export const runtime = 'nodejs';

export const GET = getReady;

export const { POST, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('GET');
