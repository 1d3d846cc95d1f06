// GET /api/slides/{id}/upload - the parts of the file that have not arrived, with fresh links
import { refuseOthers, route } from '@/lib/server/http/route';
import { answerSlide } from '@/lib/server/slides/answer-slide';
import { describeOpenUpload } from '@/lib/server/slides/create-slide';

export const runtime = 'nodejs';

export const GET = route<{ id: string }>({ name: 'GET /api/slides/{id}/upload', limit: 'reads' }, async ({ params }) =>
  answerSlide(params.id, { upload: await describeOpenUpload(params.id) }),
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('GET');
