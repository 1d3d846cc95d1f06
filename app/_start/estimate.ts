import { t } from '@/app/_text/t';

/** Speed of this server. */
export type Speed = {
  /** For one megapixel at the network's pixel size. */
  secondsPerMegapixel: number;
  /** The network's pixel size, µm. Images are resampled to it. */
  micronsPerPixel: number;
  /** The same of networks that pictures of some pixel sizes, µm, are shown to instead. */
  others: readonly { from: number; to: number; micronsPerPixel: number }[];
};

/** Reading, scoring and drawing of the smallest image. */
const OVERHEAD_SECONDS = 2;

/** Seconds for one image while nothing else runs. */
export function estimateSeconds(
  { width, height }: { width: number; height: number },
  micronsPerPixel: number,
  speed: Speed,
): number {
  const network = speed.others.find(({ from, to }) => from <= micronsPerPixel && micronsPerPixel <= to) ?? speed;
  const enlarged = (micronsPerPixel / network.micronsPerPixel) ** 2;
  return OVERHEAD_SECONDS + ((width * height * enlarged) / 1e6) * speed.secondsPerMegapixel;
}

/** `about 20 s`, `about 3 min`. Rounded, since it is an estimate. */
export function formatEstimate(seconds: number): string {
  if (seconds < 60) return t('about {seconds} s', { seconds: Math.ceil(seconds / 5) * 5 });
  if (seconds < 5400) return t('about {minutes} min', { minutes: Math.round(seconds / 60) });
  return t('about {hours} h', { hours: Math.round(seconds / 3600) });
}
