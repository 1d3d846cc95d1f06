import { useEffect, useState } from 'react';
import { t } from '@/app/_text/t';
import { HeatScale } from '@/app/_viewer/heat-scale';
import { HEAT_UNITS, type HeatKind, heatLegend } from '@/lib/scoring/slide/heat-map';
import type { SlidePane } from '../_viewer/slide-pane';
import { drawnAs, zoomAtFit } from './connect-view';
import { useScoring, useScoringActions } from './scoring-context';
import type { DrawnAs } from './table/table-protocol';

/** What is drawn over the slide, with its legend and the choice of it. */
export function HeatLegend({ pane, slide }: { pane: SlidePane | null; slide: { width: number; height: number } }) {
  const { width, height } = slide;
  const heat = useScoring((state) => state.heat);
  const areNucleiShown = useScoring((state) => state.areNucleiShown);
  const micronsPerPixel = useScoring((state) => state.plan?.micronsPerPixel ?? null);
  const hasNumbers = useScoring((state) => (state.numbers?.cells ?? 0) > 0);
  const { show } = useScoringActions();
  const [as, setAs] = useState<DrawnAs | null>(null);
  useEffect(() => {
    if (!pane || micronsPerPixel === null) return;
    const update = () => {
      const atFit = micronsPerPixel / zoomAtFit(pane, { width, height });
      setAs(drawnAs(micronsPerPixel / pane.zoom(), atFit, { heat, areNucleiShown }));
    };
    update();
    const stop = pane.onView(update);
    return () => void stop();
  }, [pane, micronsPerPixel, heat, areNucleiShown, width, height]);
  if (!hasNumbers) return null;
  return (
    <div className="absolute right-3 bottom-3 max-w-[60%] rounded-lg bg-stage/85 px-2 py-1.5 text-stage-ink text-xs">
      <div className="flex flex-wrap items-center justify-end gap-x-3">
        <label className="flex min-h-9 items-center gap-1.5">
          <input
            type="checkbox"
            checked={areNucleiShown}
            onChange={(event) => show({ areNucleiShown: event.target.checked })}
            className="size-4"
          />
          {t('Nuclei')}
        </label>
        <label className="flex min-h-9 items-center gap-1.5">
          {t('Heat map')}
          <select
            value={heat}
            onChange={(event) => show({ heat: event.target.value as HeatKind | 'off' })}
            className="h-8 rounded border border-stage-edge bg-stage px-1"
          >
            <option value="index">{t('index')}</option>
            <option value="density">{t('density')}</option>
            <option value="off">{t('off')}</option>
          </select>
        </label>
      </div>
      {(as === 'index' || as === 'density') && (
        <div data-testid="heat-legend">
          <HeatScale steps={heatLegend(as)} unit={HEAT_UNITS[as]} />
        </div>
      )}
      {as === 'points' && <p className="text-right">{t('Each point is a nucleus.')}</p>}
    </div>
  );
}
