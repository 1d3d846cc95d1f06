// POST /api/batch/infer - queue the analysis of one image
import { InferOptions } from '@/lib/contracts/options';
import { acceptedResponse } from '@/lib/server/analyses/answer-task';
import { submitInference } from '@/lib/server/analyses/submit-analysis';
import { refuseOthers, route } from '@/lib/server/http/route';
import { readUpload } from '@/lib/server/http/upload';

export const runtime = 'nodejs';

export const POST = route({ name: 'POST /api/batch/infer', limit: 'analyses' }, async ({ request }) => {
  const upload = await readUpload(request, InferOptions, { img: 'required' });
  return acceptedResponse(await submitInference(upload), 200);
});

export const { GET, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('POST');
