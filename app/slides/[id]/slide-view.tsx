'use client';

import dynamic from 'next/dynamic';
import Link from 'next/link';
import { useState } from 'react';
import { ProblemNotice } from '@/app/_components/problem-notice';
import { Button, buttonClass } from '@/app/_components/ui/button';
import type { Slide } from '@/lib/contracts/slide';
import { beginTiles } from './_viewer/open-tiles';
import { IngestView } from './ingest-view';
import { useSlide } from './use-slide';

/** The viewer, in a chunk of its own. */
const loadScreen = () => import('./slide-screen').then((module) => module.SlideScreen);
const SlideScreen = dynamic(loadScreen, {
  ssr: false,
  loading: () => <Sentence>Opening the slide.</Sentence>,
});

// It comes while the page wakes up: most who open it see a slide. What fails is loaded again when it is needed.
if (typeof window !== 'undefined') loadScreen().catch(() => undefined);

/** The page of one slide, in any of its states. @param first - the slide as the server knew it; null where it did not */
export function SlideView({ id, first }: { id: string; first: Slide | null }) {
  const { followed, follow } = useSlide(id, first);
  // Before the viewer is there.
  useState(() => first && beginTiles(first));
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
