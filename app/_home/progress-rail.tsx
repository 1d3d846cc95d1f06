import { RailHeading } from '@/app/_components/rail-heading';
import { Button } from '@/app/_components/ui/button';
import { ProgressBar } from '@/app/_components/ui/progress-bar';
import type { TaskStatus } from '@/lib/contracts/task';
import type { Run } from './analysis-state';
import { formatBytes } from './format';

type Running = Extract<Run, { step: 'sending' | 'analysing' }>;

/** What is being done right now; every number is the server's or the browser's own. */
export function ProgressRail({ file, run, onCancel }: { file: File; run: Running; onCancel: () => void }) {
  const { label, detail, fraction } = run.step === 'sending' ? sending(file, run.fraction) : analysing(run.status);
  return (
    <>
      <div>
        <RailHeading>Analysing</RailHeading>
        <p className="wrap-anywhere mt-1 text-muted">{file.name}</p>
      </div>
      <div>
        <ProgressBar label={label} fraction={fraction} />
        <p className="mt-2 min-h-6 text-muted text-sm">{detail}</p>
      </div>
      <Button look="secondary" onClick={onCancel}>
        Cancel
      </Button>
    </>
  );
}

function sending(file: File, fraction: number) {
  const detail = `${formatBytes(Math.round(file.size * fraction))} of ${formatBytes(file.size)}`;
  return { label: 'Sending the image', detail, fraction };
}

const STAGE_LABELS = {
  reading: 'Reading the image',
  inferring: 'Inferring the stains',
  scoring: 'Counting nuclei',
  encoding: 'Drawing the pictures',
} as const satisfies Record<NonNullable<TaskStatus['stage']>, string>;

function analysing(status: TaskStatus | null) {
  if (status === null || status.state === 'PENDING') {
    const ahead = status?.queue_position ?? 0;
    const detail = ahead > 0 ? `${ahead} ${ahead === 1 ? 'analysis' : 'analyses'} before yours` : '';
    return { label: 'Waiting for its turn', detail, fraction: null };
  }
  const { stage = 'reading', tiles, tiles_done: done = 0 } = status;
  const detail = stage === 'inferring' && tiles ? `${done} of ${tiles} ${tiles === 1 ? 'tile' : 'tiles'}` : '';
  return { label: STAGE_LABELS[stage], detail, fraction: status.progress };
}
