'use client';

import { type ReactNode, useSyncExternalStore } from 'react';
import { ResultRail } from './result-rail';
import { ResultSheet } from './result-sheet';
import { ConflictDialog } from './saving/conflict-dialog';

/** Tailwind's `lg`, at which the rail comes to stand beside the stage. */
const WIDE = '(min-width: 64rem)';

/**
 * Everything about a result that is not the picture: a rail beside it, or a sheet below it.
 *
 * @param layers - what the sheet shows under Layers; beside a wide stage they are in its bar.
 */
export function ResultPanels({ layers }: { layers: ReactNode }) {
  // One of the two only: names and numbers must not be there twice.
  const isWide = useIsWide();
  return (
    <>
      {isWide ? <ResultRail /> : <ResultSheet layers={layers} />}
      <ConflictDialog />
    </>
  );
}

function useIsWide(): boolean {
  return useSyncExternalStore(
    (onChange) => {
      const query = window.matchMedia(WIDE);
      query.addEventListener('change', onChange);
      return () => query.removeEventListener('change', onChange);
    },
    () => window.matchMedia(WIDE).matches,
    () => true,
  );
}
