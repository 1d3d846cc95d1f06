'use client';

import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { lazy, Suspense, useEffect } from 'react';
import { ProblemNotice } from '@/app/_components/problem-notice';
import { Button, buttonClass } from '@/app/_components/ui/button';
import { useTabTitle } from '@/app/_components/use-label';
import type { Speed } from '@/app/_start/estimate';
import { t } from '@/app/_text/t';
import { deleteAnalysis } from '@/lib/client/analyses';
import { browserMemory, readLabel, rememberRecent } from '@/lib/client/recent';
import { browserStorage, dropAllKept } from './_result/drafts';
import { FirstLook } from './first-look';
import { useAnalysis } from './use-analysis';

// Each state loads what it shows: the viewer and the preview only when there is a result.
const StartForm = lazy(() => import('@/app/_start/start-form').then((module) => ({ default: module.StartForm })));
const WaitingView = lazy(() => import('./_waiting/waiting-view').then((module) => ({ default: module.WaitingView })));
const ResultScreen = lazy(() => import('./result-screen').then((module) => ({ default: module.ResultScreen })));

/** The page of one analysis, in any of its states. */
export function AnalysisView(of: { id: string; speed: Speed }) {
  return (
    <Suspense fallback={<Sentence>{t('Opening the analysis.')}</Sentence>}>
      <StateView {...of} />
    </Suspense>
  );
}

function StateView({ id, speed }: { id: string; speed: Speed }) {
  const { followed, follow } = useAnalysis(id);
  const router = useRouter();
  function openSlide(slide: string) {
    const memory = browserMemory();
    rememberRecent(memory, { kind: 'slide', id: slide, label: readLabel(memory, id)?.label ?? t('Slide') });
    router.push(`/slides/${slide}`);
  }
  switch (followed.step) {
    case 'asking':
      return <Sentence>{t('Looking for the analysis.')}</Sentence>;
    case 'missing':
      return <Missing id={id} />;
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
      const { analysis } = followed;
      if (analysis.state === 'done')
        // A new run may be over before it is first seen.
        return (
          <Suspense key={analysis.id + analysis.result?.revision} fallback={<FirstLook analysis={analysis} />}>
            <ResultScreen analysis={analysis} onRestarted={follow} />
          </Suspense>
        );
      if (analysis.state === 'ready' && !analysis.may_edit)
        return <Sentence>{t('The analysis is not started yet. Whoever has the edit link starts it.')}</Sentence>;
      if (analysis.state === 'ready' && analysis.source)
        return (
          <StartForm
            analysis={analysis}
            source={analysis.source}
            speed={speed}
            onStarted={follow}
            onSlide={openSlide}
            onCancel={() => discard(id).then(() => router.push('/'))}
          />
        );
      return <WaitingView analysis={analysis} onChange={follow} />;
    }
  }
}

/** Deletes an upload that is not started. If that fails, the server deletes it when its keeping time is over. */
const discard = (id: string) => deleteAnalysis(id).catch(() => undefined);

function Sentence({ children }: { children: string }) {
  return (
    <p role="status" className="px-4 py-20 text-center text-muted">
      {children}
    </p>
  );
}

function Missing({ id }: { id: string }) {
  useTabTitle([t('Deleted or expired')]);
  useEffect(() => dropAllKept(browserStorage(), id), [id]);
  return (
    <div className="mx-auto w-full max-w-xl space-y-5 px-4 py-20 sm:px-6">
      <h1 className="font-semibold text-2xl tracking-tight">{t('There is no analysis at this address')}</h1>
      <p className="text-pretty text-muted">
        {t(
          'It was deleted, it has expired, or the address is wrong. Images and results are kept for a limited time and then deleted completely.',
        )}
      </p>
      <Link href="/" className={buttonClass('primary')}>
        {t('Analyse an image')}
      </Link>
    </div>
  );
}
