// POST /api/postprocess - score maps that were inferred earlier
import { PostprocessOptions } from '@/lib/contracts/options';
import { readUpload } from '@/lib/server/http/read-upload';
import { refuseOthers, route } from '@/lib/server/http/route';
import { answerInTime } from '@/lib/server/tasks/answer-task';
import { submitPostprocess } from '@/lib/server/tasks/submit-task';

export const runtime = 'nodejs';

export const POST = route({ name: 'POST /api/postprocess', limit: 'analyses' }, async ({ request, signal }) => {
  const parts = { img: 'required', seg_img: 'required', marker_img: 'optional' } as const;
  const upload = await readUpload(request, PostprocessOptions, parts);
  return answerInTime(await submitPostprocess(upload), signal);
});

export const { GET, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('POST');
