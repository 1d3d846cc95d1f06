import Link from 'next/link';
import { useState } from 'react';
import { ProblemNotice } from '@/app/_components/problem-notice';
import { RailHeading } from '@/app/_components/rail-heading';
import { StageFrame } from '@/app/_components/stage-frame';
import { StagePicture } from '@/app/_components/stage-picture';
import { Button, buttonClass } from '@/app/_components/ui/button';
import { ProgressBar } from '@/app/_components/ui/progress-bar';
import { useLabel, useTabTitle } from '@/app/_components/use-label';
import { useThumbnail } from '@/app/_start/use-thumbnail';
import { t } from '@/app/_text/t';
import { cancelAnalysis, retryAnalysis } from '@/lib/client/analyses';
import { sentenceOf } from '@/lib/client/sentence-of';
import type { Analysis, AnalysisSource } from '@/lib/contracts/analysis';
import { RESOLUTIONS } from '@/lib/contracts/picture-choice';
import { describeProgress, titleOf } from './progress-text';

type WaitingViewProps = { analysis: Analysis; onChange: () => void };

/** Shows the progress of an analysis, or why it has stopped. */
export function WaitingView({ analysis, onChange }: WaitingViewProps) {
  // Seen where the tab is in the background.
  const [label] = useLabel({ kind: 'analysis', id: analysis.id });
  useTabTitle([titleOf(analysis), label]);
  return (
    <StageFrame
      stage={
        analysis.source ? (
          <WaitingPicture analysis={analysis} source={analysis.source} />
        ) : (
          <p className="m-auto max-w-sm px-6 text-center text-stage-muted">{t('The image is still on its way.')}</p>
        )
      }
      rail={<WaitingRail analysis={analysis} onChange={onChange} />}
    />
  );
}

function WaitingPicture({ analysis: { id, started }, source }: { analysis: Analysis; source: AnalysisSource }) {
  const thumbnail = useThumbnail(id, source.thumbnail.url);
  const atFullResolution =
    started?.microns_per_pixel ??
    (started?.resolution ? RESOLUTIONS[started.resolution] : (source.microns_per_pixel ?? RESOLUTIONS['20x']));
  return (
    <StagePicture
      {...thumbnail}
      alt={t('The image')}
      width={source.width}
      height={source.height}
      micronsPerPixel={atFullResolution * (source.selection?.downsample ?? 1)}
      isDimmed
    />
  );
}

function WaitingRail({ analysis, onChange }: WaitingViewProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const ask = (work: (id: string) => Promise<unknown>) => () => {
    setProblem(null);
    work(analysis.id).then(onChange, (error) => setProblem(sentenceOf(error)));
  };
  return (
    <>
      {problem && <ProblemNotice problem={problem} />}
      <StateOf analysis={analysis} onCancel={ask(cancelAnalysis)} onRetry={ask(retryAnalysis)} />
    </>
  );
}

type StateProps = { analysis: Analysis; onCancel: () => void; onRetry: () => void };

function StateOf({ analysis, onCancel, onRetry }: StateProps) {
  const { state, problem, can_retry: canRetry } = analysis;
  if (state === 'uploading')
    return (
      <>
        <RailHeading>{t('Waiting for the image')}</RailHeading>
        <p className="text-muted">{t('The page where you chose it is still sending it. Keep that page open.')}</p>
      </>
    );
  if (state === 'failed' || state === 'cancelled')
    return (
      <>
        <RailHeading>{state === 'failed' ? t('The analysis failed') : t('The analysis was cancelled')}</RailHeading>
        {state === 'failed' && <ProblemNotice problem={problem?.detail ?? t('The server gave no reason.')} />}
        <div className="flex flex-wrap gap-3">
          {canRetry && <Button onClick={onRetry}>{t('Try again')}</Button>}
          <Link href="/" className={buttonClass('secondary')}>
            {t('Analyse another image')}
          </Link>
        </div>
      </>
    );
  const { label, detail, fraction } = describeProgress(analysis);
  return (
    <>
      <div>
        <RailHeading>{t('Analysing')}</RailHeading>
        <p className="mt-1 text-muted">
          {t('You can close this page. The analysis goes on, and its result will be at this address.')}
        </p>
      </div>
      <div>
        <ProgressBar label={label} fraction={fraction} />
        <p className="mt-2 min-h-6 text-muted text-sm">{detail}</p>
      </div>
      {analysis.may_edit && (
        <Button look="secondary" onClick={onCancel}>
          {t('Cancel')}
        </Button>
      )}
    </>
  );
}
