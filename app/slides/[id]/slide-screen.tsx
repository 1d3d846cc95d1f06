'use client';

import { StageFrame } from '@/app/_components/stage-frame';
import type { Slide, SlideDescription } from '@/lib/contracts/slide';
import { SlideStage } from './_viewer/slide-stage';
import { SlideRail } from './slide-rail';

type SlideScreenProps = { slide: Slide; description: SlideDescription; onChange: () => void };

/** A slide that is ready: the viewer, and what is known of it. */
export function SlideScreen({ slide, description, onChange }: SlideScreenProps) {
  return (
    <StageFrame
      stage={<SlideStage slide={slide} description={description} />}
      rail={<SlideRail slide={slide} description={description} onChange={onChange} />}
    />
  );
}
