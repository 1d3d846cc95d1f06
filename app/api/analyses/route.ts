// POST /api/analyses - create an analysis of an image that is uploaded next, of a shipped sample, or of a region of a slide
import { CreateAnalysis } from '@/lib/contracts/analysis';
import { answerAnalysis } from '@/lib/server/analyses/answer-analysis';
import { createAnalysis, uploadOf } from '@/lib/server/analyses/create-analysis';
import { createFromPixels } from '@/lib/server/analyses/take-pixels';
import { createFromSample } from '@/lib/server/analyses/verify-upload';
import { readJsonBody } from '@/lib/server/http/json-body';
import { refuseOthers, route } from '@/lib/server/http/route';
import { readSlideRegion } from '@/lib/server/slides/read-region';
import { assertTerms } from '@/lib/server/uploads/terms';
import { describeUpload } from '@/lib/server/uploads/upload-parts';

export const runtime = 'nodejs';

export const POST = route({ name: 'POST /api/analyses', limit: 'analyses' }, async ({ request }) => {
  const body = await readJsonBody(request, CreateAnalysis);
  if ('sample' in body) return answerAnalysis(await createFromSample(body.sample), { status: 201 });
  // Its pixels were sent before, by who accepted the terms.
  if ('slide' in body) {
    const { slide, region, scoring = null } = body;
    const read = () => readSlideRegion(slide, region, request.signal);
    return answerAnalysis(await createFromPixels({ ...region, scoring }, read), { status: 201 });
  }
  assertTerms(request);
  const record = await createAnalysis(body, { isToCome: true });
  return answerAnalysis(record.id, { status: 201, upload: await describeUpload(uploadOf(record)) });
});

export const { GET, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('POST');
