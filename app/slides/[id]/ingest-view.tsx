import Link from 'next/link';
import { useState } from 'react';
import { ProblemNotice } from '@/app/_components/problem-notice';
import { RailHeading } from '@/app/_components/rail-heading';
import { StageFrame } from '@/app/_components/stage-frame';
import { Button, buttonClass } from '@/app/_components/ui/button';
import { ProgressBar } from '@/app/_components/ui/progress-bar';
import { t } from '@/app/_text/t';
import { sentenceOf } from '@/lib/client/sentence-of';
import { cancelIngest, ingestSlide } from '@/lib/client/slides';
import type { Slide } from '@/lib/contracts/slide';
import { describeIngest } from './ingest-text';
import { PictureChoice } from './picture-choice';

type IngestViewProps = { slide: Slide; onChange: () => void };

/** Shows how the copy of a slide is written, asks which picture is meant, or says why there is none. */
export function IngestView({ slide, onChange }: IngestViewProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const ask = (work: () => Promise<unknown>) => {
    setProblem(null);
    work().then(onChange, (error) => setProblem(sentenceOf(error)));
  };
  return (
    <StageFrame
      stage={
        <p className="m-auto max-w-sm px-6 text-center text-stage-muted">
          {t('The slide appears here when its copy is written.')}
        </p>
      }
      rail={
        <>
          {problem && <ProblemNotice problem={problem} />}
          <StateOf slide={slide} ask={ask} />
        </>
      }
    />
  );
}

function StateOf({ slide, ask }: { slide: Slide; ask: (work: () => Promise<unknown>) => void }) {
  const { id, state, problem, choices, can_retry: canRetry } = slide;
  if (state === 'uploading')
    return (
      <>
        <RailHeading>{t('Waiting for the file')}</RailHeading>
        <p className="text-muted">{t('It is still being sent. What was sent of it is kept, and can be sent on.')}</p>
      </>
    );
  if (state === 'choosing' && !slide.may_edit)
    return (
      <>
        <RailHeading>{t('Waiting for a choice')}</RailHeading>
        <p className="text-muted">{t('The file holds several images. Whoever has the edit link chooses one.')}</p>
      </>
    );
  if (state === 'choosing' && choices)
    return <PictureChoice choices={choices} onChoose={(chosen) => ask(() => ingestSlide(id, chosen))} />;
  if (state === 'failed' || state === 'cancelled')
    return (
      <>
        <RailHeading>{state === 'failed' ? t('The slide could not be kept') : t('The slide was not kept')}</RailHeading>
        {state === 'failed' && <ProblemNotice problem={problem?.detail ?? t('The server gave no reason.')} />}
        <div className="flex flex-wrap gap-3">
          {canRetry && slide.may_edit && <Button onClick={() => ask(() => ingestSlide(id))}>{t('Try again')}</Button>}
          <Link href="/" className={buttonClass('secondary')}>
            {t('Open another')}
          </Link>
        </div>
      </>
    );
  const { label, detail, fraction } = describeIngest(slide);
  return (
    <>
      <div>
        <RailHeading>{t('Taking in the slide')}</RailHeading>
        <p className="mt-1 text-pretty text-muted">
          {t(
            'One copy is kept, without names, labels and texts of the file. You can close this page: the slide will be at this address.',
          )}
        </p>
      </div>
      <div>
        <ProgressBar label={label} fraction={fraction} />
        <p className="mt-2 min-h-6 text-muted text-sm">{detail}</p>
      </div>
      {slide.may_edit && (
        <Button look="secondary" onClick={() => ask(() => cancelIngest(id))}>
          {t('Cancel')}
        </Button>
      )}
    </>
  );
}
