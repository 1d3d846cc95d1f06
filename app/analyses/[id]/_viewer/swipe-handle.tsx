import { type KeyboardEvent, type PointerEvent, useEffect, useState } from 'react';
import { SwipeArrows } from '@/app/_components/swipe-arrows';
import { t } from '@/app/_text/t';
import type { ViewerStage } from './stage';

const STEPS: Partial<Record<string, number>> = { ArrowLeft: -0.02, ArrowRight: 0.02, PageDown: -0.1, PageUp: 0.1 };

/** The line between the original (left) and the inferred picture (right). */
export function SwipeHandle({ stage }: { stage: ViewerStage }) {
  const [fraction, setFraction] = useState(0.5);
  useEffect(() => stage.setSwipe(fraction), [stage, fraction]);

  const move = (value: number) => setFraction(Math.min(1, Math.max(0, value)));
  const onDrag = (event: PointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = event.currentTarget.parentElement?.getBoundingClientRect();
    if (box) move((event.clientX - box.left) / box.width);
  };
  const onKey = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined && event.key !== 'Home' && event.key !== 'End') return;
    event.preventDefault();
    move(step === undefined ? (event.key === 'Home' ? 0 : 1) : fraction + step);
  };
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={t('Swipe')}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(100 * fraction)}
      aria-valuetext={t('Original left of {percent} %, inferred right of it', { percent: Math.round(100 * fraction) })}
      onKeyDown={onKey}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={onDrag}
      style={{ left: `${100 * fraction}%` }}
      className="absolute inset-y-0 w-11 -translate-x-1/2 cursor-ew-resize touch-none focus-visible:outline-stage-accent"
    >
      <div className="mx-auto h-full w-0.5 bg-stage-ink shadow-[0_0_0_1px] shadow-stage" />
      <div className="absolute top-1/2 left-1/2 grid size-9 -translate-1/2 place-items-center rounded-full bg-stage-ink text-stage">
        <SwipeArrows className="size-5" />
      </div>
    </div>
  );
}
