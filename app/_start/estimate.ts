/** Speed of this server. */
export type Speed = {
  /** For one megapixel at the network's pixel size. */
  secondsPerMegapixel: number;
  /** The network's pixel size, µm. Images are resampled to it. */
  micronsPerPixel: number;
};

/** Reading, scoring and drawing of the smallest image. */
const OVERHEAD_SECONDS = 2;

/** Seconds for one image while nothing else runs. */
export function estimateSeconds(
  { width, height }: { width: number; height: number },
  micronsPerPixel: number,
  speed: Speed,
): number {
  const enlarged = (micronsPerPixel / speed.micronsPerPixel) ** 2;
  return OVERHEAD_SECONDS + ((width * height * enlarged) / 1e6) * speed.secondsPerMegapixel;
}

/** `about 20 s`, `about 3 min`. Rounded, since it is an estimate. */
export function formatEstimate(seconds: number): string {
  if (seconds < 60) return `about ${Math.ceil(seconds / 5) * 5} s`;
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min`;
  return `about ${Math.round(seconds / 3600)} h`;
}
