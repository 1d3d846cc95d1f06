// GET /api/batch/infer/{task_id} - the state of a task; DELETE - cancel it

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
