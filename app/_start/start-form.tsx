import { useState } from 'react';
import { ProblemNotice } from '@/app/_components/problem-notice';
import { RailHeading } from '@/app/_components/rail-heading';
import { StageFrame } from '@/app/_components/stage-frame';
import { StagePicture } from '@/app/_components/stage-picture';
import { Button } from '@/app/_components/ui/button';
import { startAnalysis } from '@/lib/client/analyses';
import { sentenceOf } from '@/lib/client/sentence-of';
import type { Analysis, AnalysisSource } from '@/lib/contracts/analysis';
import { MICRONS_PER_PIXEL_RANGE } from '@/lib/contracts/options';
import { findSample } from '@/lib/samples';
import { estimateSeconds, formatEstimate, type Speed } from './estimate';
import { KeepSlideLink } from './keep-slide-link';
import { micronsOf, type PixelSizeChoice, presetFor, startBody } from './pixel-size-choice';
import { PixelSizeField } from './pixel-size-field';
import { RegionBox } from './region-box';
import { SlideFields } from './slide-fields';
import { UnnamedChannels } from './unnamed-channels';
import { useSlidePart } from './use-slide-part';
import { useThumbnail } from './use-thumbnail';

type StartFormProps = {
  /** In the state `ready`. */
  analysis: Analysis;
  source: AnalysisSource;
  /** File name, if this page knows it. */
  name?: string;
  speed: Speed;
  /** A problem from outside this form. */
  notice?: string | null;
  onStarted: () => void;
  onCancel: () => void;
};

/** The thumbnail and the choice of pixel size. A wrong choice shows on the scale bar. */
export function StartForm({ analysis, source: first, name, speed, notice, onStarted, onCancel }: StartFormProps) {
  const sample = findSample(analysis.sample);
  const { source, part, downsample, size, body, isShowing, problem: partProblem } = useSlidePart(analysis.id, first);
  const thumbnail = useThumbnail(analysis.id, source.thumbnail.url);
  const inFile = source.microns_per_pixel;
  // Pixel size of the shown image. Other images of the file may state other sizes.
  const [edited, setEdited] = useState<{ of: number | null; choice: PixelSizeChoice } | null>(null);
  const choice = edited && edited.of === inFile ? edited.choice : presetFor(sample?.micronsPerPixel ?? inFile);
  const [isStarting, setStarting] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const micronsPerPixel = micronsOf(choice);
  const shown = problem ?? partProblem ?? notice;
  const isTooCoarse = micronsPerPixel !== null && micronsPerPixel * downsample > MICRONS_PER_PIXEL_RANGE.max * 1.01;

  function start() {
    setStarting(true);
    setProblem(null);
    startAnalysis(analysis.id, { ...startBody(choice, inFile), ...body }).then(onStarted, (error) => {
      setStarting(false);
      setProblem(sentenceOf(error));
    });
  }

  return (
    <StageFrame
      stage={
        <StagePicture
          {...thumbnail}
          alt="The chosen image"
          width={source.width}
          height={source.height}
          {...(micronsPerPixel !== null && { micronsPerPixel })}
          isDimmed={isStarting || isShowing}
        >
          {part?.region && (
            <RegionBox region={part.region} width={source.width} height={source.height} onChange={part.setRegion} />
          )}
        </StagePicture>
      }
      rail={
        <>
          <div>
            <RailHeading>Check and start</RailHeading>
            <p className="wrap-anywhere mt-1 text-muted">
              {name ?? sample?.title ?? 'Your image'}, {source.width} x {source.height} px
            </p>
          </div>
          {shown && <ProblemNotice problem={shown} />}
          {part && <SlideFields part={part} micronsPerPixel={micronsPerPixel} isDisabled={isStarting || isShowing} />}
          {part && part.isRgb !== null && (
            <UnnamedChannels isRgb={part.isRgb} isDisabled={isStarting || isShowing} onChange={part.setRgb} />
          )}
          <PixelSizeField choice={choice} onChange={(next) => setEdited({ of: inFile, choice: next })}>
            {sample
              ? `This sample has ${sample.micronsPerPixel} µm/px.`
              : inFile === null
                ? 'The file states no pixel size.'
                : `The file states ${Number(inFile.toPrecision(4))} µm/px (${source.microns_per_pixel_source}).`}{' '}
            Check it on the scale bar: most nuclei are 6 to 12 µm wide.
          </PixelSizeField>
          {micronsPerPixel !== null && (
            <p data-testid="estimate">
              Takes {formatEstimate(estimateSeconds(size, micronsPerPixel * downsample, speed))}
              <span className="text-muted"> when the server has nothing else to do.</span>
            </p>
          )}
          <div className="flex flex-wrap gap-3">
            <Button
              className="grow disabled:cursor-default disabled:opacity-60"
              disabled={isStarting || isShowing || micronsPerPixel === null || isTooCoarse || part?.isRgb === false}
              onClick={start}
            >
              Start
            </Button>
            <Button look="secondary" onClick={onCancel}>
              Cancel
            </Button>
          </div>
          {part && (
            <KeepSlideLink
              analysis={analysis.id}
              chosen={{ series: part.slide.series, plane: part.slide.plane, ...(part.isRgb && { channels: 'rgb' }) }}
              isDisabled={isStarting || isShowing || part.isRgb === false}
            />
          )}
        </>
      }
    />
  );
}
