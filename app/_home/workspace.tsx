'use client';

import dynamic from 'next/dynamic';
import type { ReactNode } from 'react';
import { EmptyStage } from './empty-stage';
import { useAnalysis } from './use-analysis';
import { useImageDrop } from './use-image-drop';

const Desk = dynamic(() => import('./desk').then((module) => module.Desk));

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

  return (
    <div {...getRootProps({ className: 'relative flex min-h-dvh flex-col', tabIndex: -1 })}>
      <input {...getInputProps({ 'aria-label': 'Image file' })} />
      {header}
      <main className="pb-8">
        {state.file ? (
          <Desk
            file={state.file}
            state={state}
            onResolution={pickResolution}
            onStart={start}
            onCancel={cancel}
            onChoose={open}
            onDismiss={dismiss}
          />
        ) : (
          <>
            {welcome}
            <EmptyStage maxBytes={maxBytes} problem={state.problem} onChoose={open} />
            {below}
          </>
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
