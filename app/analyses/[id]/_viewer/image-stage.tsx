'use client';

import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useAnnotationStore } from '@/app/_annotate/annotation-context';
import { AnnotationWords } from '@/app/_annotate/annotation-words';
import { useFullScreen } from '@/app/_viewer/full-screen';
import { ViewScaleBar } from '@/app/_viewer/view-scale-bar';
import type { PictureClient } from '../_pictures/picture-client';
import type { Box } from '../_preview/live-protocol';
import { useMayEdit, useResult, useResultStore } from '../_result/result-context';
import { HeatLegend } from './heat-choice';
import { LoadNotice } from './load-notice';
import { PrintedPicture } from './printed-picture';
import { ProbeReadout } from './probe-readout';
import { createStage, type ViewerStage } from './stage';
import { StageBar } from './stage-bar';
import { SwipeHandle } from './swipe-handle';
import { ToolStrip } from './tool-strip';

type ImageStageProps = {
  pictures: PictureClient;
  /** Shown until the picture can be. */
  first: ReactNode;
  /** The numbers and what saves them, shown in full screen: the rail is not seen then. */
  score: ReactNode;
  /** Whether the page is laid out for paper. */
  isPrinted: boolean;
  onViewReader: (look: () => Box | null) => void;
};

/** The picture and its bar. OpenSeadragon is mounted here, once. */
export function ImageStage({ pictures, first, score, isPrinted, onViewReader }: ImageStageProps) {
  const store = useResultStore();
  const editor = useAnnotationStore();
  const mayEdit = useMayEdit();
  const mode = useResult((state) => state.view.mode);
  const micronsPerPixel = useResult((state) => state.micronsPerPixel);
  const frame = useRef<HTMLDivElement>(null);
  const main = useRef<HTMLDivElement>(null);
  const second = useRef<HTMLDivElement>(null);
  const [stage, setStage] = useState<ViewerStage | null>(null);
  /** How often the pictures were lost. Each time the stage is built again from pictures that are loaded then. */
  const [losses, setLosses] = useState(0);

  useEffect(() => pictures.onLoss(() => setLosses((n) => n + 1)), [pictures]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: after a loss the stage is built again.
  useEffect(() => {
    let made: ViewerStage | null = null;
    let isGone = false;
    const [mainElement, secondElement] = [main.current, second.current];
    if (!mainElement || !secondElement) return;
    pictures.load('original').then(
      () => {
        if (isGone) return;
        made = createStage({ main: mainElement, second: secondElement, store, editor, client: pictures });
        onViewReader(made.sight);
        setStage(made);
      },
      // The attempts have been closed. Failures before that are in the result store.
      () => undefined,
    );
    return () => {
      isGone = true;
      onViewReader(() => null);
      made?.destroy();
      setStage(null);
    };
  }, [pictures, store, editor, onViewReader, losses]);

  const { isFull, swap } = useFullScreen(frame);
  const isSideBySide = mode === 'side';
  return (
    <div ref={frame} className="flex min-h-0 flex-1 flex-col bg-stage text-stage-ink print:bg-transparent">
      {isPrinted && stage && <PrintedPicture stage={stage} micronsPerPixel={micronsPerPixel} />}
      {isFull && score}
      {/* With large text the bars would leave no room to the picture. */}
      <div className="max-h-[45%] shrink-0 overflow-y-auto print:hidden">
        <StageBar stage={stage} frame={frame} pictures={pictures} onFullScreen={swap} />
        {mayEdit && <ToolStrip />}
      </div>
      {/* On paper it keeps some size, though nobody sees it: a viewer without any loses its place. */}
      <div className="relative flex min-h-0 flex-1 gap-px bg-stage-line print:invisible print:absolute print:inset-x-0 print:top-0 print:h-[9cm]">
        <div ref={main} className="min-w-0 flex-1 bg-stage" />
        <div ref={second} className={isSideBySide ? 'min-w-0 flex-1 bg-stage' : 'hidden'} />
        {mode === 'swipe' && stage && <SwipeHandle stage={stage} />}
        {stage && <ViewScaleBar stage={stage} micronsPerPixel={micronsPerPixel} />}
        {!stage && <div className="absolute inset-0 flex bg-stage">{first}</div>}
        {stage && <HeatLegend />}
        <ProbeReadout stage={stage} />
        <AnnotationWords />
        <LoadNotice hasPicture={stage !== null} />
      </div>
    </div>
  );
}
