import 'server-only';
import type { Stage, TaskState } from '@/lib/contracts/task';
import type { AppError } from '@/lib/errors';

export type JobProgress = { stage: Stage; progress: number; tilesDone?: number; tiles?: number };

export type JobContext = { signal: AbortSignal; report: (progress: JobProgress) => void };

/** A piece of work: what it weighs, how it is done, and what to let go of when it will not be done. */
export type Job<Result> = {
  pixels: number;
  run: (context: JobContext) => Promise<Result>;
  /** Called once, when the job has ended in whatever way. */
  dispose: () => void;
  /** Memory that keeping the result takes. */
  bytesOf: (result: Result) => number;
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
  /** On SUCCESS; undefined when it was dropped to make room. */
  result?: Result;
  error?: AppError;
};

/** Work that outlives the request which asked for it. */
export interface JobQueue<Result> {
  /** Takes a job and gives its unguessable id. Throws `queue_full` when too many wait. */
  submit(job: Job<Result>): string;
  /** What is known of a job; undefined when it never was or is forgotten. */
  get(id: string): JobSnapshot<Result> | undefined;
  /** Waits until a job has ended, however that be. */
  ended(id: string): Promise<JobSnapshot<Result>>;
  /** Revokes a job that waits or runs; one that has ended stays as it is. */
  cancel(id: string): void;
  /** Drops all that is kept of a job that has ended. */
  forget(id: string): void;
  /** How busy it is. */
  load(): { waiting: number; running: number; limit: number };
}
