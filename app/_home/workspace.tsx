'use client';

import type { ReactNode } from 'react';
import { ProblemNotice } from '@/app/_components/problem-notice';
import { StageFrame } from '@/app/_components/stage-frame';
import { ResultView } from '@/app/analyses/_result/result-view';
import { RESOLUTIONS } from '@/lib/contracts/options';
import { isRunning } from './analysis-state';
import { EmptyStage } from './empty-stage';
import { PreviewStage } from './preview-stage';
import { ProgressRail } from './progress-rail';
import { SetupRail } from './setup-rail';
import { useAnalysis } from './use-analysis';
import { useImageDrop } from './use-image-drop';
import { usePreview } from './use-preview';

type WorkspaceProps = {
  maxBytes: number;
  header: ReactNode;
  /** Above and below the empty stage, until an image is chosen. */
  welcome: ReactNode;
  below: ReactNode;
  footer: ReactNode;
};

/** The whole page, since all of it accepts a drop: one image from choosing it to its result. */
export function Workspace({ maxBytes, header, welcome, below, footer }: WorkspaceProps) {
  const { state, choose, start, cancel, dismiss, pickResolution } = useAnalysis(maxBytes);
  const { getRootProps, getInputProps, open, isDragActive } = useImageDrop(choose);
  const preview = usePreview(state.file);
  const { file, run, resolution, problem } = state;

  return (
    <div {...getRootProps({ className: 'relative flex min-h-dvh flex-col', tabIndex: -1 })}>
      <input {...getInputProps({ 'aria-label': 'Image file' })} />
      {header}
      <main className="pb-8">
        {file === null && (
          <>
            {welcome}
            <EmptyStage maxBytes={maxBytes} problem={problem} onChoose={open} />
            {below}
          </>
        )}
        {file !== null && run.step !== 'done' && (
          <StageFrame
            stage={<PreviewStage state={preview} micronsPerPixel={RESOLUTIONS[resolution]} isDimmed={isRunning(run)} />}
            rail={
              run.step === 'waiting' ? (
                <SetupRail
                  file={file}
                  preview={preview}
                  resolution={resolution}
                  problem={problem}
                  onResolution={pickResolution}
                  onStart={start}
                  onChoose={open}
                />
              ) : (
                <ProgressRail file={file} run={run} onCancel={cancel} />
              )
            }
          />
        )}
        {file !== null && run.step === 'done' && (
          <ResultView
            result={run.result}
            fileName={file.name}
            originalUrl={preview.status === 'ready' ? preview.preview.url : null}
            notice={problem && <ProblemNotice problem={problem} />}
            onAnother={dismiss}
          />
        )}
      </main>
      {footer}
      {isDragActive && (
        <div className="pointer-events-none fixed inset-0 z-10 grid place-items-center bg-stage/85 text-stage-ink">
          <p className="rounded-xl border-2 border-stage-accent border-dashed px-10 py-8 text-xl">
            Drop the image here
          </p>
        </div>
      )}
    </div>
  );
}
