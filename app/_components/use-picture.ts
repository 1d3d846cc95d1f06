import { useEffect, useRef, useState } from 'react';
import { delay } from '@/lib/client/http';

const PAUSES_MS = [500, 1000, 2000, 4000, 8000, 15_000];
const LONGEST_PAUSE_MS = 30_000;

/**
 * A picture that the browser loads. After a failure it is tried again, with growing pauses.
 *
 * @param renew - asks for a new address when the link may have expired. `url` then changes.
 */
export function usePicture(url: string, renew?: () => Promise<void>) {
  /** Key of the element. Only a new element loads the same address again. */
  const [attempt, setAttempt] = useState(0);
  const [broken, setBroken] = useState<{ url: string; times: number } | null>(null);
  const waiting = useRef<AbortController | null>(null);
  useEffect(() => () => waiting.current?.abort(), []);

  async function retry() {
    waiting.current?.abort();
    // Without an answer, the old address is tried again.
    await renew?.().catch(() => undefined);
    setAttempt((n) => n + 1);
  }

  function onError() {
    const times = (broken?.times ?? 0) + 1;
    setBroken({ url, times });
    const wait = new AbortController();
    waiting.current?.abort();
    waiting.current = wait;
    delay(PAUSES_MS[times - 1] ?? LONGEST_PAUSE_MS, wait.signal).then(retry, () => undefined);
  }

  return { attempt, isBroken: broken !== null, onLoad: () => setBroken(null), onError, retry };
}
