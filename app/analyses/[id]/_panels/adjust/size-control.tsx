import { useMemo } from 'react';
import { ThresholdControl } from '@/app/_components/threshold-control';
import { PlotAxis, ThresholdPlot } from '@/app/_components/threshold-plot';
import { NumberBox } from '@/app/_components/ui/number-box';
import { PlotSlider } from '@/app/_components/ui/plot-slider';
import { t } from '@/app/_text/t';
import { readUsedThresholds } from '@/lib/contracts/thresholds';
import { sizeDensity } from '@/lib/scoring/scores/size-density';
import { formatSquareMicrons } from '../../_preview/live-measures';
import { useResult, useResultActions } from '../../_result/result-context';
import type { ResultState } from '../../_result/result-store';

/** The end of the axis until nuclei are known: 200 µm². */
const AXIS_UM2 = 200;
/** The largest size that the API takes. The axis may end earlier. */
const MAX_PX = 1_000_000;

/** The size thresholds, over the density of the sizes of all nuclei found. */
export function SizeControl() {
  const { sizeThresh, sizeThreshUpper } = useResult((state) => state.parameters);
  const resolved = useResult(resolvedSize);
  const found = useResult((state) => state.live?.found ?? null);
  const micronsPerPixel = useResult((state) => state.micronsPerPixel);
  const probed = useResult((state) => state.probed?.areaPx ?? null);
  const { setThresholds, resetThresholds } = useResultActions();
  const density = useMemo(() => found && sizeDensity(found.areaPx), [found]);

  const least = sizeThresh === 'auto' ? resolved : sizeThresh;
  const curveEnd = density ? density.step * (density.values.length - 1) : AXIS_UM2 / micronsPerPixel ** 2;
  // The axis is long enough for thresholds beyond the curve. Its last pixel means no limit.
  const end = Math.ceil(Math.max(curveEnd, least, sizeThreshUpper ?? 0, 4)) + 1;
  const most = sizeThreshUpper ?? end;
  const set = (sizes: { least?: number; most?: number | null }) =>
    setThresholds({
      ...(sizes.least !== undefined && { sizeThresh: sizes.least }),
      ...(sizes.most !== undefined && { sizeThreshUpper: sizes.most }),
    });
  const inMicrons = (px: number) => formatSquareMicrons(px, micronsPerPixel);
  return (
    <ThresholdControl
      title={t('Size')}
      help={t(
        'Smaller ones are mostly debris and cut nuclei, larger ones clumps. The curve is of the sizes of all nuclei found: set the limits in its valleys.',
      )}
      note={
        sizeThreshUpper === null
          ? t('Counts nuclei of more than {least}.', { least: inMicrons(least) })
          : t('Counts nuclei of more than {least} and less than {most}.', {
              least: inMicrons(least),
              most: inMicrons(sizeThreshUpper),
            })
      }
      boxes={
        <>
          <NumberBox
            label={t('Smallest, px')}
            value={least}
            min={0}
            max={most - 1}
            onChange={(px) => px !== null && set({ least: px })}
          />
          <NumberBox
            label={t('Largest, px')}
            value={sizeThreshUpper}
            min={least + 1}
            max={MAX_PX}
            placeholder={t('none')}
            onChange={(px) => set({ most: px })}
          />
          <span className="text-muted text-sm">{t('px')}</span>
        </>
      }
      onReset={() => resetThresholds(['sizeThresh', 'sizeThreshUpper'])}
    >
      <PlotSlider
        handles={[t('Minimum size'), t('Maximum size')]}
        value={[least, most]}
        min={0}
        max={end}
        readAs={(px, index) => (index === 1 && px >= end ? t('no limit') : `${px} px, ${inMicrons(px)}`)}
        onChange={([low, high]) => {
          if (low !== least) set({ least: low });
          if (high !== most) set({ most: high >= end ? null : high });
        }}
      >
        <ThresholdPlot
          values={density?.values ?? []}
          share={curveEnd / end}
          kept={[least / end, most / end]}
          probed={probed === null ? null : probed / end}
        />
      </PlotSlider>
      <PlotAxis max={end * micronsPerPixel ** 2} unit="µm²" />
    </ThresholdControl>
  );
}

/** What the model's own choice is: of the preview, and until that is there of the stored result. */
const resolvedSize = ({ live, analysis: { result } }: ResultState): number =>
  live?.numbers.thresholds.sizeThresh ?? (result ? readUsedThresholds(result.scoring).sizeThresh : 0);
