import { Fragment, type ReactNode } from 'react';
import { GroupedNumber } from '@/app/_components/grouped-number';
import { richText, t } from '@/app/_text/t';
import { MEMBRANE_WORDS, type MembraneLead } from '@/lib/contracts/membrane-lead';
import { percentText } from '@/lib/contracts/whole-text';
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
  const index = (
    <span key="index" data-testid={`${of}percent-pos`}>
      {percentText(percentPositive)}
    </span>
  );
  const parts = {
    index,
    positive: <GroupedNumber key="positive" value={positive} testId={`${of}num-pos`} />,
    all: <GroupedNumber key="all" value={total} testId={`${of}num-total`} />,
    total,
  };
  const counts = isTumour
    ? richText(
        '{total, plural, one {{positive} positive of {all} tumour nucleus} other {{positive} positive of {all} tumour nuclei}}',
        parts,
      )
    : richText(
        '{total, plural, one {{positive} positive of {all} nucleus} other {{positive} positive of {all} nuclei}}',
        parts,
      );
  const second = {
    ...parts,
    about: (words: ReactNode[]) =>
      isEstimate && (
        <span key="about" className="text-muted">
          {words}
        </span>
      ),
  };
  const [large, small]: [ReactNode, ReactNode] = {
    index: [index, counts],
    interval: [
      <span key="interval" className="text-3xl tracking-tight lg:text-[min(3rem,6dvh)]" data-testid="lead-interval">
        {t('{low} to {high}', { low: interval[0].toFixed(1), high: percentText(interval[1]) })}
      </span>,
      richText('{index}: {counts}', { index, counts: <Fragment key="counts">{counts}</Fragment> }),
    ],
    count: [
      <span key="count" className="text-3xl lg:text-[min(3rem,6dvh)]" data-testid="lead-count">
        {isTumour
          ? richText('{total, plural, one {{all} tumour nucleus} other {{all} tumour nuclei}}', parts)
          : richText('{total, plural, one {{all} nucleus} other {{all} nuclei}}', parts)}
      </span>,
      density === null
        ? richText('{positive} positive ({index})', parts)
        : richText('{density} per mm², {positive} positive ({index})', {
            ...parts,
            density: <GroupedNumber key="density" value={Math.round(density)} />,
          }),
    ],
  }[lead] as [ReactNode, ReactNode];
  if (membrane)
    return (
      <section aria-label={t('Score')} aria-busy={isBehind}>
        <h1 className="sr-only">{t('Result')}</h1>
        <p
          className="font-semibold text-2xl leading-tight tracking-tighter lg:text-5xl lg:leading-none"
          data-testid="membrane-lead"
        >
          {membrane.value}
        </p>
        {/* Beside a narrow picture it stands in the panel: what stays in sight is short there. */}
        <p className="mt-1 text-pretty text-sm max-lg:hidden" data-testid="membrane-sentence">
          {membrane.sentence}
        </p>
        <p className="text-pretty text-muted text-xs lg:mt-1">{MEMBRANE_WORDS}</p>
        <p className="text-sm lg:mt-2">
          {isTumour
            ? richText('Nuclei: {index}, {positive} positive of {all} tumour nuclei<about>, about</about>', second)
            : richText('Nuclei: {index}, {positive} positive of {all}<about>, about</about>', second)}
        </p>
      </section>
    );
  return (
    <section aria-label={t('Score')} aria-busy={isBehind}>
      <h1 className="sr-only">{t('Result')}</h1>
      <p className="font-semibold text-4xl leading-none tracking-tighter lg:text-[min(4.5rem,11dvh)] lg:leading-[0.95]">
        {large}
        {isEstimate && (
          <span className="ms-2 align-top font-normal text-muted text-sm tracking-normal">{t('about')}</span>
        )}
      </p>
      <p className="mt-1 text-sm lg:text-base">{small}</p>
    </section>
  );
}
