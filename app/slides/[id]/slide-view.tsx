'use client';

import Link from 'next/link';
import { lazy, Suspense, useEffect, useState } from 'react';
import { ProblemNotice } from '@/app/_components/problem-notice';
import { Button, buttonClass } from '@/app/_components/ui/button';
import { t } from '@/app/_text/t';
import type { Slide } from '@/lib/contracts/slide';
import { beginTiles } from './_viewer/open-tiles';
import { FirstLook } from './first-look';
import { IngestView } from './ingest-view';
import { useSlide } from './use-slide';

/** The viewer, in a chunk of its own. */
const loadScreen = () => import('./slide-screen');
const SlideScreen = lazy(() => loadScreen().then((module) => ({ default: module.SlideScreen })));

// It comes while the page wakes up: most who open it see a slide. What fails is loaded again when it is needed.
if (typeof window !== 'undefined') loadScreen().catch(() => undefined);

type SlideViewProps = {
  id: string;
  /** The slide as the server knew it; null where it did not. */
  first: Slide | null;
  /** Whether the address names no place on it. */
  isWhole: boolean;
};

/** The page of one slide, in any of its states. */
export function SlideView({ id, first, isWhole }: SlideViewProps) {
  const { followed, follow } = useSlide(id, first);
  // Before the viewer is there.
  useState(() => first && beginTiles(first));
  // The viewer is of the browser alone: the server sends the first look.
  const [isAwake, setAwake] = useState(false);
  useEffect(() => setAwake(true), []);
  switch (followed.step) {
    case 'asking':
      return <Sentence>{t('Looking for the slide.')}</Sentence>;
    case 'missing':
      return <Missing />;
    case 'unreachable':
      return (
        <div className="mx-auto w-full max-w-xl px-4 py-20 sm:px-6">
          <ProblemNotice problem={followed.problem}>
            <Button look="secondary" onClick={follow}>
              {t('Try again')}
            </Button>
          </ProblemNotice>
        </div>
      );
    case 'known': {
      const { slide } = followed;
      if (!slide.slide) return <IngestView slide={slide} onChange={follow} />;
      const look = <FirstLook slide={slide} isWhole={isWhole} />;
      return (
        <Suspense fallback={look}>
          {isAwake ? <SlideScreen slide={slide} description={slide.slide} onChange={follow} /> : look}
        </Suspense>
      );
    }
  }
}

function Sentence({ children }: { children: string }) {
  return (
    <p role="status" className="px-4 py-20 text-center text-muted">
      {children}
    </p>
  );
}

function Missing() {
  return (
    <div className="mx-auto w-full max-w-xl space-y-5 px-4 py-20 sm:px-6">
      <h1 className="font-semibold text-2xl tracking-tight">{t('There is no slide at this address')}</h1>
      <p className="text-pretty text-muted">
        {t(
          'It was deleted, its time was over, or the address is wrong. Slides are kept for a limited time and then deleted completely.',
        )}
      </p>
      <Link href="/" className={buttonClass('primary')}>
        {t('Open another')}
      </Link>
    </div>
  );
}
