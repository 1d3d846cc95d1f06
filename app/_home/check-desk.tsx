import { useState } from 'react';
import { ProblemNotice } from '@/app/_components/problem-notice';
import { RailHeading } from '@/app/_components/rail-heading';
import { StageFrame } from '@/app/_components/stage-frame';
import { StagePicture } from '@/app/_components/stage-picture';
import { Button } from '@/app/_components/ui/button';
import type { StartAnalysis } from '@/lib/contracts/analysis';
import { estimateSeconds, formatEstimate, type Speed } from './estimate';
import { type IntakeState, nameOf } from './intake-state';
import { micronsOf, presetFor, startBody } from './pixel-size';
import { PixelSizeField } from './pixel-size-field';

type CheckDeskProps = {
  state: Extract<IntakeState, { step: 'ready' }>;
  speed: Speed;
  onStart: (body: StartAnalysis) => void;
  onCancel: () => void;
};

/** What the server made of the image, and how large its pixels are: a wrong choice shows on the scale bar. */
export function CheckDesk({ state, speed, onStart, onCancel }: CheckDeskProps) {
  const { subject, analysis, isStarting, problem } = state;
  const { source } = analysis;
  const inFile = source?.microns_per_pixel ?? null;
  const stated = subject.kind === 'sample' ? subject.sample.micronsPerPixel : inFile;
  const [choice, setChoice] = useState(() => presetFor(stated));
  const micronsPerPixel = micronsOf(choice);
  if (!source) return null;

  return (
    <StageFrame
      stage={
        <StagePicture
          url={source.thumbnail.url}
          alt="The chosen image"
          width={source.width}
          height={source.height}
          {...(micronsPerPixel !== null && { micronsPerPixel })}
          isDimmed={isStarting}
        />
      }
      rail={
        <>
          <div>
            <RailHeading>Check and start</RailHeading>
            <p className="wrap-anywhere mt-1 text-muted">
              {nameOf(subject)}, {source.width} x {source.height} px
            </p>
          </div>
          {problem && <ProblemNotice problem={problem} />}
          <PixelSizeField choice={choice} onChange={setChoice}>
            {subject.kind === 'sample'
              ? `This sample was drawn at ${stated} µm/px.`
              : inFile === null
                ? 'The file states no pixel size.'
                : `The file states ${Number(inFile.toPrecision(4))} µm/px (${source.microns_per_pixel_source}).`}
          </PixelSizeField>
          {micronsPerPixel !== null && (
            <p data-testid="estimate">
              Takes {formatEstimate(estimateSeconds(source, micronsPerPixel, speed))}
              <span className="text-muted"> when the server has nothing else to do.</span>
            </p>
          )}
          <div className="flex flex-wrap gap-3">
            <Button
              className="grow disabled:cursor-default disabled:opacity-60"
              disabled={isStarting || micronsPerPixel === null}
              onClick={() => onStart(startBody(choice, inFile))}
            >
              Start
            </Button>
            <Button look="secondary" onClick={onCancel}>
              Cancel
            </Button>
          </div>
        </>
      }
    />
  );
}
