import 'server-only';
import type { SlideChoices } from '@/lib/contracts/analysis';
import type { SlideSource } from './slide-source';

/** Images of one file that are listed; no brightfield file has as many. */
const MAX_IMAGES = 500;

/** Whether a file has several images or focal planes, or channels of which a person must say what they are. */
export function hasChoices({ images }: SlideSource): boolean {
  const readable = images.filter((image) => image.isBrightfield);
  return readable.length > 1 || readable.some(({ planes, isUnnamed }) => planes > 1 || isUnnamed);
}

/** What a file offers to choose from. */
export function choicesOf({ images, series, plane }: SlideSource): Omit<SlideChoices, 'max_pixels'> {
  const readable = images.filter((image) => image.isBrightfield).slice(0, MAX_IMAGES);
  return {
    images: readable.map((image) => ({
      series: image.series,
      width: image.width,
      height: image.height,
      microns_per_pixel: image.pixelSize?.micronsPerPixel ?? null,
      planes: image.planes,
      levels: [...image.levels],
      ...(image.isUnnamed && { channels: 'unnamed' as const }),
    })),
    series,
    plane,
  };
}
