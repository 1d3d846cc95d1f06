import { useState } from 'react';
import { ProblemNotice } from '@/app/_components/problem-notice';
import { RailHeading } from '@/app/_components/rail-heading';
import { StageFrame } from '@/app/_components/stage-frame';
import { StagePicture } from '@/app/_components/stage-picture';
import { Button } from '@/app/_components/ui/button';
import { t } from '@/app/_text/t';
import { showImage } from '@/lib/client/analyses';
import { sentenceOf } from '@/lib/client/sentence-of';
import { keepAsSlide } from '@/lib/client/slides';
import type { AnalysisSource, SlideChoices } from '@/lib/contracts/analysis';
import { wholeText } from '@/lib/contracts/whole-text';
import { imageOf, type PictureChosen, PictureFields } from './picture-fields';
import { useThumbnail } from './use-thumbnail';

type SlideFormProps = {
  /** An analysis whose file is a slide; the file is not sent again. */
  analysis: string;
  source: AnalysisSource;
  slide: SlideChoices;
  /** File name, if this page knows it. */
  name?: string | undefined;
  notice?: string | null | undefined;
  /** Called with the id of the slide's edit link. */
  onOpened: (id: string) => void;
  onCancel: () => void;
};

/** The thumbnail of a slide, the choice among the pictures of its file, and the way to its page. */
export function SlideForm({
  analysis,
  source: first,
  slide: offered,
  name,
  notice,
  onOpened,
  onCancel,
}: SlideFormProps) {
  const [source, setSource] = useState(first);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  /** Images whose unnamed channels a person has called red, green and blue. */
  const [rgb, setRgb] = useState<ReadonlySet<number>>(new Set());
  const thumbnail = useThumbnail(analysis, source.thumbnail.url);
  const { images, series, plane } = source.slide ?? offered;
  const isUnnamed = imageOf(images, { series })?.channels === 'unnamed';
  const isRgb = rgb.has(series);
  const shown = problem ?? notice;

  async function work(ask: () => Promise<void>) {
    setBusy(true);
    setProblem(null);
    try {
      await ask();
    } catch (error) {
      setProblem(sentenceOf(error));
    }
    setBusy(false);
  }
  const show = (chosen: PictureChosen) =>
    work(async () => {
      const { source: next } = await showImage(analysis, chosen);
      if (next) setSource(next);
    });
  const open = () =>
    work(async () => {
      const { id } = await keepAsSlide(analysis, { series, plane, ...(isRgb && { channels: 'rgb' as const }) });
      onOpened(id);
    });
  return (
    <StageFrame
      stage={
        <StagePicture
          {...thumbnail}
          alt={t('The chosen image')}
          width={source.width}
          height={source.height}
          {...(source.microns_per_pixel !== null && { micronsPerPixel: source.microns_per_pixel })}
          isDimmed={isBusy}
        />
      }
      rail={
        <>
          <div>
            <RailHeading>{t('This file is a slide')}</RailHeading>
            <p className="wrap-anywhere mt-1 text-muted">
              {`${name ?? t('Your slide')}, ${wholeText(source.width)} x ${wholeText(source.height)} px`}
            </p>
            <p className="mt-1 text-pretty text-muted text-sm">
              {t(
                'One copy of it is kept, without names and labels, at an address of its own. There you draw regions and score them, or all of it.',
              )}
            </p>
          </div>
          {shown && <ProblemNotice problem={shown} />}
          <PictureFields
            images={images}
            chosen={{ series, plane }}
            isRgb={isRgb}
            isDisabled={isBusy}
            onChoose={show}
            onRgb={(is) => setRgb((before) => new Set([...before, series].filter((one) => is || one !== series)))}
          />
          <div className="flex flex-wrap gap-3">
            <Button
              className="grow disabled:cursor-default disabled:opacity-60"
              disabled={isBusy || (isUnnamed && !isRgb)}
              onClick={open}
            >
              {t('Open the slide')}
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
