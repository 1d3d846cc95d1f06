import { useCallback, useEffect, useRef, useState } from 'react';
import { followAnalysis } from '@/lib/client/analyses';
import { getConnection, subscribeConnection } from '@/lib/client/connection';
import { sentenceOf } from '@/lib/client/sentence-of';
import type { Analysis } from '@/lib/contracts/analysis';
import { AppError } from '@/lib/errors';

export type Followed =
  | { step: 'asking' }
  | { step: 'missing' }
  | { step: 'unreachable'; problem: string }
  | { step: 'known'; analysis: Analysis };

/** Another page may change the state of this analysis: it may upload the image, or start it. */
const UPLOAD_POLL_MS = 2000;
const MISSING: readonly string[] = ['analysis_not_found', 'not_found', 'invalid_option', 'malformed_request'];

/** Follows an analysis by its id through all its states. It keeps nothing in the browser, so a reload changes nothing. */
export function useAnalysis(id: string) {
  const [followed, setFollowed] = useState<Followed>({ step: 'asking' });
  const [round, setRound] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  /** Asks the server again: after a start or a retry, and when the network is back. */
  const follow = useCallback(() => setRound((n) => n + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round starts to follow again.
  useEffect(() => {
    const abort = new AbortController();
    const receive = (analysis: Analysis) => setFollowed({ step: 'known', analysis });
    followAnalysis(id, { signal: abort.signal, onUpdate: receive }).then(
      ({ state }) => {
        if (state === 'uploading' || state === 'ready') timer.current = setTimeout(follow, UPLOAD_POLL_MS);
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

function failureOf(error: unknown): Followed {
  if (error instanceof AppError && MISSING.includes(error.code)) return { step: 'missing' };
  return { step: 'unreachable', problem: sentenceOf(error) };
}
