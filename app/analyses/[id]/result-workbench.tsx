'use client';

import { useEffect, useState } from 'react';
import { RailHeading } from '@/app/_components/rail-heading';
import { StageFrame } from '@/app/_components/stage-frame';
import type { Analysis } from '@/lib/contracts/analysis';
import { ImageStage } from './_viewer/image-stage';
import { LiveScorePanel } from './_workbench/live-score-panel';
import { openWorkbench } from './_workbench/open-workbench';
import { WorkbenchContext } from './_workbench/workbench-context';

/** A result to look at, adjust and keep. */
export function ResultWorkbench({ analysis }: { analysis: Analysis }) {
  const [{ store, pictures, seeThrough, open }] = useState(() => openWorkbench(analysis));
  useEffect(open, [open]);
  return (
    <WorkbenchContext value={store}>
      <StageFrame
        stage={<ImageStage pictures={pictures} onSight={seeThrough} />}
        rail={
          <>
            <RailHeading>Result</RailHeading>
            <LiveScorePanel />
          </>
        }
      />
    </WorkbenchContext>
  );
}
