import 'server-only';
import type { Raster } from '@/lib/imaging/raster';
import { type OpenOptions, openSlide } from './choose-reader';
import type { SlideInput } from './random-access';
import { assertWithinLimit, type SlideSource, type StatedPixelSize } from './slide-source';

/** What is known of an image before its pixels are decoded. */
export type ImageDescription = {
  width: number;
  height: number;
  format: string;
  reader: SlideSource['reader'];
  pixelSize: StatedPixelSize | null;
};

/**
 * Reads what an image or slide says of itself, and refuses what cannot be analysed whole.
 *
 * @throws AppError `unreadable_image` naming the readers tried, `image_too_large` above the pixel limit.
 */
export function describeImage(input: SlideInput, options: OpenOptions = {}): Promise<ImageDescription> {
  return withSlide(input, options, async (slide) => summarise(slide));
}

/** Decodes an image or the full resolution of a slide to RGB in shared memory. Throws as `describeImage` does. */
export function readImage(
  input: SlideInput,
  options: OpenOptions = {},
): Promise<ImageDescription & { raster: Raster }> {
  return withSlide(input, options, async (slide) => {
    const { width, height } = slide;
    return { ...summarise(slide), raster: await slide.readRegion({ x: 0, y: 0, width, height }, 1) };
  });
}

const summarise = ({ width, height, format, reader, pixelSize }: SlideSource): ImageDescription => ({
  width,
  height,
  format,
  reader,
  pixelSize,
});

async function withSlide<T>(
  input: SlideInput,
  options: OpenOptions,
  use: (slide: SlideSource) => Promise<T>,
): Promise<T> {
  const slide = await openSlide(input, options);
  try {
    assertWithinLimit(slide);
    return await use(slide);
  } finally {
    await slide.close();
  }
}
