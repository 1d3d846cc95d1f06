/** How fast this server analyses. */
export type Speed = {
  /** Of one megapixel at the pixel size of the network. */
  secondsPerMegapixel: number;
  /** Pixel size that images are brought to, in µm. */
  micronsPerPixel: number;
};

/** Reading, scoring and drawing of even the smallest image. */
const OVERHEAD_SECONDS = 2;

/** Seconds that an image takes when nothing else runs. */
export function estimateSeconds(
  { width, height }: { width: number; height: number },
  micronsPerPixel: number,
  speed: Speed,
): number {
  const enlarged = (micronsPerPixel / speed.micronsPerPixel) ** 2;
  return OVERHEAD_SECONDS + ((width * height * enlarged) / 1e6) * speed.secondsPerMegapixel;
}

/** `about 20 s`, `about 3 min`: no more exact than it is. */
export function formatEstimate(seconds: number): string {
  if (seconds < 60) return `about ${Math.ceil(seconds / 5) * 5} s`;
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min`;
  return `about ${Math.round(seconds / 3600)} h`;
}
