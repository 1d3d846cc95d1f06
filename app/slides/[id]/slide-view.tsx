'use client';

import dynamic from 'next/dynamic';
import Link from 'next/link';
import { ProblemNotice } from '@/app/_components/problem-notice';
import { Button, buttonClass } from '@/app/_components/ui/button';
import { IngestView } from './ingest-view';
import { useSlide } from './use-slide';

// The viewer is loaded only when there is a slide.
const SlideScreen = dynamic(() => import('./slide-screen').then((module) => module.SlideScreen), {
  ssr: false,
  loading: () => <Sentence>Opening the slide.</Sentence>,
});

/** The page of one slide, in any of its states. */
export function SlideView({ id }: { id: string }) {
  const { followed, follow } = useSlide(id);
  switch (followed.step) {
    case 'asking':
      return <Sentence>Looking for the slide.</Sentence>;
    case 'missing':
      return <Missing />;
    case 'unreachable':
      return (
        <div className="mx-auto w-full max-w-xl px-4 py-20 sm:px-6">
          <ProblemNotice problem={followed.problem}>
            <Button look="secondary" onClick={follow}>
              Try again
            </Button>
          </ProblemNotice>
        </div>
      );
    case 'known': {
      const { slide } = followed;
      if (slide.slide) return <SlideScreen slide={slide} description={slide.slide} onChange={follow} />;
      return <IngestView slide={slide} onChange={follow} />;
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
      <h1 className="font-semibold text-2xl tracking-tight">There is no slide at this address</h1>
      <p className="text-pretty text-muted">
        It was deleted, its time was over, or the address is wrong. Slides are kept for a limited time and then deleted
        completely.
      </p>
      <Link href="/" className={buttonClass('primary')}>
        Open another
      </Link>
    </div>
  );
}
