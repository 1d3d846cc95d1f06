import { useMemo } from 'react';
import { logShares } from '@/app/_components/plot-paths';
import { ThresholdControl } from '@/app/_components/threshold-control';
import { PlotAxis, ThresholdPlot } from '@/app/_components/threshold-plot';
import { NumberBox } from '@/app/_components/ui/number-box';
import { PlotSlider } from '@/app/_components/ui/plot-slider';
import { t } from '@/app/_text/t';
import { useResult, useResultActions } from '../../_result/result-context';

/** No pixel is brighter. The marker threshold has no effect here, so it counts as off. */
const OFF = 255;

/** The marker threshold: how bright the marker must be within a nucleus for a positive one. */
export function MarkerControl() {
  const chosen = useResult((state) => state.parameters.markerThresh);
  const resolved = useResult((state) => state.live?.numbers.thresholds.markerThresh ?? null);
  const histogram = useResult((state) => state.histograms?.marker ?? null);
  const hasMarker = useResult((state) => state.analysis.result?.pictures.Marker !== undefined);
  const probed = useResult((state) => state.probed?.markerMax ?? null);
  const { setThresholds, resetThresholds } = useResultActions();
  const shares = useMemo(() => (histogram ? logShares(histogram) : []), [histogram]);
  const value = (chosen === 'auto' ? resolved : chosen) ?? OFF;
  const set = (next: number | null) => setThresholds({ markerThresh: next === null || next >= OFF ? null : next });
  return (
    <ThresholdControl
      title={t('Marker')}
      help={t(
        'Lower it where weakly stained nuclei are called negative: those with a brighter marker pixel become positive. Off leaves the class to the segmentation.',
      )}
      {...(!hasMarker && { note: t('This model infers no marker picture. The segmentation alone decides the class.') })}
      boxes={
        <NumberBox
          label={t('Marker value')}
          value={value === OFF ? null : value}
          min={0}
          max={OFF}
          placeholder={t('off')}
          onChange={set}
        />
      }
      onReset={() => resetThresholds(['markerThresh'])}
    >
      <PlotSlider
        handles={[t('Marker threshold')]}
        value={[value]}
        min={0}
        max={OFF}
        isDisabled={!hasMarker}
        readAs={(at) => (at >= OFF ? t('off') : t('{value} of 255', { value: at }))}
        onChange={([next]) => set(next)}
      >
        <ThresholdPlot values={shares} kept={[value / OFF, 1]} probed={probed === null ? null : probed / OFF} />
      </PlotSlider>
      <PlotAxis max={OFF} unit={t('brightness')} />
    </ThresholdControl>
  );
}
