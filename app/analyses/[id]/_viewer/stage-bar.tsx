import type { RefObject } from 'react';
import { t } from '@/app/_text/t';
import { BarButton, FADING_ROW } from '@/app/_viewer/bar-button';
import type { PictureClient } from '../_pictures/picture-client';
import { HeatChoice } from './heat-choice';
import { LayersPopover } from './layers-popover';
import { OutlinesPopover } from './outlines-popover';
import type { ViewerStage } from './stage';
import { ViewSwitch } from './view-switch';

type StageBarProps = {
  stage: ViewerStage | null;
  frame: RefObject<HTMLDivElement | null>;
  pictures: PictureClient;
  onFullScreen: () => void;
};

/** The bar with everything that changes the view of the picture. */
export function StageBar({ stage, frame, pictures, onFullScreen }: StageBarProps) {
  return (
    <div
      role="toolbar"
      aria-label={t('View')}
      className={`flex shrink-0 items-center gap-1 border-stage-line border-b px-2 lg:flex-wrap ${FADING_ROW}`}
    >
      <ViewSwitch />
      <span className="mx-1 h-5 w-px shrink-0 bg-stage-line" />
      <LayersPopover frame={frame} pictures={pictures} />
      <OutlinesPopover frame={frame} />
      <HeatChoice />
      <span className="ml-auto flex shrink-0 items-center gap-1">
        <BarButton
          label={t('Zoom out')}
          title={t('Zoom out (key -)')}
          onClick={() => stage?.zoomBy(-1)}
          icon="M4.5 10h11"
        />
        <BarButton
          label={t('Zoom in')}
          title={t('Zoom in (key +)')}
          onClick={() => stage?.zoomBy(1)}
          icon="M4.5 10h11M10 4.5v11"
        />
        <BarButton
          label={t('Fit')}
          title={t('Show the whole picture (key 0)')}
          onClick={() => stage?.fit()}
          icon="M4 7.5V4h3.5M12.5 4H16v3.5M16 12.5V16h-3.5M7.5 16H4v-3.5"
        />
        <BarButton
          label={t('One to one')}
          text="1:1"
          title={t('Each pixel of the image as one of the screen: nothing is smoothed away')}
          onClick={() => stage?.oneToOne()}
        />
        <BarButton
          label={t('Full screen')}
          title={t('Picture, tools and number alone: for a second reader, or a projector')}
          onClick={onFullScreen}
          icon="M3.5 3.5h13v13h-13zM11 5.5h3.5V9M9 14.5H5.5V11"
        />
      </span>
    </div>
  );
}
