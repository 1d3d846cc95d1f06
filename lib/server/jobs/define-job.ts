import 'server-only';
import type { z } from 'zod';
import type { Stage } from '@/lib/contracts/task';
import { processWide } from '@/lib/server/process-wide';

export type JobProgress = {
  stage: Stage;
  progress: number;
  tilesDone?: number;
  tiles?: number;
  /** An estimate. */
  secondsLeft?: number;
  /** Why it does not go on, as a sentence. */
  notice?: string;
};

/** What the queue gives to a handler besides the data. */
export type JobContext = {
  /** Aborted when the job is cancelled. */
  signal: AbortSignal;
  report: (progress: JobProgress) => void;
  /** How many processes have fallen silent while they worked on it, as far as the queue knows. */
  stalls: number;
};

/**
 * One kind of job: data with a name, and what does the work.
 *
 * The data is JSON and small, so that a queue may keep it elsewhere and another process may do the work: records and
 * pictures lie in the storage, and the data says under which ids.
 */
export type JobDefinition<Schema extends z.ZodType = z.ZodType, Result = unknown> = {
  /** Unique among all jobs, and kept: a queue may hold jobs that an earlier version of the server has submitted. */
  name: string;
  schema: Schema;
  /** Queues deliver at least once: a handler that is called twice for one job ends with the same result. */
  handler: (data: z.output<Schema>, context: JobContext) => Promise<Result>;
  /** Whether it does no work itself, but sees to that of others: then no worker falls silent by it. */
  isLight?: boolean;
  /** Whether the handler looks at `stalls` itself: the queue never gives up such a job. */
  judgesStalls?: boolean;
  /** Memory that keeping the result takes; none where this is left out. */
  bytesOf?: (result: Result) => number;
};

const definitions = processWide('job-definitions', () => new Map<string, JobDefinition>());

/** Registers a kind of job. Where a module is loaded several times, the latest counts. */
export function defineJob<Schema extends z.ZodType, Result>(
  definition: JobDefinition<Schema, Result>,
): JobDefinition<Schema, Result> {
  definitions.set(definition.name, definition as unknown as JobDefinition);
  return definition;
}

/** The kind of job of this name, for a queue that is about to do one. */
export function jobDefinition(name: string): JobDefinition {
  const definition = definitions.get(name);
  if (definition === undefined) throw new Error(`no job of the name ${name} is defined in this process`);
  return definition;
}
