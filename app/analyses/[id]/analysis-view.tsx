'use client';

import dynamic from 'next/dynamic';
import Link from 'next/link';
import { ProblemNotice } from '@/app/_components/problem-notice';
import { Button, buttonClass } from '@/app/_components/ui/button';
import { WaitingView } from './_waiting/waiting-view';
import { useFollowedAnalysis } from './use-followed-analysis';

// The viewer and all that computes come when there is something to show.
const ResultWorkbench = dynamic(() => import('./result-workbench').then((module) => module.ResultWorkbench), {
  ssr: false,
  loading: () => <Sentence>Opening the result.</Sentence>,
});

/** An analysis at its own address, in whatever state it is. */
export function AnalysisView({ id }: { id: string }) {
  const { followed, follow } = useFollowedAnalysis(id);
  switch (followed.step) {
    case 'asking':
      return <Sentence>Looking for the analysis.</Sentence>;
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
      const { analysis } = followed;
      if (analysis.state === 'done')
        return <ResultWorkbench key={analysis.id + analysis.created_at} analysis={analysis} />;
      return <WaitingView analysis={analysis} onChange={follow} />;
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
      <h1 className="font-semibold text-2xl tracking-tight">There is no analysis at this address</h1>
      <p className="text-pretty text-muted">
        It was deleted, or its time was up: images and results are kept for a while only, and then every trace of them
        goes. Or the address has a slip in it.
      </p>
      <Link href="/" className={buttonClass('primary')}>
        Analyse an image
      </Link>
    </div>
  );
}
