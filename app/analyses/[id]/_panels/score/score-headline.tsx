import { GroupedNumber } from '../../_parts/grouped-number';
import { useResult } from '../../_result/result-context';
import { isUpToDate, numbersOf } from '../../_result/result-store';

/** The labeling index and its counts. They follow every change. */
export function ScoreHeadline() {
  const live = useResult((state) => state.live);
  const sketch = useResult((state) => state.sketch);
  const analysis = useResult((state) => state.analysis);
  const isBehind = useResult((state) => state.problem === null && !isUpToDate(state));
  const { total, positive, percentPositive, isEstimate } = numbersOf({ live, sketch, analysis });
  return (
    <section aria-label="Score" aria-busy={isBehind}>
      <h1 className="sr-only">Result</h1>
      <p className="font-semibold text-4xl leading-none tracking-tighter lg:text-7xl lg:leading-[0.95]">
        <span data-testid="percent-pos">{percentPositive.toFixed(1)} %</span>
        {isEstimate && <span className="ms-2 align-top font-normal text-muted text-sm tracking-normal">about</span>}
      </p>
      <p className="mt-1 text-sm lg:text-base">
        <GroupedNumber value={positive} testId="num-pos" /> positive of{' '}
        <GroupedNumber value={total} testId="num-total" /> {total === 1 ? 'nucleus' : 'nuclei'}
      </p>
    </section>
  );
}
