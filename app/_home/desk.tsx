import { ProblemNotice } from '@/app/_components/problem-notice';
import { StageFrame } from '@/app/_components/stage-frame';
import { ResultView } from '@/app/analyses/_result/result-view';
import { RESOLUTIONS, type Resolution } from '@/lib/contracts/options';
import type { AnalysisState } from './analysis-state';
import { PreviewStage } from './preview-stage';
import { ProgressRail } from './progress-rail';
import { SetupRail } from './setup-rail';
import { usePreview } from './use-preview';

type DeskProps = {
  file: File;
  state: AnalysisState;
  onResolution: (resolution: Resolution) => void;
  onStart: () => void;
  onCancel: () => void;
  onChoose: () => void;
  onDismiss: () => void;
};

/** Everything that needs an image: loaded when there is one. */
export function Desk({ file, state, onResolution, onStart, onCancel, onChoose, onDismiss }: DeskProps) {
  const preview = usePreview(file);
  const { run, resolution, problem } = state;

  if (run.step === 'done')
    return (
      <ResultView
        result={run.result}
        fileName={file.name}
        originalUrl={preview.status === 'ready' ? preview.preview.url : null}
        notice={problem && <ProblemNotice problem={problem} />}
        onAnother={onDismiss}
      />
    );

  return (
    <StageFrame
      stage={
        <PreviewStage state={preview} micronsPerPixel={RESOLUTIONS[resolution]} isDimmed={run.step !== 'waiting'} />
      }
      rail={
        run.step === 'waiting' ? (
          <SetupRail
            file={file}
            preview={preview}
            resolution={resolution}
            problem={problem}
            onResolution={onResolution}
            onStart={onStart}
            onChoose={onChoose}
          />
        ) : (
          <ProgressRail file={file} run={run} onCancel={onCancel} />
        )
      }
    />
  );
}
