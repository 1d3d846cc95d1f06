import { useMemo } from 'react';
import { logShares } from '@/app/_components/plot-paths';
import { ThresholdControl } from '@/app/_components/threshold-control';
import { PlotAxis, ThresholdPlot } from '@/app/_components/threshold-plot';
import { NumberBox } from '@/app/_components/ui/number-box';
import { PlotSlider } from '@/app/_components/ui/plot-slider';
import { t } from '@/app/_text/t';
import { useResult, useResultActions } from '../../_result/result-context';

/** The bound of the API. */
const MAX = 254;

/** The segmentation threshold: how certain the network must be that a pixel belongs to a nucleus. */
export function SegmentationControl() {
  const value = useResult((state) => state.parameters.probThresh);
  const histogram = useResult((state) => state.histograms?.segmentation ?? null);
  const { setThresholds, resetThresholds } = useResultActions();
  const shares = useMemo(() => (histogram ? logShares(histogram.subarray(0, MAX + 1)) : []), [histogram]);
  const set = (probThresh: number) => setThresholds({ probThresh });
  return (
    <ThresholdControl
      title={t('Segmentation')}
      help={t(
        'Raise it where background is outlined, lower it where pale nuclei are missed: the network must be as certain as this of each nuclear pixel.',
      )}
      boxes={
        <NumberBox
          label={t('Segmentation value')}
          value={value}
          min={0}
          max={MAX}
          onChange={(typed) => typed !== null && set(typed)}
        />
      }
      onReset={() => resetThresholds(['probThresh'])}
    >
      <PlotSlider
        handles={[t('Segmentation threshold')]}
        value={[value]}
        min={0}
        max={MAX}
        readAs={(at) => t('{value} of 255', { value: at })}
        onChange={([probThresh]) => set(probThresh)}
      >
        <ThresholdPlot values={shares} kept={[value / MAX, 1]} probed={null} />
      </PlotSlider>
      <PlotAxis max={MAX} unit={t('certainty')} />
    </ThresholdControl>
  );
}
