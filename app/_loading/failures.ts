import { doubtConnection } from '@/lib/client/connection';
import { AppError } from '@/lib/errors';

/** Why a part of the result is missing, as a sentence. `isDeleted`: another try cannot help. */
export type Trouble = { sentence: string; isDeleted: boolean };

/** A failure of the network or of the storage: the same request may work a little later. */
export class PassingFailure extends Error {}

/** A failure as a worker posts it, since the class of an error is lost between threads. */
export type FailureReply = { problem: string; isPassing: boolean };

export const toFailureReply = (error: unknown): FailureReply => ({
  problem: error instanceof Error ? error.message : String(error),
  isPassing: error instanceof PassingFailure,
});

export function fromFailureReply({ problem, isPassing }: FailureReply): Error {
  if (!isPassing) return new Error(problem);
  doubtConnection();
  return new PassingFailure(problem);
}

export const troubleOf = (error: unknown): Trouble => ({
  sentence: error instanceof AppError ? error.detail : error instanceof Error ? error.message : 'Something went wrong.',
  isDeleted: error instanceof AppError && error.code === 'analysis_not_found',
});
