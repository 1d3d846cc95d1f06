'use client';

import { type ReactNode, useEffect, useRef, useState } from 'react';
import { ProblemNotice } from '@/app/_components/problem-notice';
import { Button } from '@/app/_components/ui/button';
import { t } from '@/app/_text/t';
import { useFullScreen } from '@/app/_viewer/full-screen';
import { ViewScaleBar } from '@/app/_viewer/view-scale-bar';
import { sentenceOf } from '@/lib/client/sentence-of';
import { readPlace, writePlace } from '@/lib/contracts/place';
import type { Slide, SlideDescription } from '@/lib/contracts/slide';
import { openTiles } from './open-tiles';
import { Overview } from './overview';
import { SlideBar } from './slide-bar';
import { createSlidePane, type SlidePane } from './slide-pane';

/** How long the view rests before its place is written into the address: browsers limit how often it may change. */
const ADDRESS_MS = 300;

type SlideStageProps = {
  slide: Slide;
  description: SlideDescription;
  /** null where nobody knows it. */
  micronsPerPixel: number | null;
  /** The numbers, shown in full screen: the rail is not seen then. */
  score?: ReactNode;
  /** Below the bar of the view. */
  tools?: ReactNode;
  /** Over the lower part of the picture. */
  words?: ReactNode;
  onPane: (pane: SlidePane | null) => void;
};

/** The slide and its bar. OpenSeadragon is mounted here, once. */
export function SlideStage({ slide, description, micronsPerPixel, score, tools, words, onPane }: SlideStageProps) {
  const frame = useRef<HTMLDivElement>(null);
  const element = useRef<HTMLDivElement>(null);
  const [pane, setPane] = useState<SlidePane | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  const [isCrossed, setIsCrossed] = useState(false);
  const [isDrawn, setIsDrawn] = useState(false);

  // An answer with fresh links must not build the stage again: the reader renews its own.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once a slide, and again by a person.
  useEffect(() => {
    const target = element.current;
    if (!target) return;
    let made: SlidePane | null = null;
    let isGone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const place = readPlace(window.location.search);
    setIsCrossed(place !== null);
    setIsDrawn(place !== null);
    openTiles(slide, description.bytes).then(
      (tiles) => {
        if (isGone) return;
        made = createSlidePane({ element: target, tiles, place, onTileLost: setProblem });
        const opened = made;
        opened.onFirstTile(() => setIsDrawn(true));
        opened.onView(() => {
          clearTimeout(timer);
          timer = setTimeout(() => writeAddress(opened), ADDRESS_MS);
        });
        setPane(opened);
        onPane(opened);
      },
      (error) => !isGone && setProblem(sentenceOf(error)),
    );
    return () => {
      isGone = true;
      clearTimeout(timer);
      setPane(null);
      onPane(null);
      made?.destroy();
    };
  }, [slide.id, round]);

  const { isFull, swap } = useFullScreen(frame);
  const retry = () => {
    setProblem(null);
    if (pane) pane.retry();
    else setRound((n) => n + 1);
  };
  return (
    <div ref={frame} className="flex min-h-0 flex-1 flex-col bg-stage text-stage-ink">
      {isFull && score}
      <SlideBar
        pane={pane}
        micronsPerPixel={micronsPerPixel}
        isCrossed={isCrossed}
        onCross={() => setIsCrossed(!isCrossed)}
        onFullScreen={swap}
      />
      {tools}
      <div className="relative flex min-h-0 flex-1">
        {!isDrawn && <Overview slide={slide} />}
        <div ref={element} className="min-w-0 flex-1" />
        {isCrossed && <Crosshair />}
        {pane && micronsPerPixel !== null && <ViewScaleBar stage={pane} micronsPerPixel={micronsPerPixel} />}
        {words}
        {problem && (
          <div className="absolute inset-x-4 bottom-12 mx-auto max-w-md rounded-lg bg-surface p-3 text-ink">
            <ProblemNotice problem={`${t('A part of the slide could not be read.')} ${problem}`}>
              <Button look="secondary" onClick={retry}>
                {t('Try again')}
              </Button>
            </ProblemNotice>
          </div>
        )}
      </div>
    </div>
  );
}

/** Marks the middle of the view, which is the place in the address. */
function Crosshair() {
  const line = 'absolute bg-stage-accent';
  return (
    <div aria-hidden="true" data-testid="crosshair" className="pointer-events-none absolute inset-0">
      <div className={`${line} top-[calc(50%-24px)] left-1/2 h-12 w-px`} />
      <div className={`${line} top-1/2 left-[calc(50%-24px)] h-px w-12`} />
    </div>
  );
}

/** Writes the place into the address, without a new entry in the history, so that a copied link shows the same place. */
function writeAddress(pane: SlidePane): void {
  const place = pane.place();
  if (place) window.history.replaceState(null, '', window.location.pathname + writePlace(place));
}
