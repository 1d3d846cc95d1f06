import { useMemo } from 'react';
import { PanelSection, TEXT_BUTTON } from '@/app/_components/panel-section';
import { NumberBox } from '@/app/_components/ui/number-box';
import { t } from '@/app/_text/t';
import { OPTICAL_DENSITY_RANGE } from '@/lib/contracts/score-choice';
import { allredScore } from '@/lib/scoring/scores/allred';
import { binIntensities, hScore, INTENSITY_THRESHOLDS, type IntensityBins } from '@/lib/scoring/scores/h-score';
import { useResult, useResultActions } from '../../_result/result-context';

const STEP = 0.01;

const BINS: readonly { name: keyof IntensityBins; label: string; className: string }[] = [
  { name: 'negative', label: t('Negative'), className: 'bg-hematoxylin' },
  { name: 'onePlus', label: '1+', className: 'bg-dab/40' },
  { name: 'twoPlus', label: '2+', className: 'bg-dab/70' },
  { name: 'threePlus', label: '3+', className: 'bg-dab' },
];

/** H-score and Allred score, with the thresholds of intensity that they use. */
export function IntensitySection() {
  const live = useResult((state) => state.live);
  const estimated = useResult((state) => state.sketch?.bins ?? null);
  const thresholds = useResult((state) => state.parameters.intensity);
  const { setIntensity } = useResultActions();
  const exact = useMemo(
    () => live && binIntensities({ odMean: live.found.odMean, ...live.gated }, thresholds),
    [live, thresholds],
  );
  const bins = estimated ?? exact;
  const { twoPlus, threePlus } = thresholds;
  return (
    <PanelSection
      title={t('Intensity')}
      aside={
        <button
          type="button"
          aria-label={t('Reset intensity')}
          onClick={() => setIntensity(INTENSITY_THRESHOLDS)}
          className={TEXT_BUTTON}
        >
          {t('Reset')}
        </button>
      }
    >
      {bins && <IntensityScores bins={bins} />}
      <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <span className="flex items-center gap-1.5">
          {t('2+ from')}
          <NumberBox
            label={t('Optical density of 2+')}
            value={twoPlus}
            min={OPTICAL_DENSITY_RANGE.min}
            max={threePlus}
            step={STEP}
            onChange={(od) => od !== null && setIntensity({ twoPlus: od, threePlus })}
          />
        </span>
        <span className="flex items-center gap-1.5">
          {t('3+ from')}
          <NumberBox
            label={t('Optical density of 3+')}
            value={threePlus}
            min={twoPlus}
            max={OPTICAL_DENSITY_RANGE.max}
            step={STEP}
            onChange={(od) => od !== null && setIntensity({ twoPlus, threePlus: od })}
          />
        </span>
      </div>
      <p className="mt-1 text-pretty text-muted text-xs">
        {t(
          'Positive nuclei are graded by their mean optical density over red, green and blue. Stain and scanner change it, so set both on a slide whose grades you know.',
        )}
      </p>
    </PanelSection>
  );
}

function IntensityScores({ bins }: { bins: IntensityBins }) {
  const allred = allredScore(bins);
  return (
    <>
      <p className="flex flex-wrap gap-x-6">
        <span>
          {t('H-score')}{' '}
          <strong className="font-semibold" data-testid="h-score">
            {hScore(bins)}
          </strong>
        </span>
        <span>
          {t('Allred')}{' '}
          <strong className="font-semibold" data-testid="allred">
            {allred.total}
          </strong>{' '}
          <span className="text-muted text-sm">{`= ${allred.proportion} + ${allred.intensity}`}</span>
        </span>
      </p>
      <div aria-hidden="true" className="mt-2 flex h-2.5 gap-0.5 overflow-hidden rounded-full bg-line">
        {BINS.map(
          ({ name, className }) =>
            bins[name] > 0 && <div key={name} className={className} style={{ flexGrow: bins[name] }} />,
        )}
      </div>
      <dl className="mt-1 flex flex-wrap justify-between gap-x-3 text-sm">
        {BINS.map(({ name, label }) => (
          <div key={name} className="flex gap-1.5">
            <dt className="text-muted">{label}</dt>
            <dd data-testid={`bin-${name}`}>{bins[name]}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
