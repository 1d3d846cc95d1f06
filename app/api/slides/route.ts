// POST /api/slides - begin a slide that is kept: of a file to come, of one sent for an analysis, or of a sample
import { CreateSlide } from '@/lib/contracts/slide';
import { readOfferedUpload } from '@/lib/server/analyses/read-offered-upload';
import { readJsonBody } from '@/lib/server/http/json-body';
import { refuseOthers, route } from '@/lib/server/http/route';
import { answerSlide } from '@/lib/server/slides/answer-slide';
import { createFromSample } from '@/lib/server/slides/create-from-sample';
import { createSlide, uploadOf } from '@/lib/server/slides/create-slide';
import { assertTerms } from '@/lib/server/uploads/terms';
import { describeUpload } from '@/lib/server/uploads/upload-parts';

export const runtime = 'nodejs';

export const POST = route({ name: 'POST /api/slides', limit: 'analyses' }, async ({ request, requestId }) => {
  const body = await readJsonBody(request, CreateSlide);
  if ('sample' in body) return answerSlide(await createFromSample(body.sample, requestId), { status: 201 });
  assertTerms(request);
  const isSent = 'analysis' in body;
  const sent = isSent ? await readOfferedUpload(body.analysis) : body;
  const { id, record } = await createSlide({ ...sent, analysis: isSent ? body.analysis : null });
  return answerSlide(id, { status: 201, ...(!isSent && { upload: await describeUpload(uploadOf(record)) }) });
});

export const { GET, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('POST');
