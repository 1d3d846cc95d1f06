import { z } from 'zod';
import { InferResult } from './infer';
import { Problem } from './problem';

const TASK_STATES = ['PENDING', 'STARTED', 'SUCCESS', 'FAILURE', 'REVOKED'] as const;
export type TaskState = (typeof TASK_STATES)[number];

export const STAGES = ['reading', 'inferring', 'scoring', 'encoding'] as const;
export type Stage = (typeof STAGES)[number];

const taskId = z.string().meta({ description: 'Unguessable id of the task', example: '5cT2nX0hY1dQk3VJw9rZbA' });

/** Answer of `POST /api/batch/infer`, and of `/api/infer` (202) when the work takes longer than the synchronous limit. */
export const TaskAccepted = z.object({ task_id: taskId }).meta({ id: 'TaskAccepted' });
export type TaskAccepted = z.infer<typeof TaskAccepted>;

export const TaskPath = z.object({ task_id: taskId });

/** Answer of `GET /api/batch/infer/{task_id}`. */
export const TaskStatus = z
  .object({
    state: z.enum(TASK_STATES),
    progress: z.number().min(0).max(1),
    queue_position: z.int().min(0).meta({ description: 'Tasks that start before this one; 0 once it has started' }),
    stage: z.enum(STAGES).optional().meta({ description: 'What is being done, while STARTED' }),
    tiles_done: z.int().min(0).optional(),
    tiles: z.int().min(0).optional(),
    result: InferResult.optional().meta({ description: 'On SUCCESS only' }),
    error: Problem.optional().meta({ description: 'On FAILURE only' }),
  })
  .meta({ id: 'TaskStatus', description: 'A finished task stays readable for an hour' });
export type TaskStatus = z.infer<typeof TaskStatus>;
