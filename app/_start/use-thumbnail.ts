import { useEffect, useState } from 'react';
import { getAnalysis } from '@/lib/client/analyses';

/** Addresses that were shown last, by analysis. Filled in the browser alone. */
const shown = new Map<string, string>();

/**
 * The address of an analysis's thumbnail. Each answer of the server may have a new one. The first is kept while it works,
 * also by the views that follow each other, so that the picture is loaded once.
 */
export function useThumbnail(id: string, newest: string) {
  const [url, setUrl] = useState(shown.get(id) ?? newest);
  if (objectOf(url) !== objectOf(newest)) setUrl(newest);
  useEffect(() => {
    shown.set(id, url);
  }, [id, url]);
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
