import { RailHeading } from '@/app/_components/rail-heading';
import { Button } from '@/app/_components/ui/button';
import { ProgressBar } from '@/app/_components/ui/progress-bar';
import { t } from '@/app/_text/t';
import { formatBytes } from './format';
import { type IntakeState, nameOf } from './intake-state';

type SendingRailProps = { state: Extract<IntakeState, { step: 'sending' | 'checking' }>; onCancel: () => void };

/** Progress of the upload. The fraction is the share of bytes that are sent. */
export function SendingRail({ state, onCancel }: SendingRailProps) {
  const { subject } = state;
  return (
    <>
      <div>
        <RailHeading>{subject.kind === 'file' ? t('Sending the image') : t('Opening the sample')}</RailHeading>
        <p className="wrap-anywhere mt-1 text-muted">{nameOf(subject)}</p>
      </div>
      {state.step === 'sending' && subject.kind === 'file' ? (
        <div>
          <ProgressBar label={t('Sent')} fraction={state.fraction} />
          <p className="mt-2 text-muted text-sm">
            {t('{sent} of {all}', {
              sent: formatBytes(Math.round(subject.file.size * state.fraction)),
              all: formatBytes(subject.file.size),
            })}
          </p>
        </div>
      ) : (
        <div>
          <ProgressBar label={t('The server checks the image')} fraction={null} />
          {state.step === 'checking' && state.delay && (
            <p role="status" className="mt-2 text-muted text-sm">
              {state.delay} {t('This page repeats it automatically.')}
            </p>
          )}
        </div>
      )}
      <Button look="secondary" onClick={onCancel}>
        {t('Cancel')}
      </Button>
    </>
  );
}
