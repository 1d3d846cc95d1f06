'use client';

import { type ReactNode, useSyncExternalStore } from 'react';
import { ResultRail } from './result-rail';
import { ResultSheet } from './result-sheet';
import { ConflictDialog } from './saving/conflict-dialog';

/** Tailwind's `lg`: from this width on the rail is beside the stage. */
const WIDE = '(min-width: 64rem)';

/**
 * The panels of a result: a rail beside the picture, or a sheet below it.
 *
 * @param layers - shown in the sheet under Layers; on a wide screen they are in the bar of the stage instead
 */
export function ResultPanels({ layers }: { layers: ReactNode }) {
  // Only one of the two is mounted: the page must not hold names and numbers twice.
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
