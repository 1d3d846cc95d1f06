// POST /api/infer - infer and score one image, and wait for the answer
import { InferOptions } from '@/lib/contracts/options';
import { answerInTime } from '@/lib/server/analyses/answer-task';
import { submitInference } from '@/lib/server/analyses/submit-analysis';
import { refuseOthers, route } from '@/lib/server/http/route';
import { readUpload } from '@/lib/server/http/upload';

export const runtime = 'nodejs';

export const POST = route({ name: 'POST /api/infer', limit: 'analyses' }, async ({ request, signal }) => {
  const upload = await readUpload(request, InferOptions, { img: 'required' });
  return answerInTime(await submitInference(upload), signal);
});

export const { GET, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('POST');
