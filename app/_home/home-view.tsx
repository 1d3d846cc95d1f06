'use client';

import dynamic from 'next/dynamic';
import { type ReactNode, useState } from 'react';
import { imageFiles } from '@/app/_batch/image-files';
import { isZip, unzipImages } from '@/app/_batch/unzip-images';
import { t } from '@/app/_text/t';
import { EmptyStage } from './empty-stage';
import { EXAMPLE_SAMPLE } from './example-sample';
import { whyNot } from './format';
import { Gallery } from './gallery';
import { RecentList } from './recent-list';
import { SlideGallery } from './slide-gallery';
import { useBatchStart } from './use-batch-start';
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
  header: ReactNode;
  /** Shown until an image is chosen. */
  welcome: ReactNode;
  below: ReactNode;
  footer: ReactNode;
};

/** The home page, from the choice of an image until the server has checked it. A file can be dropped anywhere on it. */
export function HomeView(props: HomeViewProps) {
  const { maxBytes, formats, keepHours } = props;
  const { state, take, cancel, reject } = useIntake();
  const beginBatch = useBatchStart(reject);
  const [isOpening, setOpening] = useState(false);
  const terms = useTerms(props.termsCookie, (files) => {
    const [file] = files;
    if (files.length > 1) void beginBatch(files);
    else if (file) void takeOne(file);
  });
  /** One image, or an archive of several. */
  async function takeOne(file: File) {
    setOpening(isZip(file));
    const pictures = await unzipImages(file);
    setOpening(false);
    await (pictures ? beginBatch(pictures) : take({ kind: 'file', file }));
  }
  const { getRootProps, getInputProps, open, openCamera, openFolder, isDragActive } = useImageDrop((dropped) => {
    const files = imageFiles(dropped);
    const [file] = files;
    if (isOpening || state.step === 'sending' || state.step === 'checking') return;
    if (!file) return reject(t('There is no image among these files.'));
    const problem = whyNot(files, maxBytes);
    if (problem) reject(problem);
    else terms.submit(files);
  });

  return (
    <div {...getRootProps({ className: 'relative flex min-h-dvh flex-col', tabIndex: -1 })}>
      <input {...getInputProps({ 'aria-label': t('Image file') })} />
      {props.header}
      <main className="pb-8">
        {state.step === 'waiting' ? (
          <>
            {props.welcome}
            <EmptyStage
              {...{ maxBytes, formats }}
              problem={state.problem}
              isOpening={isOpening}
              onChoose={open}
              onFolder={openFolder}
              onCamera={openCamera}
              onGuide={() => EXAMPLE_SAMPLE && take({ kind: 'sample', sample: EXAMPLE_SAMPLE, isGuided: true })}
            />
            <RecentList />
            <Gallery onOpen={(sample) => take({ kind: 'sample', sample })} />
            <SlideGallery />
            {props.below}
          </>
        ) : (
          <ChosenImage state={state} onCancel={cancel} onChoose={open} onRetry={take} />
        )}
      </main>
      {props.footer}
      {terms.isAsking && <TermsDialog isOpen keepHours={keepHours} onAccept={terms.accept} onDecline={terms.decline} />}
      {isDragActive && (
        <div className="pointer-events-none fixed inset-0 z-10 grid place-items-center bg-stage/85 text-stage-ink">
          <p className="rounded-xl border-2 border-stage-accent border-dashed px-10 py-8 text-xl">
            {t('Drop one image or many here')}
          </p>
        </div>
      )}
    </div>
  );
}
