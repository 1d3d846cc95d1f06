import { useState } from 'react';

/** Tells the server that the terms of use were accepted. */
export type TermsCookie = { name: string; value: string };

/** Holds files back until the terms of use are accepted, once per browser session. */
export function useTerms({ name, value }: TermsCookie, onFiles: (files: readonly File[]) => void) {
  const [waiting, setWaiting] = useState<readonly File[] | null>(null);
  const pair = `${name}=${value}`;

  return {
    isAsking: waiting !== null,
    /** Reads the cookie each time, because another tab may have accepted. */
    submit: (files: readonly File[]) =>
      document.cookie.split('; ').includes(pair) ? onFiles(files) : setWaiting(files),
    accept: () => {
      const secure = location.protocol === 'https:' ? '; secure' : '';
      // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing where the page is not served over HTTPS.
      document.cookie = `${pair}; path=/; samesite=lax${secure}`;
      setWaiting(null);
      if (waiting) onFiles(waiting);
    },
    decline: () => setWaiting(null),
  };
}
