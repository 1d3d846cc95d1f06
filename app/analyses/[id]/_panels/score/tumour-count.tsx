import type { ReactNode } from 'react';
import { GroupedNumber } from '@/app/_components/grouped-number';
import { MarkerSelect } from '@/app/_components/marker-select';
import { richText, t } from '@/app/_text/t';
import { madeBy as describeTeacher, kindsSentence } from '@/lib/exchange/score-summary';
import { useMayEdit, useResult } from '../../_result/result-context';
import { headlineOf, numbersOf, tumourNumbersOf } from '../../_result/shown-numbers';

/** The second count: tumour nuclei alone, beside all nuclei, and what the slide is stained for. */
export function TumourCount() {
  const live = useResult((state) => state.live);
  const sketch = useResult((state) => state.sketch);
  const analysis = useResult((state) => state.analysis);
  const marker = useResult((state) => state.parameters.marker);
  const headline = useResult((state) => state.headline);
  const actions = useResult((state) => state.actions);
  const mayEdit = useMayEdit();
  const tumour = tumourNumbersOf({ live, sketch, analysis });
  const { isTumour } = headlineOf({ live, sketch, analysis, headline });
  const madeBy = live ? describeTeacher(live.numbers.taught) : (analysis.result?.scoring.tumour?.made_by ?? 'prior');
  return (
    <section aria-label={t('Tumour nuclei')} data-guide="tumour" className="mt-3 space-y-1 text-sm">
      {tumour ? (
        <>
          {isTumour ? (
            <Count {...numbersOf({ live, sketch, analysis })} testId="" />
          ) : (
            <Count {...tumour} testId="tumour-" />
          )}
          <p className="text-muted">
            {tumour.total > 0 && (
              <span data-testid="tumour-percent-pos-interval">
                {isTumour
                  ? t('Tumour nuclei: 95 % interval {low} to {high} %.', bounds(tumour.interval))
                  : t('95 % interval {low} to {high} %.', bounds(tumour.interval))}{' '}
              </span>
            )}
            <span data-testid="tumour-made-by">{kindsSentence(madeBy)}</span>{' '}
            {t('The doubt about kinds is not in the interval.')}
          </p>
        </>
      ) : (
        !sketch?.bins &&
        live?.numbers.tumour === null && (
          <p className="text-muted">{t('This stain has no count of tumour nuclei alone.')}</p>
        )
      )}
      {(tumour || isTumour) && (
        <label className="flex min-h-11 items-center gap-2 lg:min-h-7">
          <input
            type="checkbox"
            checked={headline === 'tumour'}
            onChange={(event) => actions.setHeadline(event.target.checked ? 'tumour' : 'all')}
            className="size-4 shrink-0"
          />
          {t('Tumour nuclei first, on this browser')}
        </label>
      )}
      {mayEdit && <MarkerSelect marker={marker} onChange={actions.setMarker} />}
    </section>
  );
}

const bounds = ([low, high]: readonly [number, number]) => ({ low: low.toFixed(1), high: high.toFixed(1) });

type CountProps = { percentPositive: number; positive: number; total: number; testId: '' | 'tumour-' };

/** The count that does not lead. */
function Count({ percentPositive, positive, total, testId }: CountProps) {
  const parts = {
    percent: percentPositive.toFixed(1),
    positive: <GroupedNumber key="positive" value={positive} testId={`${testId}num-pos`} />,
    total: <GroupedNumber key="total" value={total} testId={`${testId}num-total`} />,
    index: (words: ReactNode[]) => (
      <span key="index" data-testid={`${testId}percent-pos`} className="font-semibold">
        {words}
      </span>
    ),
  };
  return (
    <p>
      {testId === ''
        ? richText('All nuclei: <index>{percent} %</index>, {positive} positive of {total}', parts)
        : richText('Tumour nuclei alone: <index>{percent} %</index>, {positive} positive of {total}', parts)}
    </p>
  );
}
