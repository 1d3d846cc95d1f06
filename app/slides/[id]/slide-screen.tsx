'use client';

import { useState } from 'react';
import { AnnotationContext } from '@/app/_annotate/annotation-context';
import { AnnotationWords } from '@/app/_annotate/annotation-words';
import { StageFrame } from '@/app/_components/stage-frame';
import type { Slide, SlideDescription } from '@/lib/contracts/slide';
import { AnnotateBar } from './_annotate/annotate-bar';
import { AnnotationSection } from './_annotate/annotation-section';
import { useAnnotationPage } from './_annotate/use-annotation-page';
import { HeatLegend } from './_scoring/heat-legend';
import { ScoreHead, StageScore } from './_scoring/score-head';
import { ScoringContext } from './_scoring/scoring-context';
import { ScoringPanels } from './_scoring/scoring-panels';
import { useScoringPage } from './_scoring/use-scoring-page';
import { pixelSizeOf } from './_viewer/magnification';
import type { SlidePane } from './_viewer/slide-pane';
import { SlideStage } from './_viewer/slide-stage';
import { SlideRail } from './slide-rail';

type SlideScreenProps = { slide: Slide; description: SlideDescription; onChange: () => void };

/** A slide that is ready: the viewer, what is drawn on it, its numbers, and what is known of it. */
export function SlideScreen({ slide, description, onChange }: SlideScreenProps) {
  const [pane, setPane] = useState<SlidePane | null>(null);
  const { store, stage, draft } = useAnnotationPage({ slide, description, pane, onChange });
  const scoring = useScoringPage({ slide, description, pane, annotations: store });
  const micronsPerPixel = scoring.micronsPerPixel ?? pixelSizeOf(description);
  return (
    <AnnotationContext value={store}>
      <ScoringContext value={scoring.store}>
        <StageFrame
          isTall
          stage={
            <SlideStage
              slide={slide}
              description={description}
              micronsPerPixel={micronsPerPixel}
              onPane={setPane}
              score={<StageScore />}
              tools={slide.may_edit && <AnnotateBar stage={stage} draft={draft} />}
              words={
                <>
                  <HeatLegend pane={pane} slide={description} />
                  <AnnotationWords />
                </>
              }
            />
          }
          rail={
            <SlideRail slide={slide} description={description} head={<ScoreHead />} onChange={onChange}>
              <ScoringPanels id={slide.id} pane={pane} />
              <AnnotationSection micronsPerPixel={micronsPerPixel} />
            </SlideRail>
          }
        />
      </ScoringContext>
    </AnnotationContext>
  );
}
