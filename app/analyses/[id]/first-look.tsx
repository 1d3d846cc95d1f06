import { useEffect } from 'react';
import { StageFrame } from '@/app/_components/stage-frame';
import { StagePicture } from '@/app/_components/stage-picture';
import { useThumbnail } from '@/app/_start/use-thumbnail';
import { t } from '@/app/_text/t';
import { markMoment } from '@/lib/client/moments';
import type { Analysis } from '@/lib/contracts/analysis';
import { HeadlineText } from './_panels/score/headline-text';
import { browserStorage } from './_result/drafts';
import { readHeadline } from './_result/headline';
import { headlineOf, membraneLeadOf } from './_result/shown-numbers';

/** A finished analysis from the first second: its thumbnail and its number, while the script of the result is on its way. */
export function FirstLook({ analysis }: { analysis: Analysis }) {
  const headline = readHeadline(browserStorage());
  useEffect(() => markMoment('number'), []);
  return (
    <StageFrame
      stage={<FirstStage analysis={analysis} />}
      rail={
        <div className="space-y-3.5">
          <HeadlineText
            numbers={headlineOf({ live: null, sketch: null, analysis, headline })}
            marker={analysis.scoring.marker ?? null}
            membrane={membraneLeadOf({ live: null, analysis, marker: analysis.scoring.marker ?? null })}
            density={null}
            isBehind
          />
          <p role="status" className="text-muted text-sm">
            {t('Opening the result.')}
          </p>
        </div>
      }
    />
  );
}

/** The stage while the viewer is on its way. */
export function FirstStage({ analysis }: { analysis: Analysis }) {
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      {/* As high as the bars of the view and of the tools. */}
      <div className={`${analysis.may_edit ? 'h-33.5' : 'h-11.25'} shrink-0 border-stage-line border-b`} />
      <div className="relative flex min-h-0 flex-1">
        <FirstPicture analysis={analysis} />
      </div>
    </div>
  );
}

/** The thumbnail on the stage. */
export function FirstPicture({ analysis: { id, source } }: { analysis: Analysis }) {
  const thumbnail = useThumbnail(id, source?.thumbnail.url ?? '');
  if (!source) return null;
  return <StagePicture {...thumbnail} alt={t('The image')} width={source.width} height={source.height} />;
}
