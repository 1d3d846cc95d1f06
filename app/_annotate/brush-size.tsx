import { t } from '@/app/_text/t';
import { useAnnotationActions, useAnnotations } from './annotation-context';
import { RADIUS_PX } from './annotation-store';

/** How broad brush and eraser are. */
export function BrushSize() {
  const radius = useAnnotations((state) => state.radius);
  const { setRadius } = useAnnotationActions();
  return (
    <label className="flex shrink-0 items-center gap-1.5">
      {t('Size')}
      <input
        type="range"
        min={RADIUS_PX.least}
        max={RADIUS_PX.most}
        value={radius}
        onChange={(event) => setRadius(Number(event.target.value))}
        className="h-11 w-24 touch-none accent-stage-accent"
      />
    </label>
  );
}
