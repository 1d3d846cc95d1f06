import { useCallback, useEffect, useRef, useState } from 'react';
import { getConnection, subscribeConnection } from '@/lib/client/connection';
import { sentenceOf } from '@/lib/client/sentence-of';
import { followSlide } from '@/lib/client/slides';
import type { Slide } from '@/lib/contracts/slide';
import { AppError } from '@/lib/errors';

export type FollowedSlide =
  | { step: 'asking' }
  | { step: 'missing' }
  | { step: 'unreachable'; problem: string }
  | { step: 'known'; slide: Slide };

/** Another page may send the file, choose, or try again. */
const CHANGE_POLL_MS = 2000;
const MISSING: readonly string[] = ['slide_not_found', 'not_found', 'invalid_option', 'malformed_request'];

/** Follows a slide by its id until it is ready. It keeps nothing in the browser, so a reload changes nothing. */
export function useSlide(id: string) {
  const [followed, setFollowed] = useState<FollowedSlide>({ step: 'asking' });
  const [round, setRound] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  /** Asks the server again: after a change, and when the network is back. */
  const follow = useCallback(() => setRound((n) => n + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round starts to follow again.
  useEffect(() => {
    const abort = new AbortController();
    const onUpdate = (slide: Slide) => setFollowed({ step: 'known', slide });
    followSlide(id, { signal: abort.signal, onUpdate }).then(
      ({ state }) => {
        if (state !== 'ready') timer.current = setTimeout(follow, CHANGE_POLL_MS);
      },
      (error) => !abort.signal.aborted && setFollowed(failureOf(error)),
    );
    return () => {
      abort.abort();
      clearTimeout(timer.current);
    };
  }, [id, round, follow]);

  const isGivenUp = followed.step === 'unreachable';
  useEffect(() => {
    if (isGivenUp) return subscribeConnection(() => getConnection() === 'online' && follow());
  }, [isGivenUp, follow]);

  return { followed, follow };
}

function failureOf(error: unknown): FollowedSlide {
  if (error instanceof AppError && MISSING.includes(error.code)) return { step: 'missing' };
  return { step: 'unreachable', problem: sentenceOf(error) };
}
