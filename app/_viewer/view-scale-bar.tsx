import { useEffect, useRef } from 'react';
import { roundLength } from '@/app/_components/scale-bar';

const LONGEST_PX = 140;

type ViewScaleBarProps = {
  /** CSS pixels per image pixel, and who is told when it changes. */
  stage: { zoom: () => number; onView: (listener: () => void) => () => void };
  micronsPerPixel: number;
};

/** The scale bar, with a round length. It is updated without React, which is too slow during a zoom. */
export function ViewScaleBar({ stage, micronsPerPixel }: ViewScaleBarProps) {
  const text = useRef<HTMLSpanElement>(null);
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let shown = 0;
    const update = () => {
      const zoom = stage.zoom();
      // Whoever only moves the picture must not pay for a new layout of the page.
      if (!text.current || !bar.current || !(zoom > 0) || zoom === shown) return;
      shown = zoom;
      const micronsPerScreenPx = micronsPerPixel / zoom;
      const microns = roundLength(LONGEST_PX * micronsPerScreenPx);
      text.current.textContent = microns >= 1000 ? `${microns / 1000} mm` : `${microns} µm`;
      bar.current.style.width = `${microns / micronsPerScreenPx}px`;
    };
    update();
    const stop = stage.onView(update);
    return () => void stop();
  }, [stage, micronsPerPixel]);
  return (
    <div className="pointer-events-none absolute bottom-3 left-3" data-testid="scale-bar">
      <span ref={text} className="rounded bg-stage/80 px-1.5 py-0.5 text-xs" />
      <div ref={bar} className="mt-1 h-1.5 border border-stage bg-stage-ink" />
    </div>
  );
}
