import { useEffect, useRef } from 'react';
import { t } from '@/app/_text/t';
import { BarButton } from '@/app/_viewer/bar-button';
import { MAGNIFICATIONS, magnificationText, zoomAt } from './magnification';
import type { SlidePane } from './slide-pane';

type SlideBarProps = {
  pane: SlidePane | null;
  micronsPerPixel: number | null;
  isCrossed: boolean;
  onCross: () => void;
  onFullScreen: () => void;
};

/** The bar with everything that changes the view of the slide. */
export function SlideBar({ pane, micronsPerPixel, isCrossed, onCross, onFullScreen }: SlideBarProps) {
  return (
    <div
      role="toolbar"
      aria-label={t('View')}
      className="flex shrink-0 flex-wrap items-center gap-x-1 border-stage-line border-b px-2"
    >
      {micronsPerPixel !== null && (
        <>
          <Magnification pane={pane} micronsPerPixel={micronsPerPixel} />
          {MAGNIFICATIONS.map((magnification) => (
            <BarButton
              key={magnification}
              label={t('Magnify {magnification}x', { magnification })}
              text={`${magnification}x`}
              onClick={() => pane?.zoomTo(zoomAt(magnification, micronsPerPixel))}
            />
          ))}
        </>
      )}
      <span className="ml-auto flex shrink-0 items-center gap-1">
        <BarButton
          label={t('Crosshair')}
          title={t('Marks the middle of the view, so that others find the same nucleus by the link')}
          aria-pressed={isCrossed}
          onClick={onCross}
          className={isCrossed ? 'text-stage-ink!' : ''}
          icon="M10 3v5M10 12v5M3 10h5M12 10h5"
        />
        <BarButton
          label={t('Turn by 90°')}
          title={t('Turn by 90°: to lay a section as you are used to it')}
          onClick={() => pane?.turn()}
          icon="M15.5 10a5.5 5.5 0 1 1-2-4.2M13.5 2.5v3.5h-3.5"
        />
        <BarButton label={t('Zoom out')} onClick={() => pane?.zoomBy(-1)} icon="M4.5 10h11" />
        <BarButton label={t('Zoom in')} onClick={() => pane?.zoomBy(1)} icon="M4.5 10h11M10 4.5v11" />
        <BarButton
          label={t('Fit')}
          title={t('Show the whole slide')}
          onClick={() => pane?.fit()}
          icon="M4 7.5V4h3.5M12.5 4H16v3.5M16 12.5V16h-3.5M7.5 16H4v-3.5"
        />
        <BarButton
          label={t('Full screen')}
          title={t('Slide, tools and number alone: for a second reader, or a projector')}
          onClick={onFullScreen}
          icon="M3.5 3.5h13v13h-13zM11 5.5h3.5V9M9 14.5H5.5V11"
        />
      </span>
    </div>
  );
}

/** The magnification in use. It is updated without React, which is too slow during a zoom. */
function Magnification({ pane, micronsPerPixel }: { pane: SlidePane | null; micronsPerPixel: number }) {
  const text = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (!pane) return;
    let shown = 0;
    const update = () => {
      const zoom = pane.zoom();
      if (!text.current || !(zoom > 0) || zoom === shown) return;
      shown = zoom;
      text.current.textContent = magnificationText(zoom, micronsPerPixel);
    };
    update();
    const stop = pane.onView(update);
    return () => void stop();
  }, [pane, micronsPerPixel]);
  return <span ref={text} data-testid="magnification" className="w-14 shrink-0 px-2 text-sm tabular-nums" />;
}
