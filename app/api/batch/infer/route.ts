// POST /api/batch/infer - queue the analysis of one image
import { InferOptions } from '@/lib/contracts/options';
import { readUpload } from '@/lib/server/http/read-upload';
import { refuseOthers, route } from '@/lib/server/http/route';
import { acceptedResponse } from '@/lib/server/tasks/answer-task';
import { submitInference } from '@/lib/server/tasks/submit-task';

export const runtime = 'nodejs';

export const POST = route({ name: 'POST /api/batch/infer', limit: 'analyses' }, async ({ request }) => {
  const upload = await readUpload(request, InferOptions, { img: 'required' });
  return acceptedResponse(await submitInference(upload), 200);
});

export const { GET, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('POST');
