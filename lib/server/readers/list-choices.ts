import 'server-only';
import type { SlideChoices } from '@/lib/contracts/analysis';
import type { SlideSource } from './slide-source';

/** Images of one file that are listed; no brightfield file has as many. */
const MAX_IMAGES = 500;

/** Formats of slide scanners and of whole slides, by the names that readers give them. */
const SLIDE_FORMATS: readonly string[] = [
  '3DHISTECH MIRAX',
  'Aperio SVS',
  'DICOM',
  'Hamamatsu NDPI',
  'Leica SCN',
  'Olympus VSI',
  'PerkinElmer QPTIFF',
  'Trestle',
  'Ventana BIF',
  'Zeiss CZI',
];

/** Whether a file is a slide and no plain picture, whatever its size: by its format, or because it holds a pyramid. */
export const isSlide = ({ format, levels }: Pick<SlideSource, 'format' | 'levels'>): boolean =>
  levels.length > 1 || SLIDE_FORMATS.includes(format);

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
