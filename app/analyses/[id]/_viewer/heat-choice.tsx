import { t } from '@/app/_text/t';
import { HeatScale } from '@/app/_viewer/heat-scale';
import { FEWEST_NUCLEI, HEAT_UNITS, type HeatKind, heatLegend } from '@/lib/scoring/slide/heat-map';
import { useResult, useResultActions } from '../_result/result-context';
import { heatSideUm } from './draw-heat';

/** Chooses a heat map of the counted nuclei, in the bar of the stage. */
export function HeatChoice() {
  const heat = useResult((state) => state.view.heat);
  const { setHeat } = useResultActions();
  return (
    <select
      aria-label={t('Heat map')}
      value={heat}
      onChange={(event) => setHeat(event.target.value as HeatKind | 'off')}
      className="h-8 shrink-0 rounded border border-stage-edge bg-stage px-1 text-sm text-stage-ink focus-visible:outline-stage-accent"
    >
      <option value="off">{t('No heat map')}</option>
      <option value="index">{t('Index')}</option>
      <option value="density">{t('Density')}</option>
    </select>
  );
}

/** What the colours of the heat map mean. */
export function HeatLegend() {
  const heat = useResult((state) => state.view.heat);
  const side = useResult((state) => (state.live ? heatSideUm(state.live, state.micronsPerPixel) : null));
  if (heat === 'off' || side === null) return null;
  return (
    <div
      data-testid="heat-legend"
      className="pointer-events-none absolute right-3 bottom-3 max-w-[60%] rounded-lg bg-stage/85 px-2 py-1.5 text-stage-ink text-xs"
    >
      <HeatScale steps={heatLegend(heat)} unit={HEAT_UNITS[heat]} />
      <p className="max-sm:sr-only">
        {heat === 'index'
          ? t('Squares of {side} µm; none with fewer than {count} nuclei', { side, count: FEWEST_NUCLEI })
          : t('Squares of {side} µm', { side })}
      </p>
    </div>
  );
}
