import type { ReactNode } from 'react';
import { t } from '@/app/_text/t';

type PrintedFactsProps = {
  title: string;
  rows: readonly (readonly [label: string, value: string])[];
  children?: ReactNode;
};

/** The end of a printed sheet: with what its numbers were made, and what they are not for. */
export function PrintedFacts({ title, rows, children }: PrintedFactsProps) {
  return (
    <section aria-label={title} className="text-xs">
      <h2 className="mb-1 font-semibold text-sm">{title}</h2>
      {children}
      <dl className="grid grid-cols-[10rem_minmax(0,1fr)] gap-x-4">
        {rows.map(([label, value]) => (
          <div key={label} className="contents">
            <dt className="text-muted">{label}</dt>
            <dd className="wrap-anywhere">{value}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-2 text-muted">
        {t('For research use only. Not a medical device. Do not use it for diagnosis or treatment.')}
      </p>
    </section>
  );
}
