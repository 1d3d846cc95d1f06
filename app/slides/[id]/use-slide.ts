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

/**
 * Follows a slide by its id until it is ready. It keeps nothing in the browser, so a reload changes nothing.
 *
 * @param first - the slide as it came with the page, which may be an old one of the browser's history
 */
export function useSlide(id: string, first: Slide | null) {
  const [followed, setFollowed] = useState<FollowedSlide>(first ? { step: 'known', slide: first } : { step: 'asking' });
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
      (error) => !abort.signal.aborted && setFollowed((before) => afterFailure(before, failureOf(error))),
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

/** A slide that is open stays open while the server is away: what is drawn on it must not be lost. */
function afterFailure(before: FollowedSlide, failure: FollowedSlide): FollowedSlide {
  const isOpen = before.step === 'known' && before.slide.slide !== null;
  return isOpen && failure.step === 'unreachable' ? before : failure;
}

function failureOf(error: unknown): FollowedSlide {
  if (error instanceof AppError && MISSING.includes(error.code)) return { step: 'missing' };
  return { step: 'unreachable', problem: sentenceOf(error) };
}
