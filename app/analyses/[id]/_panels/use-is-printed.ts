import { useEffect, useState } from 'react';
import { flushSync } from 'react-dom';

/** Whether the page is laid out for paper at the moment. */
export function useIsPrinted(): boolean {
  const [isPrinted, setIsPrinted] = useState(false);
  useEffect(() => {
    const query = window.matchMedia('print');
    // The browser lays out the sheet as soon as the listeners are done.
    const follow = () => flushSync(() => setIsPrinted(query.matches));
    const begin = () => flushSync(() => setIsPrinted(true));
    const end = () => setIsPrinted(query.matches);
    query.addEventListener('change', follow);
    window.addEventListener('beforeprint', begin);
    window.addEventListener('afterprint', end);
    return () => {
      query.removeEventListener('change', follow);
      window.removeEventListener('beforeprint', begin);
      window.removeEventListener('afterprint', end);
    };
  }, []);
  return isPrinted;
}
