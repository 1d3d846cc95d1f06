// POST /api/infer - infer and score one image; the answer has the result
import { InferOptions } from '@/lib/contracts/options';
import { readUpload } from '@/lib/server/http/read-upload';
import { refuseOthers, route } from '@/lib/server/http/route';
import { answerInTime } from '@/lib/server/tasks/answer-task';
import { submitInference } from '@/lib/server/tasks/submit-task';

export const runtime = 'nodejs';

export const POST = route({ name: 'POST /api/infer', limit: 'analyses' }, async ({ request, signal }) => {
  const upload = await readUpload(request, InferOptions, { img: 'required' });
  return answerInTime(await submitInference(upload), signal);
});

export const { GET, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('POST');
