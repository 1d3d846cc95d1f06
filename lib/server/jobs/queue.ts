import 'server-only';
import type { z } from 'zod';
import type { Stage, TaskState } from '@/lib/contracts/task';
import type { AppError } from '@/lib/errors';
import type { JobDefinition } from './define-job';

export type JobSize = {
  /** How much room the job needs. */
  pixels: number;
  /** Whether the queue must take it however many wait. */
  isAdmitted?: boolean;
  /** Names the work, where it is to be done once: while a job of this mark waits or runs, `submit` gives its id. */
  mark?: string;
};

/** One of many jobs that are submitted together. */
export type BulkJob<Data> = {
  data: Data;
  mark: string;
  pixels: number;
  /** Of two that wait, the one with the lower number starts first. Each caller counts its own jobs from 0, so the one of which fewest were given out is next. */
  order: number;
};

export type JobSnapshot<Result> = {
  state: TaskState;
  /** 0 to 1, never falling. */
  progress: number;
  /** Jobs that start before this one. */
  queuePosition: number;
  stage?: Stage;
  tilesDone?: number;
  tiles?: number;
  secondsLeft?: number;
  notice?: string;
  /** On SUCCESS; undefined when it was dropped to make room. */
  result?: Result;
  error?: AppError;
};

/** Work that outlives the request which asked for it. */
export interface JobQueue<Result> {
  /**
   * Takes a job, on behalf of the client in hand, and gives its unguessable id.
   *
   * @throws AppError `queue_full` when too many wait; `queue_unavailable`, as every method, where the queue is elsewhere
   * and cannot be reached
   */
  submit<Schema extends z.ZodType>(
    job: JobDefinition<Schema, Result>,
    data: z.input<Schema>,
    size: JobSize,
  ): Promise<string>;
  /**
   * Takes many jobs of which nothing is kept once they have ended: whoever submits them sees by other means what they have
   * done. Those that wait or run already are left as they are, so that it may be called again for what may have been lost.
   */
  submitAll<Schema extends z.ZodType>(
    job: JobDefinition<Schema, Result>,
    jobs: readonly BulkJob<z.input<Schema>>[],
  ): Promise<void>;
  /**
   * Revokes many jobs. Resolves when none of them waits, and none runs in this process; what another process works on it
   * is told, too, and stops within a second.
   */
  cancelAll(ids: readonly string[]): Promise<void>;
  /** Whether some process works on what is queued here, or has said so of late. */
  isServed(): Promise<boolean>;
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
  /** For how long the job that starts next has waited, in seconds; 0 where none waits. */
  age(): Promise<number>;
}
