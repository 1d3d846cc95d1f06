// GET /api/slides/{id}/scorings - all scorings of a slide; POST - find the nuclei of a part of it
import { StartScoring, slideScoringPaths } from '@/lib/contracts/slide-scoring';
import { readJsonBody } from '@/lib/server/http/json-body';
import { json, refuseOthers, route } from '@/lib/server/http/route';
import { openScorings } from '@/lib/server/slides/scoring/describe-scoring';
import { startScoring } from '@/lib/server/slides/scoring/start-scoring';

export const runtime = 'nodejs';

type Params = { id: string };

export const GET = route<Params>({ name: 'GET /api/slides/{id}/scorings', limit: 'reads' }, async ({ params }) =>
  json({ scorings: await openScorings(params.id) }),
);

export const POST = route<Params>(
  { name: 'POST /api/slides/{id}/scorings', limit: 'analyses' },
  async ({ request, params, requestId }) => {
    const scoring = await startScoring(params.id, await readJsonBody(request, StartScoring), requestId);
    return json(scoring, { status: 202, headers: { Location: slideScoringPaths.scoring(params.id, scoring.id) } });
  },
);

export const { PUT, PATCH, DELETE, OPTIONS } = refuseOthers('GET', 'POST');
