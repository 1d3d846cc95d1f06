import { StageFrame } from '@/app/_components/stage-frame';
import { t } from '@/app/_text/t';
import type { Slide } from '@/lib/contracts/slide';
import { Overview } from './_viewer/overview';

/** A slide from the first second: all of it, small, while the viewer is on its way. */
export function FirstLook({ slide, isWhole }: { slide: Slide; isWhole: boolean }) {
  return (
    <StageFrame
      isTall
      stage={
        <div className="flex min-h-0 flex-1 flex-col">
          {/* As high as the bars of the view and of the tools. */}
          <div className="h-22.25 shrink-0 border-stage-line border-b sm:h-11.25" />
          {slide.may_edit && <div className="h-11.25 shrink-0 border-stage-line border-b" />}
          <div className="relative min-h-0 flex-1">{isWhole && <Overview slide={slide} />}</div>
        </div>
      }
      rail={
        <p role="status" className="text-muted text-sm">
          {t('Opening the slide.')}
        </p>
      }
    />
  );
}
