import { useState } from 'react';
import { Button } from '@/app/_components/ui/button';
import { NumberBox } from '@/app/_components/ui/number-box';
import { t } from '@/app/_text/t';
import { HOT_SPOT_MM2_RANGE } from '@/lib/contracts/score-choice';
import type { HotSpot } from '@/lib/scoring/scores/hot-spot';
import { rectangleRing } from '../../_preview/rectangle-ring';
import { useResult, useResultStore } from '../../_result/result-context';
import { findIn, fittingField } from './score-regions';

/** The Ki67 guidelines count so many. */
const NUCLEI = 500;
const BEST = 3;

/** Finds the fields with the highest labeling index, and adds them as regions. The hottest counts; of three the others are there to choose. */
export function HotSpotFinder() {
  const store = useResultStore();
  const hasLive = useResult((state) => state.live !== null);
  const micronsPerPixel = useResult((state) => state.micronsPerPixel);
  const [kind, setKind] = useState<'area' | 'nuclei'>('area');
  const source = useResult((state) => state.analysis.source);
  const [mm2, setMm2] = useState(() => (source ? fittingField(source, micronsPerPixel) : 0));
  const [areMany, setMany] = useState(false);
  const [words, setWords] = useState('');

  function find() {
    const { live, parameters, analysis, actions } = store.getState();
    const { source } = analysis;
    if (!live || !source) return;
    const size = kind === 'area' ? { mm2 } : { nuclei: NUCLEI };
    const spots = findIn(live, { image: source, micronsPerPixel }, parameters.regions, size, areMany ? BEST : 1);
    const [spot] = spots;
    if (!spot)
      return setWords(
        kind === 'area'
          ? t('The image is smaller than such a field.')
          : t('The image holds fewer than {count} nuclei.', { count: NUCLEI }),
      );
    actions.replaceHotSpots(
      spots.map((one, place) => ({
        shape: 'hotspot',
        rings: [rectangleRing(one)],
        kind: 'include',
        name: place === 0 ? t('Hot spot') : t('Hot spot {number}', { number: place + 1 }),
        enabled: place === 0,
      })),
    );
    const found = t('Found: {fields}.', { fields: spots.map(textOf).join('; ') });
    const isFewer = areMany && spots.length < BEST;
    setWords(isFewer ? t('{found} No other field of this size fits beside what was found.', { found }) : found);
  }

  return (
    <div className="mt-2 space-y-1 text-sm" data-guide="hotSpot">
      <div className="flex flex-wrap items-center gap-2">
        <select
          aria-label={t('Size of the hot spot')}
          value={kind}
          onChange={(event) => setKind(event.target.value as typeof kind)}
          className="h-9 rounded-md border border-edge bg-surface px-2"
        >
          <option value="area">{t('Field of an area')}</option>
          <option value="nuclei">{t('Field of {count} nuclei', { count: NUCLEI })}</option>
        </select>
        {kind === 'area' && (
          <span className="flex items-center gap-1.5">
            <NumberBox
              label={t('Area of the hot spot, mm²')}
              value={mm2}
              min={HOT_SPOT_MM2_RANGE.min}
              max={HOT_SPOT_MM2_RANGE.max}
              step={0.01}
              onChange={(typed) => typed !== null && setMm2(typed)}
            />
            {t('mm²')}
          </span>
        )}
        <label className="flex min-h-9 items-center gap-1.5">
          <input
            type="checkbox"
            checked={areMany}
            onChange={(event) => setMany(event.target.checked)}
            className="size-4"
          />
          {t('Best three')}
        </label>
        <Button look="secondary" className="min-h-9! px-3!" disabled={!hasLive} onClick={find}>
          {t('Find hot spot')}
        </Button>
      </div>
      <p role="status" className="text-muted">
        {words}
      </p>
    </div>
  );
}

const textOf = ({ positive, total }: HotSpot) =>
  t('{percent} %, {positive} of {total} nuclei', { percent: ((100 * positive) / total).toFixed(1), positive, total });
