'use client';

import { useEffect, useSyncExternalStore } from 'react';
import { listText } from '@/app/_text/t';
import { browserMemory, keepLabel, type Recent, readLabel } from '@/lib/client/recent';

const listeners = new Set<() => void>();

/** Called when a name changes, in this tab or in another one. */
function subscribe(onChange: () => void): () => void {
  listeners.add(onChange);
  window.addEventListener('storage', onChange);
  return () => {
    listeners.delete(onChange);
    window.removeEventListener('storage', onChange);
  };
}

/** What this browser calls an image, a slide or a batch; empty where it has no name. */
export function useLabel({ kind, id }: Pick<Recent, 'kind' | 'id'>): [string, (label: string) => void] {
  const label = useSyncExternalStore(
    subscribe,
    () => readLabel(browserMemory(), id)?.label ?? '',
    () => '',
  );
  function setLabel(next: string) {
    keepLabel(browserMemory(), { kind, id, label: next });
    for (const tell of listeners) tell();
  }
  return [label, setLabel];
}

/** Names the tab by what stands first, such as the index, and by the label: one of many tabs is found by them. */
export function useTabTitle(parts: readonly (string | null)[]): void {
  const title = listText(parts);
  useEffect(() => {
    if (title !== '') document.title = `${title} - Restain`;
  }, [title]);
}
