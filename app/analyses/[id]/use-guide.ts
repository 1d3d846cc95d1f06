import { useState } from 'react';
import { keepGuide, readGuide } from '@/lib/client/guide';
import { browserMemory } from '@/lib/client/recent';

/** Whether the guide goes over this result: the home page has asked for it, or the help. */
export function useGuide(analysis: string) {
  const [isGuided, setGuided] = useState(() => {
    const kept = readGuide(browserMemory());
    return kept?.state === 'running' && kept.analysis === analysis;
  });
  function start() {
    keepGuide(browserMemory(), { state: 'running', analysis, step: null });
    setGuided(true);
  }
  return { isGuided, start, end: () => setGuided(false) };
}
