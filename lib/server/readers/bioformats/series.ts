import 'server-only';
import { z } from 'zod';
import { squareDoubts } from '@/lib/server/images/pixel-sides';
import type { Content } from '@/lib/server/readers/identify-content';
import {
  type ImageChoice,
  noSuch,
  notBrightfield,
  Refusal,
  type SlideImage,
  type StatedPixelSize,
  sidesOf,
  statedPixelSize,
  toLevels,
} from '@/lib/server/readers/slide-source';
import type { Warning } from '@/lib/warnings';

const Size = z.object({ width: z.int().min(1), height: z.int().min(1) });

/** An image of a file, as Bio-Formats describes it. */
export const Series = Size.extend({
  series: z.int().min(0),
  isSideImage: z.boolean(),
  z: z.int(),
  t: z.int(),
  channels: z.int(),
  samples: z.int(),
  type: z.string(),
  isPalette: z.boolean(),
  isRgbByName: z.boolean(),
  isUnnamed: z.boolean().default(false),
  micronsPerPixel: z.number().nullable(),
  micronsPerPixelY: z.number().nullable(),
  magnification: z.number().nullable(),
  levels: z.array(Size).min(1),
});
export type Series = z.infer<typeof Series>;

/** The answer of the reading process to `open`. */
export const Described = z.object({ format: z.string(), images: z.array(Series) });
export type Described = z.infer<typeof Described>;

/**
 * Chooses the image that is asked for, else the largest brightfield image.
 *
 * @param images - without labels and overviews
 * @throws Refusal, AppError `invalid_option`
 */
export function chooseSeries(images: readonly Series[], choice: ImageChoice, content: Content): Series {
  const name = content.name ?? 'image';
  const { series } = choice;
  const isTold = (image: Series) => image.isUnnamed && choice.channels === 'rgb';
  if (series !== undefined) {
    const asked = images.find((candidate) => candidate.series === series);
    const known = images.map((candidate) => candidate.series).join(', ');
    if (!asked) throw noSuch('series', `The file has no image ${series} that may be read; it has ${known || 'none'}.`);
    if (!isBrightfield(asked, content) && !isTold(asked)) throw refuse(name, asked);
    return asked;
  }
  const byArea = [...images].sort((a, b) => b.width * b.height - a.width * a.height);
  const best = byArea.find((candidate) => isBrightfield(candidate, content)) ?? byArea.find(isTold);
  if (best) return best;
  if (byArea[0]) throw refuse(name, byArea[0]);
  const reason = `This ${name} file holds no image but its label or overview, which are never read.`;
  throw new Refusal(reason, { isFinal: true });
}

function refuse(name: string, { samples, channels, isUnnamed, z: planes, t }: Series): Refusal {
  if (samples === 2) return new Refusal(`${name}: 2 samples a pixel, where 1, 3 or 4 are needed`);
  if (!isUnnamed) return notBrightfield(name, channels, planes * t);
  const sentence = `This ${name} file holds 3 channels without names, which might be fluorescence. ${SAY_RGB}`;
  return new Refusal(sentence, { isFinal: true });
}

/** What a person or a program can do. */
const SAY_RGB = 'If they are the red, green and blue of a brightfield picture, send channels=rgb.';

/** RGB in any form is brightfield. A single grey plane is only in a format that has no channels. */
function isBrightfield(image: Series, content: Content): boolean {
  if (image.samples >= 3 || image.isPalette || image.isRgbByName) return true;
  return content.isPhotograph && image.samples === 1 && image.channels === 1 && image.z * image.t === 1;
}

/**
 * Checks that Bio-Formats found the picture of a plain TIFF: where smaller pages come first, it may know these alone.
 *
 * @throws Refusal
 */
export function assertPicture({ width, height }: Series, { tiff }: Content): void {
  if (!tiff || tiff.isMicroscope || tiff.picture.isFirst) return;
  if (tiff.picture.width === width && tiff.picture.height === height) return;
  const { picture } = tiff;
  throw new Refusal(
    `the picture of ${picture.width} x ${picture.height} pixels lies behind a smaller one of ${width} x ${height}, where it is not read`,
  );
}

export const describeSeries = (image: Series, content: Content, { channels }: ImageChoice): SlideImage => ({
  series: image.series,
  width: image.width,
  height: image.height,
  planes: image.z,
  levels: toLevels(image.levels),
  pixelSize: pixelSizeOf(image, content),
  isBrightfield: isBrightfield(image, content) || (image.isUnnamed && channels === 'rgb'),
  isUnnamed: image.isUnnamed,
});

/** For the first image the size that the file's directories state; for others the one that Bio-Formats found. */
export function pixelSizeOf(
  { series, micronsPerPixel, micronsPerPixelY }: Series,
  content: Content,
): StatedPixelSize | null {
  const byReader = statedPixelSize(sidesOf(micronsPerPixel, micronsPerPixelY), 'format metadata');
  if (series !== 0) return byReader;
  // Bio-Formats takes a plain TIFF's resolution without a unit for micrometres.
  const isKnownByTags = content.tiff !== null && (content.isPhotograph || content.name === 'OME-TIFF');
  return isKnownByTags ? content.pixelSize : (content.pixelSize ?? byReader);
}

/** Doubts about the pixel size, from the same source as the size. */
export function doubtsOf({ series, micronsPerPixel, micronsPerPixelY }: Series, content: Content): Warning[] {
  const isOfContent =
    series === 0 && (content.tiff !== null || content.pixelSize !== null || content.warnings.length > 0);
  return isOfContent ? [...content.warnings] : squareDoubts(sidesOf(micronsPerPixel, micronsPerPixelY));
}
