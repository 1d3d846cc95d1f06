import { StagePicture } from '@/app/_components/stage-picture';
import type { PreviewState } from './use-preview';

type PreviewStageProps = { state: PreviewState; micronsPerPixel: number; isDimmed: boolean };

/** The chosen image on the stage. */
export function PreviewStage({ state, micronsPerPixel, isDimmed }: PreviewStageProps) {
  if (state.status === 'ready')
    return (
      <StagePicture {...state.preview} alt="The chosen image" micronsPerPixel={micronsPerPixel} isDimmed={isDimmed} />
    );
  return (
    <p className="m-auto max-w-sm px-6 text-center text-stage-muted">
      {state.status === 'reading'
        ? 'Reading the image'
        : 'This browser cannot show this file. The server reads more kinds.'}
    </p>
  );
}
