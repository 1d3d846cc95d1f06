'use client';

import { type ReactNode, useSyncExternalStore } from 'react';
import { useLabel, useTabTitle } from '@/app/_components/use-label';
import { t } from '@/app/_text/t';
import { wholeText } from '@/lib/contracts/whole-text';
import { useResult } from '../_result/result-context';
import { headlineOf, membraneLeadOf } from '../_result/shown-numbers';
import { PrintedSheet } from './printed-sheet';
import { ResultRail } from './result-rail';
import { ResultSheet } from './result-sheet';
import { ConflictDialog } from './saving/conflict-dialog';
import { leadOf } from './score/lead-of';

/** Tailwind's `lg`: from this width on the rail is beside the stage. */
const WIDE = '(min-width: 64rem)';

/**
 * The panels of a result: a rail beside the picture, or a sheet below it.
 *
 * @param layers - shown in the sheet under Layers; on a wide screen they are in the bar of the stage instead
 * @param isPrinted - whether the page is laid out for paper
 */
export function ResultPanels({ layers, isPrinted }: { layers: ReactNode; isPrinted: boolean }) {
  // Only one of the two is mounted: the page must not hold names and numbers twice.
  const isWide = useIsWide();
  return (
    <>
      <ResultTitle />
      <div className="contents print:hidden">{isWide ? <ResultRail /> : <ResultSheet layers={layers} />}</div>
      {isPrinted && <PrintedSheet />}
      <ConflictDialog />
    </>
  );
}

/** The title of the tab. */
function ResultTitle() {
  const live = useResult((state) => state.live);
  const sketch = useResult((state) => state.sketch);
  const analysis = useResult((state) => state.analysis);
  const [label] = useLabel({ kind: 'analysis', id: analysis.id });
  const marker = useResult((state) => state.parameters.marker);
  const headline = useResult((state) => state.headline);
  const { total, positive, percentPositive } = headlineOf({ live, sketch, analysis, headline });
  const isCount = leadOf({ total, positive, marker }) === 'count';
  const membrane = membraneLeadOf({ live, analysis, marker });
  useTabTitle([
    membrane
      ? membrane.value
      : isCount
        ? t('{total, plural, one {{shown} nucleus} other {{shown} nuclei}}', { total, shown: wholeText(total) })
        : `${percentPositive.toFixed(1)} %`,
    label,
  ]);
  return null;
}

let wasWide = true;

/** While the page is on paper it is what it was on the screen, so that nothing of the panels is lost. */
function readWide(): boolean {
  if (!window.matchMedia('print').matches) wasWide = window.matchMedia(WIDE).matches;
  return wasWide;
}

function useIsWide(): boolean {
  return useSyncExternalStore(
    (onChange) => {
      const query = window.matchMedia(WIDE);
      query.addEventListener('change', onChange);
      return () => query.removeEventListener('change', onChange);
    },
    readWide,
    () => true,
  );
}
