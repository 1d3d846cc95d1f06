import { useMemo, useState } from 'react';
import { PanelSection } from '@/app/_components/panel-section';
import { logShares } from '@/app/_components/plot-paths';
import { ThresholdControl } from '@/app/_components/threshold-control';
import { PlotAxis, ThresholdPlot } from '@/app/_components/threshold-plot';
import { Button } from '@/app/_components/ui/button';
import { NumberBox } from '@/app/_components/ui/number-box';
import { PlotSlider } from '@/app/_components/ui/plot-slider';
import { t } from '@/app/_text/t';
import { gradingOf, OPTICAL_DENSITY_RANGE } from '@/lib/contracts/score-choice';
import { INTENSITY_THRESHOLDS } from '@/lib/scoring/scores/h-score';
import { useScoring, useScoringActions } from './scoring-context';
import { activeOf, mayChange } from './scoring-store';
import { SMALL_BUTTON } from './small-button';

const MAX_PROBABILITY = 254;
/** No pixel is brighter, so this threshold counts as off. */
const MARKER_OFF = 255;
const MAX_SIZE_PX = 1_000_000;
const OD_STEP = 0.01;

/** The thresholds. Numbers and pictures follow while they are moved, but for that of the segmentation. */
export function AdjustSection() {
  const isKnown = useScoring((state) => state.plan !== null && state.numbers !== null);
  const isFixed = useScoring((state) => !mayChange(state));
  if (!isKnown) return null;
  return (
    <PanelSection title={t('Adjust')} isTool>
      {/* The sliders are no inputs, which a fieldset would disable. */}
      <fieldset aria-label={t('Thresholds')} disabled={isFixed} className="min-w-0 space-y-3">
        <SegmentationControl isFixed={isFixed} />
        <SizeControl isFixed={isFixed} />
        <MarkerControl isFixed={isFixed} />
        <IntensityControl />
      </fieldset>
    </PanelSection>
  );
}

function SegmentationControl({ isFixed }: { isFixed: boolean }) {
  const stated = useScoring((state) => state.settings.prob_thresh ?? state.plan?.defaults.probThresh ?? 0);
  const usual = useScoring((state) => state.plan?.defaults.probThresh ?? 0);
  const isBusy = useScoring((state) => state.isStarting || activeOf(state.scorings) !== null);
  const { segment } = useScoringActions();
  const [moved, setMoved] = useState<number | null>(null);
  const value = moved ?? stated;
  return (
    <ThresholdControl
      title={t('Segmentation')}
      help={t(
        'Raise it where background is outlined, lower it where pale nuclei are missed: the network must be as certain as this of each nuclear pixel. Nuclei are found anew from what is kept of its answer.',
      )}
      boxes={
        <NumberBox
          label={t('Segmentation value')}
          value={value}
          min={0}
          max={MAX_PROBABILITY}
          onChange={(typed) => typed !== null && setMoved(typed)}
        />
      }
      onReset={() => setMoved(usual)}
    >
      <PlotSlider
        handles={[t('Segmentation threshold')]}
        value={[value]}
        min={0}
        max={MAX_PROBABILITY}
        isDisabled={isFixed}
        readAs={(at) => t('{value} of 255', { value: at })}
        onChange={([next]) => setMoved(next)}
      >
        <ThresholdPlot values={[1, 1]} kept={[value / MAX_PROBABILITY, 1]} probed={null} />
      </PlotSlider>
      {!isFixed && value !== stated && (
        <Button
          look="secondary"
          className={`my-1 ${SMALL_BUTTON}`}
          disabled={isBusy}
          onClick={() => {
            segment(value);
            setMoved(null);
          }}
        >
          {t('Find nuclei anew')}
        </Button>
      )}
    </ThresholdControl>
  );
}

