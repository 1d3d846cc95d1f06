'use client';

import { useEffect, useState } from 'react';
import { AnnotationContext } from '@/app/_annotate/annotation-context';
import { StageFrame } from '@/app/_components/stage-frame';
import type { Analysis } from '@/lib/contracts/analysis';
import { ResultPanels } from './_panels/result-panels';
import { StageScore } from './_panels/score/stage-score';
import { openResult } from './_result/open-result';
import { RestartContext, ResultContext } from './_result/result-context';
import { ImageStage } from './_viewer/image-stage';
import { LayerList } from './_viewer/layers-popover';
import { FirstPicture } from './first-look';

/** The screen of a finished analysis: the picture and the panels. */
export function ResultScreen({ analysis, onRestarted }: { analysis: Analysis; onRestarted: () => void }) {
  const [{ store, pictures, editor, watchView, open }] = useState(() => openResult(analysis));
  useEffect(open, [open]);
  return (
    <ResultContext value={store}>
      <RestartContext value={onRestarted}>
        <AnnotationContext value={editor}>
          <StageFrame
            stage={
              <ImageStage
                pictures={pictures}
                first={<FirstPicture analysis={analysis} />}
                score={<StageScore />}
                onViewReader={watchView}
              />
            }
            rail={<ResultPanels layers={<LayerList pictures={pictures} />} />}
          />
        </AnnotationContext>
      </RestartContext>
    </ResultContext>
  );
}
