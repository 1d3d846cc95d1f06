'use client';

import { type ReactNode, useMemo, useState } from 'react';
import { RailHeading } from '@/app/_components/rail-heading';
import { StageFrame } from '@/app/_components/stage-frame';
import { Button } from '@/app/_components/ui/button';
import type { InferResult } from '@/lib/contracts/infer';
import { readPngSize } from './png';
import { ProvenanceList } from './provenance-list';
import { ResultStage } from './result-stage';
import { SaveList } from './save-list';
import { ScorePanel } from './score-panel';
import { usePictureUrls } from './use-picture-urls';
import { type ViewName, viewsOf } from './views';

type ResultViewProps = {
  result: InferResult;
  fileName: string;
  /** The image itself, where the browser can draw it. */
  originalUrl: string | null;
  notice: ReactNode;
  onAnother: () => void;
};

/** A finished analysis: the pictures on the stage, the numbers and files beside it. */
export function ResultView({ result, fileName, originalUrl, notice, onAnother }: ResultViewProps) {
  const [view, setView] = useState<ViewName>('SegOverlaid');
  const urls = usePictureUrls(result.images);
  const size = useMemo(() => readPngSize(Object.values(result.images)[0]), [result]);
  const views = viewsOf(result.images, originalUrl !== null);
  return (
    <StageFrame
      stage={
        <ResultStage
          views={views}
          view={view}
          onView={setView}
          url={view === 'Original' ? originalUrl : (urls[view] ?? null)}
          size={size}
          micronsPerPixel={result.provenance.microns_per_pixel}
        />
      }
      rail={
        <>
          <div>
            <RailHeading>Result</RailHeading>
            <p className="wrap-anywhere mt-1 text-muted">{fileName}</p>
          </div>
          {notice}
          {result.scoring && <ScorePanel scoring={result.scoring} interval={result.percent_pos_interval} />}
          {result.warnings.length > 0 && (
            <ul className="space-y-2 border-dab border-l-3 pl-4">
              {result.warnings.map((warning) => (
                <li key={warning}>{warning}</li>
              ))}
            </ul>
          )}
          <SaveList result={result} urls={urls} views={views} fileName={fileName} />
          <ProvenanceList result={result} />
          <Button look="secondary" onClick={onAnother}>
            Analyse another image
          </Button>
        </>
      }
    />
  );
}
