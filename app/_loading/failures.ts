import { doubtConnection } from '@/lib/client/connection';

/** A failure of the network or of the storage: the same request may work a little later. */
export class PassingFailure extends Error {}

/**
 * The message of a failure within a worker, or of a worker. A worker has no texts: `failure-words.ts` has them, on the page.
 * Besides these there are `picture-refused <status>` and `picture-incomplete <why>`.
 */
export type FailureCode =
  | 'no-workers'
  | 'worker-ended'
  | 'worker-not-loaded'
  | 'worker-not-read'
  | 'picture-unanswered'
  | 'picture-expired'
  | 'picture-gone'
  | 'picture-busy'
  | 'picture-too-large';

/** A failure as a worker posts it, since the class of an error is lost between threads. */
export type FailureReply = { problem: string; isPassing: boolean };

export const toFailureReply = (error: unknown): FailureReply => ({
  problem: error instanceof Error ? error.message : String(error),
  isPassing: error instanceof PassingFailure,
});

/** @param inWords - makes a sentence of a code */
export function fromFailureReply({ problem, isPassing }: FailureReply, inWords: (problem: string) => string): Error {
  if (!isPassing) return new Error(inWords(problem));
  doubtConnection();
  return new PassingFailure(inWords(problem));
}
