// GET /api/batch/infer/{task_id} - where a task stands; DELETE - cancel it

import { refuseOthers, route } from '@/lib/server/http/route';
import { answerStatus, cancelTask } from '@/lib/server/tasks/answer-task';

export const runtime = 'nodejs';

type Params = { taskId: string };

export const GET = route<Params>({ name: 'GET /api/batch/infer/{task_id}', limit: 'reads' }, ({ params, requestId }) =>
  answerStatus(params.taskId, requestId),
);

export const DELETE = route<Params>(
  { name: 'DELETE /api/batch/infer/{task_id}', limit: 'reads' },
  ({ params, requestId }) => cancelTask(params.taskId, requestId),
);

export const { POST, PUT, PATCH, OPTIONS } = refuseOthers('GET', 'DELETE');
