'use client';

import { useEffect, useState, useSyncExternalStore } from 'react';
import { t } from '@/app/_text/t';
import { type ConnectionState, getConnection, subscribeConnection } from '@/lib/client/connection';

const WORDS: Record<Exclude<ConnectionState, 'online'>, string> = {
  offline: t('You are offline. Your changes are kept and sent when the connection is back.'),
  unreachable: t('The server does not answer. This page keeps trying and continues when the server is back.'),
};
/** How long the good news is shown. */
const RELIEF_MS = 4000;

/** A notice on every page while the server cannot be reached, and shortly after. */
export function ConnectionNotice() {
  const connection = useSyncExternalStore<ConnectionState>(subscribeConnection, getConnection, () => 'online');
  const [isBack, setIsBack] = useState(false);
  useEffect(() => {
    if (connection === 'online') return;
    return () => setIsBack(true);
  }, [connection]);
  useEffect(() => {
    if (!isBack || connection !== 'online') return;
    const timer = setTimeout(() => setIsBack(false), RELIEF_MS);
    return () => clearTimeout(timer);
  }, [isBack, connection]);

  const words = connection !== 'online' ? WORDS[connection] : isBack ? t('Back online.') : null;
  return (
    <p
      role="status"
      data-testid="connection"
      data-state={connection}
      className={
        words
          ? 'fixed inset-x-4 top-2 z-30 mx-auto w-fit max-w-xl text-pretty rounded-lg border border-stage-edge bg-stage px-4 py-2 text-sm text-stage-ink'
          : 'sr-only'
      }
    >
      {words}
    </p>
  );
}
