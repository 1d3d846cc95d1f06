import 'server-only';
import type { z } from 'zod';
import type { Stage, TaskState } from '@/lib/contracts/task';
import type { AppError } from '@/lib/errors';
import type { JobDefinition } from './define-job';

/** How much room a job needs, and whether the queue must take it however many wait. */
export type JobSize = { pixels: number; isAdmitted?: boolean };

export type JobSnapshot<Result> = {
  state: TaskState;
  /** 0 to 1, never falling. */
  progress: number;
  /** Jobs that start before this one. */
  queuePosition: number;
  stage?: Stage;
  tilesDone?: number;
  tiles?: number;
  /** On SUCCESS; undefined when it was dropped to make room. */
  result?: Result;
  error?: AppError;
};

/** Work that outlives the request which asked for it. */
export interface JobQueue<Result> {
  /**
   * Takes a job, on behalf of the client in hand, and gives its unguessable id.
   *
   * @throws AppError `queue_full` when too many wait
   */
  submit<Schema extends z.ZodType>(
    job: JobDefinition<Schema, Result>,
    data: z.input<Schema>,
    size: JobSize,
  ): Promise<string>;
  /** Throws `queue_full` where `submit` would: for callers that store something before they submit. */
  assertRoom(pixels: number): Promise<void>;
  /** What is known of a job; undefined when it never was or is forgotten. */
  get(id: string): Promise<JobSnapshot<Result> | undefined>;
  /** Waits until a job has ended, in whatever way, and nothing of it runs any more. */
  ended(id: string): Promise<JobSnapshot<Result>>;
  /** Revokes a job that waits or runs; one that has ended stays as it is. */
  cancel(id: string): Promise<void>;
  /** Drops all that is kept of a job that has ended. */
  forget(id: string): Promise<void>;
  /** How busy the queue is, and how many may wait. */
  load(): Promise<{ waiting: number; running: number; limit: number }>;
}
