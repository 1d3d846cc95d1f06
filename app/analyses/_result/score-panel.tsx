import type { InferResult, Scoring } from '@/lib/contracts/infer';
import { GroupedNumber } from './grouped-number';

type ScorePanelProps = { scoring: Scoring; interval: InferResult['percent_pos_interval'] };

/** The index, how sure it is, and what it was counted from. */
export function ScorePanel({ scoring, interval }: ScorePanelProps) {
  const { num_total: total, num_pos: positive, num_neg: negative, percent_pos: percent } = scoring;
  return (
    <section aria-label="Score">
      <p className="font-semibold text-6xl tracking-tighter" data-testid="percent-pos">
        {percent.toFixed(1)} %
      </p>
      {interval && total > 0 && (
        <p className="mt-1 text-muted" data-testid="percent-pos-interval">
          95 % interval {interval[0].toFixed(1)} to {interval[1].toFixed(1)} %
        </p>
      )}
      <p className="mt-3">
        <GroupedNumber value={positive} testId="num-pos" /> positive of{' '}
        <GroupedNumber value={total} testId="num-total" /> {total === 1 ? 'nucleus' : 'nuclei'}
      </p>
      {total > 0 ? (
        <>
          <div aria-hidden="true" className="mt-4 flex h-2.5 gap-0.5 overflow-hidden rounded-full">
            {positive > 0 && <div className="min-w-1 bg-dab" style={{ width: `${percent}%` }} />}
            {negative > 0 && <div className="min-w-1 grow bg-hematoxylin" />}
          </div>
          <dl className="mt-2 flex justify-between text-sm">
            <div className="flex gap-1.5">
              <dt className="text-dab">Positive</dt>
              <dd>
                <GroupedNumber value={positive} />
              </dd>
            </div>
            <div className="flex gap-1.5">
              <dt className="text-hematoxylin">Negative</dt>
              <dd>
                <GroupedNumber value={negative} />
              </dd>
            </div>
          </dl>
        </>
      ) : (
        <p className="mt-3 text-muted">
          No nucleus was found. If there are some, the magnification may be another one: check the scale bar.
        </p>
      )}
    </section>
  );
}
