import { useState } from 'react';
import { getAnalysis } from '@/lib/client/analyses';

/**
 * The address of an analysis's thumbnail. Every answer of the server signs it anew; the first one is kept for as long as
 * it works, so that one picture is fetched once.
 */
export function useThumbnail(id: string, newest: string) {
  const [url, setUrl] = useState(newest);
  if (objectOf(url) !== objectOf(newest)) setUrl(newest);
  return {
    url,
    renew: async () => {
      const { source } = await getAnalysis(id);
      if (source) setUrl(source.thumbnail.url);
    },
  };
}

/** What a link leads to, whenever it was signed. */
const objectOf = (url: string) => url.split('?')[0];
