import { useCallback, useEffect, useRef, useState } from 'react';
import { getBatch } from '@/lib/client/batches';
import { sentenceOf } from '@/lib/client/sentence-of';
import type { Batch } from '@/lib/contracts/batch';
import { AppError } from '@/lib/errors';

const ACTIVE_MS = 1_500;
/** Somebody else may change the batch. */
const IDLE_MS = 10_000;

export type Followed = { batch: Batch | null; isMissing: boolean; problem: string | null };

/** Follows a batch: often while it is busy, now and then otherwise. A failed poll is repeated, and says so meanwhile. */
export function useBatch(id: string, isSending: boolean) {
  const [followed, setFollowed] = useState<Followed>({ batch: null, isMissing: false, problem: null });
  const [round, setRound] = useState(0);
  const isBusy = useRef(isSending);
  isBusy.current = isSending || (followed.batch?.is_running ?? false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round asks at once.
  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const poll = async () => {
      try {
        const batch = await getBatch(id, { signal: abort.signal });
        setFollowed({ batch, isMissing: false, problem: null });
        isBusy.current ||= batch.is_running;
      } catch (error) {
        if (abort.signal.aborted) return;
        if (error instanceof AppError && error.code === 'batch_not_found')
          return setFollowed({ batch: null, isMissing: true, problem: null });
        setFollowed((before) => ({ ...before, problem: sentenceOf(error) }));
      }
      timer = setTimeout(poll, isBusy.current ? ACTIVE_MS : IDLE_MS);
    };
    void poll();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [id, round, isSending]);

  return {
    ...followed,
    /** Shows an answer of the server, and asks again from now on. */
    receive: useCallback((batch: Batch) => {
      setFollowed({ batch, isMissing: false, problem: null });
      setRound((n) => n + 1);
    }, []),
  };
}
