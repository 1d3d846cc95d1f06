import { useState } from 'react';
import { ProblemNotice } from '@/app/_components/problem-notice';
import { RailHeading } from '@/app/_components/rail-heading';
import { StageFrame } from '@/app/_components/stage-frame';
import { StagePicture } from '@/app/_components/stage-picture';
import { Button } from '@/app/_components/ui/button';
import { useLabel } from '@/app/_components/use-label';
import { richText, t } from '@/app/_text/t';
import { startAnalysis } from '@/lib/client/analyses';
import { markAccepted } from '@/lib/client/moments';
import { sentenceOf } from '@/lib/client/sentence-of';
import type { Analysis, AnalysisSource, LikelyMagnification } from '@/lib/contracts/analysis';
import { wholeText } from '@/lib/contracts/whole-text';
import { findSample, markerOf } from '@/lib/samples';
import { estimateSeconds, formatEstimate, type Speed } from './estimate';
import { micronsOf, type PixelSizeChoice, presetFor, startBody } from './pixel-size-choice';
import { PixelSizeField } from './pixel-size-field';
import { SlideForm } from './slide-form';
import { useLikelyMagnification } from './use-likely-magnification';
import { useThumbnail } from './use-thumbnail';

type StartFormProps = {
  /** In the state `ready`. */
  analysis: Analysis;
  source: AnalysisSource;
  speed: Speed;
  /** A problem from outside this form. */
  notice?: string | null;
  onStarted: () => void;
  /** Called with the id of the slide that the file becomes. */
  onSlide: (id: string) => void;
  onCancel: () => void;
};

/** What is to be said of a file before it is analysed. A slide leads to its own page. */
export function StartForm({ onSlide, ...props }: StartFormProps) {
  const { analysis, source, notice, onCancel } = props;
  // The file's name, if this browser sent it.
  const [label] = useLabel({ kind: 'analysis', id: analysis.id });
  const name = label || undefined;
  if (!source.slide) return <ImageForm {...props} name={name} />;
  const { slide } = source;
  return <SlideForm analysis={analysis.id} {...{ source, slide, name, notice, onCancel }} onOpened={onSlide} />;
}

type ImageFormProps = Omit<StartFormProps, 'onSlide'> & { name: string | undefined };

/** The thumbnail and the choice of pixel size. A wrong choice shows on the scale bar. */
function ImageForm({ analysis, source, name, speed, notice, onStarted, onCancel }: ImageFormProps) {
  const sample = findSample(analysis.sample);
  const thumbnail = useThumbnail(analysis.id, source.thumbnail.url);
  const inFile = source.microns_per_pixel;
  const known = sample?.micronsPerPixel ?? inFile;
  const likely = useLikelyMagnification(known === null ? analysis.id : null);
  const [chosen, setChosen] = useState<PixelSizeChoice | null>(null);
  const choice = chosen ?? (likely?.resolution ? { name: likely.resolution, typed: '' } : presetFor(known));
  const [isStarting, setStarting] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const micronsPerPixel = micronsOf(choice);
  const shown = problem ?? notice;

  function start() {
    setStarting(true);
    setProblem(null);
    const body = { ...startBody(choice, inFile), ...(sample && { scoring: { marker: markerOf(sample) } }) };
    startAnalysis(analysis.id, body).then(
      () => {
        markAccepted();
        onStarted();
      },
      (error) => {
        setStarting(false);
        setProblem(sentenceOf(error));
      },
    );
  }

  return (
    <StageFrame
      stage={
        <StagePicture
          {...thumbnail}
          alt={t('The chosen image')}
          width={source.width}
          height={source.height}
          {...(micronsPerPixel !== null && { micronsPerPixel })}
          isDimmed={isStarting}
        />
      }
      rail={
        <>
          <div>
            <RailHeading>{t('Check and start')}</RailHeading>
            <p className="wrap-anywhere mt-1 text-muted">
              {`${name ?? sample?.title ?? t('Your image')}, ${wholeText(source.width)} x ${wholeText(source.height)} px`}
            </p>
          </div>
          {shown && <ProblemNotice problem={shown} />}
          <PixelSizeField choice={choice} onChange={setChosen}>
            {sample
              ? t('This sample has {size} µm/px.', { size: sample.micronsPerPixel })
              : inFile === null
                ? `${t('The file states no pixel size.')} ${wordsFor(likely)}`
                : t('The file states {size} µm/px ({source}).', {
                    size: Number(inFile.toPrecision(4)),
                    source: source.microns_per_pixel_source,
                  })}{' '}
            {t('Check it on the scale bar: most nuclei are 6 to 12 µm wide.')}
          </PixelSizeField>
          {micronsPerPixel === null ? (
            choice.name === null && <p>{t('Choose the magnification, then start.')}</p>
          ) : (
            <p data-testid="estimate">
              {richText('Takes {time}<muted> when the server has nothing else to do.</muted>', {
                time: formatEstimate(estimateSeconds(source, micronsPerPixel, speed)),
                muted: (words) => (
                  <span key="muted" className="text-muted">
                    {words}
                  </span>
                ),
              })}
            </p>
          )}
          <div className="flex flex-wrap gap-3">
            <Button
              className="grow disabled:cursor-default disabled:opacity-60"
              disabled={isStarting || micronsPerPixel === null}
              onClick={start}
            >
              {t('Start')}
            </Button>
            <Button look="secondary" onClick={onCancel}>
              {t('Cancel')}
            </Button>
          </div>
        </>
      }
    />
  );
}

function wordsFor(likely: LikelyMagnification | null): string {
  if (likely === null) return t('Looking at its nuclei.');
  const { resolution, nucleus_diameter_px: diameter } = likely;
  if (resolution === null || diameter === null)
    return t('Its nuclei do not tell the magnification, so it is yours to choose.');
  return t('Looks like {resolution}: nuclei are about {diameter} px across.', {
    resolution,
    diameter: Math.round(diameter),
  });
}
