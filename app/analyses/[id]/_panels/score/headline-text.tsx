import type { ReactNode } from 'react';
import { GroupedNumber } from '@/app/_components/grouped-number';
import { MEMBRANE_WORDS, type MembraneLead } from '@/lib/contracts/membrane-lead';
import type { Marker } from '@/lib/scoring/classify/kinds';
import type { headlineOf } from '../../_result/shown-numbers';
import { leadOf } from './lead-of';

type HeadlineTextProps = {
  numbers: ReturnType<typeof headlineOf>;
  marker: Marker | null;
  /** What comes before nuclei; null where membranes were not measured. */
  membrane: MembraneLead | null;
  /** Nuclei per mm², where it is known. */
  density: number | null;
  /** Whether newer numbers are on their way. */
  isBehind: boolean;
};

/**
 * The labeling index and its counts, or what says more of this picture: of all nuclei or, where the user has chosen so, of tumour
 * nuclei. Where membranes were measured they come first, and nuclei in a line after them.
 */
export function HeadlineText({ numbers, marker, membrane, density, isBehind }: HeadlineTextProps) {
  const { total, positive, percentPositive, interval, isEstimate, isTumour } = numbers;
  const of = isTumour ? 'tumour-' : '';
  const lead = leadOf({ total, positive, marker });
  const index = <span data-testid={`${of}percent-pos`}>{percentPositive.toFixed(1)} %</span>;
  const all = <GroupedNumber value={total} testId={`${of}num-total`} />;
  const nuclei = `${isTumour ? 'tumour ' : ''}${total === 1 ? 'nucleus' : 'nuclei'}`;
  const counts = (
    <>
      <GroupedNumber value={positive} testId={`${of}num-pos`} /> positive
    </>
  );
  const [large, small]: [ReactNode, ReactNode] = {
    index: [
      index,
      <>
        {counts} of {all} {nuclei}
      </>,
    ],
    interval: [
      <span key="interval" className="text-3xl tracking-tight lg:text-[min(3rem,6dvh)]" data-testid="lead-interval">
        {interval[0].toFixed(1)} to {interval[1].toFixed(1)} %
      </span>,
      <>
        {index}: {counts} of {all} {nuclei}
      </>,
    ],
    count: [
      <span key="count" className="text-3xl lg:text-[min(3rem,6dvh)]" data-testid="lead-count">
        {all} {nuclei}
      </span>,
      <>
        {density !== null && (
          <>
            <GroupedNumber value={Math.round(density)} /> per mm²,{' '}
          </>
        )}
        {counts} ({index})
      </>,
    ],
  }[lead] as [ReactNode, ReactNode];
  if (membrane)
    return (
      <section aria-label="Score" aria-busy={isBehind}>
        <h1 className="sr-only">Result</h1>
        <p className="font-semibold text-3xl tracking-tighter lg:text-5xl" data-testid="membrane-lead">
          {membrane.value}
        </p>
        <p className="mt-1 text-pretty text-sm" data-testid="membrane-sentence">
          {membrane.sentence}
        </p>
        <p className="mt-1 text-pretty text-muted text-xs">{MEMBRANE_WORDS}</p>
        <p className="mt-2 text-sm">
          Nuclei: {index}, {counts} of {all}
          {isTumour && ' tumour nuclei'}
          {isEstimate && <span className="text-muted">, about</span>}
        </p>
      </section>
    );
  return (
    <section aria-label="Score" aria-busy={isBehind}>
      <h1 className="sr-only">Result</h1>
      <p className="font-semibold text-4xl leading-none tracking-tighter lg:text-[min(4.5rem,11dvh)] lg:leading-[0.95]">
        {large}
        {isEstimate && <span className="ms-2 align-top font-normal text-muted text-sm tracking-normal">about</span>}
      </p>
      <p className="mt-1 text-sm lg:text-base">{small}</p>
    </section>
  );
}
