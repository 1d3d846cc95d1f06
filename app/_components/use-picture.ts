import { useEffect, useRef, useState } from 'react';
import { delay } from '@/lib/client/http';

const PAUSES_MS = [500, 1000, 2000, 4000, 8000, 15_000];
const LONGEST_PAUSE_MS = 30_000;

/**
 * A picture that is fetched by the browser itself: tried again, later and later, while it does not come.
 *
 * @param renew - asks for another address, for a link that has expired; `url` follows.
 */
export function usePicture(url: string, renew?: () => Promise<void>) {
  /** Another attempt is another element: the same address again would not be fetched. */
  const [attempt, setAttempt] = useState(0);
  const [broken, setBroken] = useState<{ url: string; times: number } | null>(null);
  const waiting = useRef<AbortController | null>(null);
  useEffect(() => () => waiting.current?.abort(), []);

  async function retry() {
    waiting.current?.abort();
    // Without an answer the old address is as good as any.
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
