import { useState } from 'react';
import { getAnalysis } from '@/lib/client/analyses';

/**
 * The address of an analysis's thumbnail. Each answer of the server has a new one. The first is kept while it works, so
 * that the picture is loaded once.
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

/** The address without its signature. */
const objectOf = (url: string) => url.split('?')[0];
