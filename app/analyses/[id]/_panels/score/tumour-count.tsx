import { GroupedNumber } from '@/app/_components/grouped-number';
import { MarkerSelect } from '@/app/_components/marker-select';
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
    <section aria-label="Tumour nuclei" className="mt-3 space-y-1 text-sm">
      {tumour ? (
        <>
          {isTumour ? (
            <Count label="All nuclei" {...numbersOf({ live, sketch, analysis })} testId="" />
          ) : (
            <Count label="Tumour nuclei alone" {...tumour} testId="tumour-" />
          )}
          <p className="text-muted">
            {tumour.total > 0 && (
              <span data-testid="tumour-percent-pos-interval">
                {isTumour && 'Tumour nuclei: '}95 % interval {tumour.interval[0].toFixed(1)} to{' '}
                {tumour.interval[1].toFixed(1)} %.{' '}
              </span>
            )}
            <span data-testid="tumour-made-by">{kindsSentence(madeBy)}</span> The doubt about kinds is not in the
            interval.
          </p>
        </>
      ) : (
        !sketch?.bins &&
        live?.numbers.tumour === null && <p className="text-muted">This stain has no count of tumour nuclei alone.</p>
      )}
      {(tumour || isTumour) && (
        <label className="flex min-h-11 items-center gap-2 lg:min-h-7">
          <input
            type="checkbox"
            checked={headline === 'tumour'}
            onChange={(event) => actions.setHeadline(event.target.checked ? 'tumour' : 'all')}
            className="size-4 shrink-0"
          />
          Tumour nuclei first, on this browser
        </label>
      )}
      {mayEdit && <MarkerSelect marker={marker} onChange={actions.setMarker} />}
    </section>
  );
}

type CountProps = { label: string; percentPositive: number; positive: number; total: number; testId: '' | 'tumour-' };

/** The count that does not lead. */
const Count = ({ label, percentPositive, positive, total, testId }: CountProps) => (
  <p>
    {label}:{' '}
    <span data-testid={`${testId}percent-pos`} className="font-semibold">
      {percentPositive.toFixed(1)} %
    </span>
    , <GroupedNumber value={positive} testId={`${testId}num-pos`} /> positive of{' '}
    <GroupedNumber value={total} testId={`${testId}num-total`} />
  </p>
);
