import samples from '@/public/samples/samples.json';
import slides from '@/public/samples/slides.json';

/** A shipped picture of the gallery; being simulated, its true counts are known. */
export type Sample = (typeof samples)[number];

/** In the order of the gallery. */
export const SAMPLES: readonly Sample[] = samples;

/** What an analysis' `sample` names; null when it is an upload, or of a version that shipped other samples. */
export function findSample(name: string | null): Sample | null {
  return SAMPLES.find((sample) => sample.name === name) ?? null;
}

/** The true numbers of a sample's membranes, shares in %; null where it shows none. */
export const membranesOf = (sample: Sample) => ('membranes' in sample ? (sample.membranes ?? null) : null);

/** By what samples state; `none` is H&E. */
const MARKERS = {
  Ki67: 'ki67',
  ER: 'er',
  PR: 'pr',
  p53: 'p53',
  CD3: 'cd3',
  CD8: 'cd8',
  CD138: 'cd138',
  HER2: 'her2',
  'PD-L1': 'pdl1',
  none: 'he',
} as const;

/** What a sample is stained for, as the API names it. */
export const markerOf = ({ marker }: Pick<Sample, 'marker'>) => MARKERS[marker as keyof typeof MARKERS];

/** A shipped slide of the gallery, with what is true of it. Lengths in pixels of the full resolution. */
export type SlideSample = (typeof slides)[number];

export const SLIDE_SAMPLES: readonly SlideSample[] = slides;

/** What a slide's `sample` names; null when it is an upload, or of a version that shipped other samples. */
export function findSlideSample(name: string | null): SlideSample | null {
  return SLIDE_SAMPLES.find((sample) => sample.name === name) ?? null;
}