function SizeControl({ isFixed }: { isFixed: boolean }) {
  const gates = useScoring((state) => state.numbers?.gates);
  const plots = useScoring((state) => state.plots);
  const micronsPerPixel = useScoring((state) => state.plan?.micronsPerPixel ?? 1);
  const { change } = useScoringActions();
  const least = gates?.sizeThresh ?? 0;
  const upper = gates?.sizeThreshUpper ?? null;
  const curveEnd = plots ? plots.sizes.step * (plots.sizes.values.length - 1) : 1;
  // The last pixel of the axis means no limit.
  const end = Math.ceil(Math.max(curveEnd, least, upper ?? 0, 4)) + 1;
  const most = upper ?? end;
  const inMicrons = (px: number) => `${Number((px * micronsPerPixel ** 2).toPrecision(3))} µm²`;
  const setLeast = (px: number) => change({ size_thresh: Math.round(px) });
  const setMost = (px: number | null) => change({ size_thresh_upper: px === null ? 'none' : Math.round(px) });
  return (
    <ThresholdControl
      title={t('Size')}
      help={t(
        'Smaller ones are mostly debris and cut nuclei, larger ones clumps. The curve is of the sizes of all nuclei found: set the limits in its valleys.',
      )}
      note={
        upper === null
          ? t('Counts nuclei of more than {least}.', { least: inMicrons(least) })
          : t('Counts nuclei of more than {least} and less than {most}.', {
              least: inMicrons(least),
              most: inMicrons(upper),
            })
      }
      boxes={
        <>
          <NumberBox
            label={t('Smallest, px')}
            value={least}
            min={0}
            max={most - 1}
            onChange={(px) => px !== null && setLeast(px)}
          />
          <NumberBox
            label={t('Largest, px')}
            value={upper}
            min={least + 1}
            max={MAX_SIZE_PX}
            placeholder={t('none')}
            onChange={setMost}
          />
          <span className="text-muted text-sm">{t('px')}</span>
        </>
      }
      onReset={() => change({ size_thresh: undefined, size_thresh_upper: undefined })}
    >
      <PlotSlider
        handles={[t('Minimum size'), t('Maximum size')]}
        value={[least, most]}
        min={0}
        max={end}
        isDisabled={isFixed}
        readAs={(px, index) => (index === 1 && px >= end ? t('no limit') : `${px} px, ${inMicrons(px)}`)}
        onChange={([low, high]) => {
          if (low !== least) setLeast(low);
          if (high !== most) setMost(high >= end ? null : high);
        }}
      >
        <ThresholdPlot
          values={plots?.sizes.values ?? []}
          share={curveEnd / end}
          kept={[least / end, most / end]}
          probed={null}
        />
      </PlotSlider>
      <PlotAxis max={end * micronsPerPixel ** 2} unit="µm²" />
    </ThresholdControl>
  );
}

function MarkerControl({ isFixed }: { isFixed: boolean }) {
  const resolved = useScoring((state) => state.numbers?.gates.markerThresh ?? null);
  const marker = useScoring((state) => state.plots?.marker ?? null);
  const { change } = useScoringActions();
  const shares = useMemo(() => (marker ? logShares(marker) : []), [marker]);
  const value = resolved ?? MARKER_OFF;
  const set = (next: number | null) =>
    change({ marker_thresh: next === null || next >= MARKER_OFF ? 'none' : Math.round(next) });
  return (
    <ThresholdControl
      title={t('Marker')}
      help={
        marker
          ? t(
              'Lower it where weakly stained nuclei are called negative: those with a brighter marker pixel become positive. Off leaves the class to the segmentation.',
            )
          : t('This model infers no marker picture. The segmentation alone decides the class.')
      }
      boxes={
        <NumberBox
          label={t('Marker value')}
          value={value === MARKER_OFF ? null : value}
          min={0}
          max={MARKER_OFF}
          placeholder={t('off')}
          onChange={set}
        />
      }
      onReset={() => change({ marker_thresh: undefined })}
    >
      <PlotSlider
        handles={[t('Marker threshold')]}
        value={[value]}
        min={0}
        max={MARKER_OFF}
        isDisabled={marker === null || isFixed}
        readAs={(at) => (at >= MARKER_OFF ? t('off') : t('{value} of 255', { value: at }))}
        onChange={([next]) => set(next)}
      >
        <ThresholdPlot values={shares} kept={[value / MARKER_OFF, 1]} probed={null} />
      </PlotSlider>
      <PlotAxis max={MARKER_OFF} unit={t('brightness')} />
    </ThresholdControl>
  );
}

function IntensityControl() {
  const settings = useScoring((state) => state.settings);
  const { change } = useScoringActions();
  const { twoPlus, threePlus } = gradingOf(settings);
  return (
    <ThresholdControl
      title={t('Intensity')}
      help={t(
        'Positive nuclei are graded by their mean optical density over red, green and blue; H-score and Allred follow. Stain and scanner change it, so set both on a slide whose grades you know.',
      )}
      boxes={
        <>
          <NumberBox
            label={t('Optical density of 2+')}
            value={twoPlus}
            min={OPTICAL_DENSITY_RANGE.min}
            max={threePlus}
            step={OD_STEP}
            onChange={(od) => od !== null && change({ intensity_two_plus: od, intensity_three_plus: threePlus })}
          />
          <NumberBox
            label={t('Optical density of 3+')}
            value={threePlus}
            min={twoPlus}
            max={OPTICAL_DENSITY_RANGE.max}
            step={OD_STEP}
            onChange={(od) => od !== null && change({ intensity_two_plus: twoPlus, intensity_three_plus: od })}
          />
        </>
      }
      onReset={() =>
        change({
          intensity_two_plus: INTENSITY_THRESHOLDS.twoPlus,
          intensity_three_plus: INTENSITY_THRESHOLDS.threePlus,
        })
      }
    >
      {null}
    </ThresholdControl>
  );
}
