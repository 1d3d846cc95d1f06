// POST /api/slides/{id}/cancel - stop the ingest
import { refuseOthers, route } from '@/lib/server/http/route';
import { answerSlide } from '@/lib/server/slides/answer-slide';
import { cancelIngest } from '@/lib/server/slides/ingest-slide';

export const runtime = 'nodejs';

export const POST = route<{ id: string }>(
  { name: 'POST /api/slides/{id}/cancel', limit: 'reads' },
  async ({ params }) => {
    await cancelIngest(params.id);
    return answerSlide(params.id);
  },
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = refuseOthers('POST');
