'use client';

import { useEffect, useState } from 'react';
import { StageFrame } from '@/app/_components/stage-frame';
import type { Analysis } from '@/lib/contracts/analysis';
import { ResultPanels } from './_panels/result-panels';
import { openResult } from './_result/open-result';
import { ResultContext } from './_result/result-context';
import { ImageStage } from './_viewer/image-stage';
import { LayerList } from './_viewer/layers-popover';

/** The screen of a finished analysis: the picture and the panels. */
export function ResultScreen({ analysis }: { analysis: Analysis }) {
  const [{ store, pictures, watchView, open }] = useState(() => openResult(analysis));
  useEffect(open, [open]);
  return (
    <ResultContext value={store}>
      <StageFrame
        stage={<ImageStage pictures={pictures} onViewReader={watchView} />}
        rail={<ResultPanels layers={<LayerList pictures={pictures} />} />}
      />
    </ResultContext>
  );
}
