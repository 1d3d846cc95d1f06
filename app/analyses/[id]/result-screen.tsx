'use client';

import { lazy, Suspense, useEffect, useState } from 'react';
import { AnnotationContext } from '@/app/_annotate/annotation-context';
import { StageFrame } from '@/app/_components/stage-frame';
import type { Analysis } from '@/lib/contracts/analysis';
import { ResultPanels } from './_panels/result-panels';
import { StageScore } from './_panels/score/stage-score';
import { useIsPrinted } from './_panels/use-is-printed';
import { openResult } from './_result/open-result';
import { GuideContext, RestartContext, ResultContext } from './_result/result-context';
import { LayerList } from './_viewer/layers-popover';
import { FirstPicture, FirstStage } from './first-look';
import { useGuide } from './use-guide';

// The numbers and their controls do not wait for the viewer.
const ImageStage = lazy(() => import('./_viewer/image-stage').then((module) => ({ default: module.ImageStage })));
const Guide = lazy(() => import('./_guide/guide'));

/** The screen of a finished analysis: the picture and the panels. */
export function ResultScreen({ analysis, onRestarted }: { analysis: Analysis; onRestarted: () => void }) {
  const [{ store, pictures, editor, watchView, open }] = useState(() => openResult(analysis));
  useEffect(open, [open]);
  const guide = useGuide(analysis.id);
  const isPrinted = useIsPrinted();
  return (
    <ResultContext value={store}>
      <RestartContext value={onRestarted}>
        <AnnotationContext value={editor}>
          <GuideContext value={guide.start}>
            <StageFrame
              stage={
                <Suspense fallback={<FirstStage analysis={analysis} />}>
                  <ImageStage
                    pictures={pictures}
                    first={<FirstPicture analysis={analysis} />}
                    score={<StageScore />}
                    isPrinted={isPrinted}
                    onViewReader={watchView}
                  />
                </Suspense>
              }
              rail={<ResultPanels layers={<LayerList pictures={pictures} />} isPrinted={isPrinted} />}
            />
          </GuideContext>
          {guide.isGuided && (
            <Suspense fallback={null}>
              <Guide onEnd={guide.end} />
            </Suspense>
          )}
        </AnnotationContext>
      </RestartContext>
    </ResultContext>
  );
}
