import 'server-only';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { processWide } from '@/lib/server/process-wide';

const RETRY_SECONDS = 5;

type Holder = { bytes: number; leases: number };

const total = processWide('held-bytes', () => ({ held: 0, byAddress: new Map<string, Holder>() }));

/** A part of the memory that posted bytes may use together, from their first byte until they are decoded. */
export type ByteLease = {
  /** @throws AppError `queue_full` when the memory is used up */
  grow(bytes: number): void;
  release(): void;
};

/**
 * Several requests of one address may hold half of the memory together, so that one client leaves room for others. A single
 * request may take more, so that no file within the limits is always refused.
 */
export function takeByteLease(address: string): ByteLease {
  const holder = total.byAddress.get(address) ?? { bytes: 0, leases: 0 };
  total.byAddress.set(address, holder);
  holder.leases++;
  let mine = 0;
  let isOver = false;
  return {
    grow(bytes) {
      const limit = getEnv().jobs.heldBytes;
      if (total.held + bytes > limit)
        throw full(`Files of unfinished analyses may take ${limit} bytes, and ${total.held} are taken`);
      const isOnly = holder.bytes === mine;
      if (!isOnly && holder.bytes + bytes > limit / 2)
        throw full(
          `Files of unfinished analyses of one address may take ${limit / 2} bytes, and ${holder.bytes} are taken`,
        );
      total.held += bytes;
      holder.bytes += bytes;
      mine += bytes;
    },
    release() {
      if (isOver) return;
      isOver = true;
      total.held -= mine;
      holder.bytes -= mine;
      holder.leases--;
      if (holder.leases === 0) total.byAddress.delete(address);
    },
  };
}

const full = (why: string) =>
  new AppError('queue_full', `${why}; try again in ${RETRY_SECONDS} s.`, { retryAfterSeconds: RETRY_SECONDS });

/** The bytes that all leases hold now. */
export function heldBytes(): number {
  return total.held;
}
