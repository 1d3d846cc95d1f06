import type { ReactNode } from 'react';
import { t } from '@/app/_text/t';
import { indexOfCounts } from '@/lib/scoring/scores/labeling-index';
import { CLASSES, CORRECTED, LEAD, NUMBER, NUMBER_LIMIT, ORIGINAL, OUTLINES, PICTURES, type Shown } from './words';

export type { Shown };

/** One index of few nuclei and of many. */
const EXAMPLES = [
  { positive: 6, total: 30 },
  { positive: 100, total: 500 },
];
/** The end of their axis, in %. */
const END = 50;

type ExplanationProps = { of: 'result' | 'slide'; inferred: readonly Shown[] };

/** What is shown of tissue, outlines and numbers, each with a picture of a sample of our simulator. */
export default function Explanation({ of, inferred }: ExplanationProps) {
  return (
    <>
      <p className="text-pretty">{LEAD[of]}</p>
      <h3 className="mt-6 mb-2 font-semibold">{t('Pictures')}</h3>
      <ul className="space-y-4">
        <Picture name="original" title={t('Original')}>
          {ORIGINAL}
        </Picture>
        {inferred.map((name) => (
          <Picture key={name} name={name} title={PICTURES[name].title}>
            {PICTURES[name].text}
          </Picture>
        ))}
      </ul>
      <h3 className="mt-6 mb-2 font-semibold">{t('Outlines')}</h3>
      <div className="flex gap-4">
        <Thumb name="outlines" />
        <ul className="space-y-1.5 text-pretty text-muted text-sm">
          {[...OUTLINES, ...(of === 'result' ? [CORRECTED] : [])].map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      </div>
      <h3 className="mt-6 mb-1 font-semibold">{t('Classes and kinds')}</h3>
      <p className="text-pretty text-muted text-sm">{CLASSES}</p>
      <h3 className="mt-6 mb-1 font-semibold">{t('The number and its interval')}</h3>
      {NUMBER.map((line) => (
        <p key={line} className="mt-1 text-pretty text-muted text-sm">
          {line}
        </p>
      ))}
      <ul className="my-3 space-y-2 text-sm">
        {EXAMPLES.map(({ positive, total }) => (
          <Interval key={total} positive={positive} total={total} />
        ))}
      </ul>
      <p className="text-pretty text-muted text-sm">{NUMBER_LIMIT}</p>
    </>
  );
}

function Picture({ name, title, children }: { name: string; title: string; children: ReactNode }) {
  return (
    <li className="flex gap-4">
      <Thumb name={name} />
      <div>
        <h4 className="font-medium">{title}</h4>
        <p className="text-pretty text-muted text-sm">{children}</p>
      </div>
    </li>
  );
}

const Thumb = ({ name }: { name: string }) => (
  // biome-ignore lint/performance/noImgElement: made at the size at which it is shown.
  <img src={`/help/${name}.webp`} alt="" width={104} height={104} className="size-26 shrink-0 rounded bg-stage" />
);

/** The index as a line, and its interval as a bar around it. */
function Interval({ positive, total }: { positive: number; total: number }) {
  const { percentPositive, interval } = indexOfCounts(positive, total - positive);
  const [low, high] = interval;
  return (
    <li>
      <span aria-hidden="true" className="relative block h-3 rounded bg-line">
        <span
          className="absolute inset-y-0 rounded bg-hematoxylin/60"
          style={{ left: `${(100 * low) / END}%`, right: `${100 - (100 * high) / END}%` }}
        />
        <span className="absolute -inset-y-0.5 w-0.5 bg-ink" style={{ left: `${(100 * percentPositive) / END}%` }} />
      </span>
      {t('{positive} of {total} nuclei: {percent} %, {low} to {high} %', {
        positive,
        total,
        percent: percentPositive.toFixed(0),
        low: low.toFixed(1),
        high: high.toFixed(1),
      })}
    </li>
  );
}
