import 'server-only';
import { z } from 'zod';
import { AnalysisProgress } from '@/lib/contracts/analysis';
import { Problem } from '@/lib/contracts/problem';
import type { Lane } from '@/lib/server/jobs/lane';

export const RunStatus = z.object({
  state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
  /** Counts what the server that has it has written: a sign of life, without a time. */
  beat: z.int().default(0),
  /** A server that ended in good order, or queued it for others, has left it to whichever server comes next. */
  isReleased: z.boolean().default(false),
  /** How many servers have crashed, or were killed, while they worked on it. */
  crashes: z.int().default(0),
  progress: AnalysisProgress.extend({
    /** An estimate, of runs that have one. */
    seconds_left: z.number().optional(),
    /** Why it does not go on, as a sentence. */
    notice: z.string().optional(),
  }),
  problem: Problem.nullable(),
  canRetry: z.boolean(),
});
export type RunStatus = z.infer<typeof RunStatus>;

/** The status of a run that waits, with changes. */
export const newStatus = (changes: Partial<RunStatus> = {}): RunStatus => ({
  state: 'queued',
  beat: 0,
  isReleased: false,
  crashes: 0,
  progress: { queue_position: 0, stage: null, tiles_done: 0, tiles: 0 },
  problem: null,
  canRetry: true,
  ...changes,
});

/**
 * Where a run is in the storage:
 *
 * - `attempts/<n>/status.json`: how it stands. Written by the server that has it, which is alive while the status is fresh. A
 *   server takes a run over by creating the status of the next attempt, which one server can; the highest counts.
 * - `attempts/<n>/begun.json`: that the work of an attempt has begun. Written before it does.
 * - `cancel.json`: that somebody wants the run to stop.
 */
export const runKeys = (folder: string) => ({
  folder,
  attempts: `${folder}attempts/`,
  attempt: (attempt: number) => ({
    status: `${folder}attempts/${attempt}/status.json`,
    begun: `${folder}attempts/${attempt}/begun.json`,
  }),
  /** Where version 0.1.0 kept the status. */
  onlyStatus: `${folder}status.json`,
  cancel: `${folder}cancel.json`,
});
export type RunKeys = ReturnType<typeof runKeys>;

/** An attempt at a run. */
export const QueuedAttempt = z.object({
  attempt: z.int(),
  /** How many servers have crashed while they worked on it. */
  crashes: z.int().default(0),
  requestId: z.string(),
});
export type Attempt = z.infer<typeof QueuedAttempt>;

/** A run, and what it belongs to: an analysis, or a slide. */
export type RunOwner = {
  /** Unique among all runs. */
  run: string;
  keys: RunKeys;
  /** What is worked on, as in "this analysis". */
  what: string;
  /** Where it waits for its turn. */
  lane: Lane;
  /** Puts an attempt into the queue, however many wait, with the run's id as its mark. @returns the job's id */
  submit: (attempt: Attempt) => Promise<string>;
  /** Whether it is still the run of what it belongs to: not after a deletion or a later start. */
  isCurrent: () => Promise<boolean>;
  /** Deletes what late work has written of something that was deleted meanwhile. */
  dropIfDeleted: () => Promise<void>;
};
