'use client';

import { useEffect, useState } from 'react';
import { StageFrame } from '@/app/_components/stage-frame';
import type { Analysis } from '@/lib/contracts/analysis';
import { ResultPanels } from './_panels/result-panels';
import { ImageStage } from './_viewer/image-stage';
import { LayerList } from './_viewer/layers-popover';
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
        rail={<ResultPanels layers={<LayerList pictures={pictures} />} />}
      />
    </WorkbenchContext>
  );
}
