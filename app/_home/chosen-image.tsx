import { ProblemNotice } from '@/app/_components/problem-notice';
import { RailHeading } from '@/app/_components/rail-heading';
import { StageFrame } from '@/app/_components/stage-frame';
import { StagePicture } from '@/app/_components/stage-picture';
import { Button } from '@/app/_components/ui/button';
import { t } from '@/app/_text/t';
import { type IntakeState, nameOf, type Subject } from './intake-state';
import { SendingRail } from './sending-rail';
import { usePreview } from './use-preview';

type ChosenImageProps = {
  state: Exclude<IntakeState, { step: 'waiting' }>;
  onCancel: () => void;
  onChoose: () => void;
  onRetry: (subject: Subject) => void;
};

/** The page once an image is chosen. Its code is loaded then. */
export function ChosenImage({ state, onCancel, onChoose, onRetry }: ChosenImageProps) {
  const { subject } = state;
  switch (state.step) {
    case 'sending':
    case 'checking':
      return (
        <StageFrame
          stage={<LocalPicture subject={subject} />}
          rail={<SendingRail state={state} onCancel={onCancel} />}
        />
      );
    case 'refused':
      return (
        <StageFrame
          stage={<LocalPicture subject={subject} />}
          rail={
            <>
              <div>
                <RailHeading>{t('This image was not taken')}</RailHeading>
                <p className="wrap-anywhere mt-1 text-muted">{nameOf(subject)}</p>
              </div>
              <ProblemNotice problem={state.problem} />
              <div className="flex flex-wrap gap-3">
                {state.canRetry && <Button onClick={() => onRetry(subject)}>{t('Try again')}</Button>}
                <Button look={state.canRetry ? 'secondary' : 'primary'} onClick={onChoose}>
                  {t('Choose another image')}
                </Button>
                <Button look="secondary" onClick={onCancel}>
                  {t('Back')}
                </Button>
              </div>
            </>
          }
        />
      );
  }
}

/** The picture as the browser shows it, until the server has a thumbnail. */
function LocalPicture({ subject }: { subject: Subject }) {
  const preview = usePreview(subject.kind === 'file' ? subject.file : null);
  if (subject.kind === 'sample') {
    const { file, width, height } = subject.sample;
    return <StagePicture url={`/samples/${file}`} alt={t('The sample')} width={width} height={height} isDimmed />;
  }
  if (preview.status === 'ready') return <StagePicture {...preview.preview} alt={t('The chosen image')} isDimmed />;
  return (
    <p className="m-auto max-w-sm px-6 text-center text-stage-muted">
      {preview.status === 'reading' ? t('Reading the image') : t('This browser cannot show this file.')}
    </p>
  );
}
