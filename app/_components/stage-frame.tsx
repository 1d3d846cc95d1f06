import type { ReactNode } from 'react';

type StageFrameProps = {
  stage: ReactNode;
  rail: ReactNode;
  /** On a narrow screen the stage has most of the height: what is drawn on needs room. */
  isTall?: boolean;
};

/** The dark stage with a side panel, which is below it on a narrow screen, but for a phone that lies on its side. */
export function StageFrame({ stage, rail, isTall = false }: StageFrameProps) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] lg:grid-cols-[minmax(0,1fr)_min(23rem,42vw)] lg:gap-2 lg:pl-6 print:block! print:p-0 short:grid-cols-[minmax(0,1fr)_min(21rem,45vw)]">
      <div
        className={`flex ${isTall ? 'h-[72dvh] min-h-96 print:h-[13cm]!' : 'h-[54dvh] min-h-72 print:h-auto! print:overflow-visible print:bg-transparent'} flex-col overflow-hidden bg-stage text-stage-ink lg:sticky lg:top-4 lg:h-[calc(100dvh-5.5rem)] lg:min-h-[min(28rem,calc(100dvh-2rem))] lg:rounded-xl short:sticky short:top-0 short:h-dvh short:min-h-0 print:static! print:min-h-0! print:rounded-none!`}
      >
        {stage}
      </div>
      <div className="min-w-0 space-y-7 px-4 py-6 sm:px-6 lg:py-1 print:px-0 print:pt-4 print:pb-0">{rail}</div>
    </div>
  );
}
