import 'server-only';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';

const RETRY_SECONDS = 5;

const SLOT = Symbol.for('restain.held-bytes');
const slot = globalThis as { [SLOT]?: { held: number } };
slot[SLOT] ??= { held: 0 };
const total = slot[SLOT];

/** A share of the memory that posted files may take together, from their first byte until they are decoded. */
export type ByteLease = {
  /** @throws AppError `queue_full` when the memory is taken. */
  grow(bytes: number): void;
  release(): void;
};

export function takeByteLease(): ByteLease {
  let mine = 0;
  return {
    grow(bytes) {
      const limit = getEnv().jobs.heldBytes;
      if (total.held + bytes > limit)
        throw new AppError(
          'queue_full',
          `Files of unfinished analyses may take ${limit} bytes, and ${total.held} are taken; try again in ${RETRY_SECONDS} s.`,
          { retryAfterSeconds: RETRY_SECONDS },
        );
      total.held += bytes;
      mine += bytes;
    },
    release() {
      total.held -= mine;
      mine = 0;
    },
  };
}

/** Bytes that are held now. */
export function heldBytes(): number {
  return total.held;
}
