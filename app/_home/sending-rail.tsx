import { RailHeading } from '@/app/_components/rail-heading';
import { Button } from '@/app/_components/ui/button';
import { ProgressBar } from '@/app/_components/ui/progress-bar';
import { formatBytes } from './format';
import { type IntakeState, nameOf } from './intake-state';

type SendingRailProps = { state: Extract<IntakeState, { step: 'sending' | 'checking' }>; onCancel: () => void };

/** Progress of the upload. The fraction is the share of bytes that are sent. */
export function SendingRail({ state, onCancel }: SendingRailProps) {
  const { subject } = state;
  return (
    <>
      <div>
        <RailHeading>{subject.kind === 'file' ? 'Sending the image' : 'Opening the sample'}</RailHeading>
        <p className="wrap-anywhere mt-1 text-muted">{nameOf(subject)}</p>
      </div>
      {state.step === 'sending' && subject.kind === 'file' ? (
        <div>
          <ProgressBar label="Sent" fraction={state.fraction} />
          <p className="mt-2 text-muted text-sm">
            {formatBytes(Math.round(subject.file.size * state.fraction))} of {formatBytes(subject.file.size)}
          </p>
        </div>
      ) : (
        <div>
          <ProgressBar label="The server checks the image" fraction={null} />
          {state.step === 'checking' && state.delay && (
            <p role="status" className="mt-2 text-muted text-sm">
              {state.delay} This page repeats it automatically.
            </p>
          )}
        </div>
      )}
      <Button look="secondary" onClick={onCancel}>
        Cancel
      </Button>
    </>
  );
}
