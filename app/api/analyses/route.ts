// POST /api/analyses - create an analysis of an image that is uploaded next, or of a shipped sample
import { CreateAnalysis } from '@/lib/contracts/analysis';
import { answerAnalysis } from '@/lib/server/analyses/answer-analysis';
import { createAnalysis, uploadOf } from '@/lib/server/analyses/create-analysis';
import { createFromSample } from '@/lib/server/analyses/verify-upload';
import { readJsonBody } from '@/lib/server/http/json-body';
import { refuseOthers, route } from '@/lib/server/http/route';
import { assertTerms } from '@/lib/server/uploads/terms';
import { describeUpload } from '@/lib/server/uploads/upload-parts';

export const runtime = 'nodejs';

export const POST = route({ name: 'POST /api/analyses', limit: 'analyses' }, async ({ request }) => {
  const body = await readJsonBody(request, CreateAnalysis);
  if ('sample' in body) return answerAnalysis(await createFromSample(body.sample), { status: 201 });
  assertTerms(request);
  const record = await createAnalysis(body, null);
  return answerAnalysis(record.id, { status: 201, upload: await describeUpload(uploadOf(record)) });
});

export const { GET, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('POST');
