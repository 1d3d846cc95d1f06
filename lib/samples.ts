import samples from '@/public/samples/samples.json';

/** A shipped picture of the gallery; being simulated, its true counts are known. */
export type Sample = (typeof samples)[number];

/** In the order of the gallery. */
export const SAMPLES: readonly Sample[] = samples;

/** What an analysis' `sample` names; null when it is an upload, or of a version that shipped other samples. */
export function findSample(name: string | null): Sample | null {
  return SAMPLES.find((sample) => sample.name === name) ?? null;
}
