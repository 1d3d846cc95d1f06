import { useState } from 'react';
import { showImage } from '@/lib/client/analyses';
import { sentenceOf } from '@/lib/client/sentence-of';
import type { AnalysisSource, SlideChoices, StartAnalysis } from '@/lib/contracts/analysis';
import type { SlideRegion } from '@/lib/contracts/options';
import { type ChoiceImage, fitRegion, levelOf, partBody, proposeRegion } from './slide-part';

/** The chosen part of a file with several pictures, or with one that is too large to analyse whole. */
export type SlideSelection = {
  slide: SlideChoices;
  image: ChoiceImage;
  level: number;
  /** null = the whole level. */
  region: SlideRegion | null;
  setLevel: (level: number) => void;
  setRegion: (region: SlideRegion) => void;
  show: (series: number, plane?: number) => void;
  /** Whether the user said that unnamed channels are RGB; null if the channels have names. */
  isRgb: boolean | null;
  setRgb: (isRgb: boolean) => void;
};

/** The pixels to analyse. The thumbnail shows the chosen image and plane. */
export function useSlidePart(id: string, first: AnalysisSource) {
  const [source, setSource] = useState(first);
  const [level, setLevel] = useState(0);
  const [region, setRegion] = useState(() => proposalFor(first, 0));
  const [isShowing, setShowing] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  /** Images whose unnamed channels the user called RGB. */
  const [rgb, setRgb] = useState<ReadonlySet<number>>(new Set());

  function toLevel(next: number) {
    setLevel(next);
    setRegion(proposalFor(source, next));
  }

  async function show(series: number, plane?: number) {
    setShowing(true);
    setProblem(null);
    try {
      const shown = (await showImage(id, { series, plane })).source;
      if (!shown) return;
      setSource(shown);
      if (series === source.slide?.series) return;
      setLevel(0);
      setRegion(proposalFor(shown, 0));
    } catch (error) {
      setProblem(sentenceOf(error));
    } finally {
      setShowing(false);
    }
  }

  const { slide } = source;
  const image = slide?.images.find(({ series }) => series === slide.series);
  const part: SlideSelection | null =
    slide && image
      ? {
          ...{ slide, image, level, region, setLevel: toLevel, show },
          isRgb: image.channels === 'unnamed' ? rgb.has(image.series) : null,
          setRgb: (isRgb) =>
            setRgb((before) => new Set([...before, image.series].filter((series) => isRgb || series !== image.series))),
          setRegion: (next) => setRegion(fitRegion(next, image, level, slide.max_pixels)),
        }
      : null;
  const downsample = image ? levelOf(image, level).downsample : 1;
  const whole = region ?? source;
  /** Size of what is analysed, at the chosen level. */
  const size = { width: Math.round(whole.width / downsample), height: Math.round(whole.height / downsample) };
  const body: StartAnalysis = slide
    ? { ...partBody(slide, level, region), ...(part?.isRgb && { channels: 'rgb' as const }) }
    : {};
  return { source, part, downsample, size, body, isShowing, problem };
}

function proposalFor({ slide }: AnalysisSource, level: number): SlideRegion | null {
  const image = slide?.images.find(({ series }) => series === slide.series);
  return slide && image ? proposeRegion(image, level, slide.max_pixels) : null;
}
