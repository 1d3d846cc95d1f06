'use client';

import dynamic from 'next/dynamic';
import type { ReactNode } from 'react';
import type { Speed } from '@/app/_start/estimate';
import { EmptyStage } from './empty-stage';
import { whyNot } from './format';
import { Gallery } from './gallery';
import { useImageDrop } from './use-image-drop';
import { useIntake } from './use-intake';
import { type TermsCookie, useTerms } from './use-terms';

const ChosenImage = dynamic(() => import('./chosen-image').then((module) => module.ChosenImage));
const TermsDialog = dynamic(() => import('./terms-dialog').then((module) => module.TermsDialog));

type HomeViewProps = {
  maxBytes: number;
  /** Formats that this server reads, as text. */
  formats: string;
  keepHours: number;
  termsCookie: TermsCookie;
  speed: Speed;
  header: ReactNode;
  /** Shown until an image is chosen. */
  welcome: ReactNode;
  below: ReactNode;
  footer: ReactNode;
};

/** The home page, from the choice of an image to the start of its analysis. A file can be dropped anywhere on it. */
export function HomeView(props: HomeViewProps) {
  const { maxBytes, formats, keepHours, speed } = props;
  const { state, take, follow, cancel, reject } = useIntake();
  const terms = useTerms(props.termsCookie, (file) => take({ kind: 'file', file }));
  const { getRootProps, getInputProps, open, openCamera, isDragActive } = useImageDrop((files) => {
    const [file] = files;
    if (!file || state.step === 'sending' || state.step === 'checking') return;
    const problem = whyNot(files, maxBytes);
    if (problem) reject(problem);
    else terms.submit(file);
  });

  return (
    <div {...getRootProps({ className: 'relative flex min-h-dvh flex-col', tabIndex: -1 })}>
      <input {...getInputProps({ 'aria-label': 'Image file' })} />
      {props.header}
      <main className="pb-8">
        {state.step === 'waiting' ? (
          <>
            {props.welcome}
            <EmptyStage {...{ maxBytes, formats }} problem={state.problem} onChoose={open} onCamera={openCamera} />
            <Gallery onOpen={(sample) => take({ kind: 'sample', sample })} />
            {props.below}
          </>
        ) : (
          <ChosenImage
            state={state}
            speed={speed}
            onStarted={follow}
            onCancel={cancel}
            onChoose={open}
            onRetry={take}
          />
        )}
      </main>
      {props.footer}
      {terms.isAsking && <TermsDialog isOpen keepHours={keepHours} onAccept={terms.accept} onDecline={terms.decline} />}
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
