'use client';

import { useState } from 'react';
import { SwipeArrows } from '@/app/_components/swipe-arrows';
import { t } from '@/app/_text/t';
import example from './example.json';
import { EXAMPLE_SAMPLE as sample } from './example-sample';

/** A result of a sample: the stain to the left of a line that can be moved, what was inferred from it to the right. */
export function ExampleSwipe() {
  const [at, setAt] = useState(50);
  return (
    <figure className="w-full max-w-md space-y-2 text-left">
      <div className="relative aspect-square w-full overflow-hidden rounded-lg focus-within:outline-2 focus-within:outline-stage-accent focus-within:outline-offset-2">
        <Picture
          src="/home/inferred.webp"
          alt={t('What was inferred from it: nuclei in blue, stained ones in pink, outlined')}
        />
        <div className="absolute inset-0" style={{ clipPath: `inset(0 ${100 - at}% 0 0)` }}>
          <Picture src="/home/ihc.webp" alt={t('A sample: {title}', { title: sample?.title })} />
        </div>
        <div
          aria-hidden="true"
          className="pointer-events-none absolute inset-y-0 -ml-px w-0.5 bg-stage-ink"
          style={{ left: `${at}%` }}
        >
          <span className="absolute top-1/2 -left-3 -mt-3 grid size-6 place-items-center rounded-full bg-stage-ink text-stage">
            <SwipeArrows className="size-3.5" />
          </span>
        </div>
        <input
          type="range"
          aria-label={t('Stain to the left, inferred to the right')}
          min={0}
          max={100}
          value={at}
          onChange={(event) => setAt(Number(event.target.value))}
          className="absolute inset-0 size-full cursor-ew-resize opacity-0"
        />
      </div>
      <figcaption className="flex flex-wrap items-baseline gap-x-3 text-sm text-stage-muted">
        <span className="font-semibold text-stage-ink text-xl">{`${example.percent.toFixed(1)} %`}</span>
        <span>
          {t('{positive} of {total} nuclei positive.', { positive: example.positive, total: example.total })}{' '}
          {sample && t('It is drawn, and {percent} % is true.', { percent: sample.percentPositive.toFixed(1) })}
        </span>
      </figcaption>
    </figure>
  );
}

const Picture = ({ src, alt }: { src: string; alt: string }) => (
  // biome-ignore lint/performance/noImgElement: made at the size at which it is shown.
  <img src={src} alt={alt} width={720} height={720} className="absolute inset-0 size-full" draggable={false} />
);
