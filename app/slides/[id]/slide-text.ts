import type { Slide, SlideDescription } from '@/lib/contracts/slide';
import { wholeText } from '@/lib/contracts/whole-text';

const HOUR_MS = 3_600_000;
const WEEK_HOURS = 7 * 24;

/** The size of a slide in pixels, and in mm where the pixel size is known. */
export function sizeText({ width, height, microns_per_pixel: size }: SlideDescription): string {
  const pixels = `${wholeText(width)} x ${wholeText(height)} px`;
  if (size === null) return pixels;
  const mm = (side: number) => Number(((side * size) / 1000).toPrecision(3));
  return `${pixels}, ${mm(width)} x ${mm(height)} mm`;
}

/** Hours from now for which a slide can be kept, up to a week; 0 where that would not be longer than it is kept anyway. */
export function hoursToAdd(slide: Pick<Slide, 'expires_at' | 'latest_expiry'>, now: number): number {
  const most = Math.floor((Date.parse(slide.latest_expiry) - now) / HOUR_MS);
  const hours = Math.min(WEEK_HOURS, most);
  return now + hours * HOUR_MS > Date.parse(slide.expires_at) + HOUR_MS ? hours : 0;
}
