import { StagePicture } from '@/app/_components/stage-picture';
import { ViewTabs } from '@/app/_components/ui/view-tabs';
import type { View, ViewName } from './views';

type ResultStageProps = {
  views: readonly View[];
  view: ViewName;
  onView: (view: ViewName) => void;
  /** null while the picture is unpacked. */
  url: string | null;
  size: { width: number; height: number };
  micronsPerPixel: number;
};

/** The pictures of a result, one at a time, all in the same place and at the same size. */
export function ResultStage({ views, view, onView, url, size, micronsPerPixel }: ResultStageProps) {
  const shown = views.find(({ value }) => value === view) ?? views[0];
  return (
    <ViewTabs label="Views of the image" views={views} value={view} onChange={onView}>
      {url && (
        <StagePicture {...size} url={url} alt={`${shown.label}: ${shown.caption}`} micronsPerPixel={micronsPerPixel} />
      )}
      <p className="shrink-0 px-4 pb-3 text-sm text-stage-muted">{shown.caption}</p>
    </ViewTabs>
  );
}
