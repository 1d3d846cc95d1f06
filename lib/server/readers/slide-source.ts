import 'server-only';
import type { SlideRegion } from '@/lib/contracts/picture-choice';
import { AppError } from '@/lib/errors';
import { type Raster, sharedRaster } from '@/lib/imaging/raster';
import { getEnv } from '@/lib/server/env';
import sharp from '@/lib/server/images/limited-sharp';
import { type PixelSides, squareSize } from '@/lib/server/images/pixel-sides';
import type { Warning } from '@/lib/warnings';

/** One step of the pyramid; index 0 is full resolution. `downsample` is level-0 pixels per pixel of this level. */
export type SlideLevel = { width: number; height: number; downsample: number };

/** Which part of the file states the pixel size. */
export type PixelSizeOrigin =
  | 'OME-XML'
  | 'Aperio description'
  | 'ImageJ description'
  | 'TIFF resolution'
  | 'PNG pHYs'
  | 'JPEG density'
  | 'image resolution'
  | 'DICOM pixel spacing'
  | 'format metadata';
export type StatedPixelSize = { micronsPerPixel: number; statedBy: PixelSizeOrigin };

/** An image of the file that can be chosen. Labels and macro images are never among them. */
export type SlideImage = {
  series: number;
  width: number;
  height: number;
  /** Number of focal planes. */
  planes: number;
  levels: readonly SlideLevel[];
  pixelSize: StatedPixelSize | null;
  isBrightfield: boolean;
  /** Its three channels have no names. It is brightfield only if a person says so. */
  isUnnamed: boolean;
};

/** Which image of a file is meant. */
export type ImageChoice = {
  /** By default the largest brightfield image. */
  series?: number | undefined;
  /** Focal plane, from 0. By default the middle of the stack. */
  plane?: number | undefined;
  /** Set when a person says that three channels without names are red, green and blue. */
  channels?: 'rgb' | undefined;
};

/** A file that a reader has open. Several of its images may be read at the same time. */
export interface OpenSlide {
  /**
   * Picks an image and a focal plane. Reads nothing from the file, and needs no closing.
   *
   * @throws AppError `invalid_option` for an image that the file does not have, `unreadable_image` when it has none
   */
  choose(choice: ImageChoice): SlideSource;
  /**
   * Tells the slide that nobody reads it for now. It calls `giveUp` when another slide needs a place that it holds;
   * `giveUp` must lead to `close`.
   */
  rest(giveUp: () => void): void;
  /** Ends the rest. Called before the next read. */
  resume(): void;
  close(): Promise<void>;
}

/** One image of an open slide at one focal plane. An ordinary picture is a slide of one image. */
export interface SlideSource {
  readonly reader: 'common' | 'bioformats' | 'openslide';
  /** Name of the format, for people. */
  readonly format: string;
  readonly width: number;
  readonly height: number;
  readonly levels: readonly SlideLevel[];
  readonly pixelSize: StatedPixelSize | null;
  /** Of the objective, where the file states it. For display only. */
  readonly magnification: number | null;
  /** All images that can be chosen, this one among them. */
  readonly images: readonly SlideImage[];
  readonly series: number;
  /** The focal plane, from 0. */
  readonly plane: number;
  /** Doubts about the file, and about the pixels that have been read so far. */
  readonly warnings: readonly Warning[];
  /**
   * Reads a region as RGB in shared memory, reduced by `downsample` (>= 1) to round(width / downsample) x
   * round(height / downsample) pixels. Decodes the region alone, at the nearest finer level.
   *
   * @throws AppError `invalid_option` for a region outside the slide, `image_too_large` for one over the pixel limit,
   *   `unreadable_image` for a damaged file.
   */
  readRegion(region: SlideRegion, downsample: number): Promise<Raster>;
}

/** Reads a rectangle of one level, in that level's pixels, as RGB. */
export type ReadLevel = (level: number, rectangle: SlideRegion) => Promise<Raster>;

/** Implements `SlideSource.readRegion` for readers that read one level at a time. */
export async function readFromLevels(
  levels: readonly SlideLevel[],
  read: ReadLevel,
  region: SlideRegion,
  downsample: number,
): Promise<Raster> {
  assertInside(region, levelAt(levels, 0), downsample);
  // Sizes are rounded, so a level's downsample may be a little above the one that is asked for.
  const level = Math.max(
    0,
    levels.findLastIndex((candidate) => candidate.downsample <= downsample * 1.01),
  );
  const rectangle = toLevel(region, levelAt(levels, level));
  assertWithinLimit(rectangle);
  const pixels = await read(level, rectangle);
  const { width, height } = sizeAt(region, downsample);
  if (pixels.width === width && pixels.height === height) return pixels;
  const resized = await sharp(pixels.data, { raw: { width: pixels.width, height: pixels.height, channels: 3 } })
    .resize(width, height, { fit: 'fill' })
    .raw()
    .toBuffer();
  const reduced = sharedRaster(width, height, 3);
  reduced.data.set(resized);
  return reduced;
}

/** The level of this number, 0 the finest. @throws RangeError for one that the slide does not have */
export function levelAt<Level>(levels: readonly Level[], index: number): Level {
  const level = levels[index];
  if (level === undefined) throw new RangeError(`Level ${index} of ${levels.length} was asked for.`);
  return level;
}

/** The pixels of a level that a region covers or touches. */
function toLevel(region: SlideRegion, { width, height, downsample }: SlideLevel): SlideRegion {
  const x = Math.min(Math.floor(region.x / downsample), width - 1);
  const y = Math.min(Math.floor(region.y / downsample), height - 1);
  const right = Math.min(width, Math.ceil((region.x + region.width) / downsample));
  const bottom = Math.min(height, Math.ceil((region.y + region.height) / downsample));
  return { x, y, width: Math.max(1, right - x), height: Math.max(1, bottom - y) };
}

/** The size of a region after it is reduced. */
export function sizeAt(region: { width: number; height: number }, downsample: number) {
  const reduce = (side: number) => Math.max(1, Math.round(side / downsample));
  return { width: reduce(region.width), height: reduce(region.height) };
}

/** @throws AppError `invalid_option` */
export function assertInside(
  { x, y, width, height }: SlideRegion,
  whole: { width: number; height: number },
  downsample: number,
): void {
  const isWhole = [x, y, width, height].every(Number.isInteger);
  const isInside =
    x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= whole.width && y + height <= whole.height;
  if (isWhole && isInside && downsample >= 1 && Number.isFinite(downsample)) return;
  throw new AppError(
    'invalid_option',
    `The region of ${width} x ${height} pixels at ${x}, ${y} does not lie in the image, which has ${whole.width} x ${whole.height}.`,
    { fields: [{ pointer: '/region', detail: `must lie in ${whole.width} x ${whole.height} pixels` }] },
  );
}

/** The refusal of a choice that the file does not offer. */
export const noSuch = (option: 'series' | 'plane' | 'level', detail: string) =>
  new AppError('invalid_option', detail, { fields: [{ pointer: `/${option}`, detail }] });

/** @throws AppError `image_too_large` for more pixels than may be held at once */
export function assertWithinLimit({ width, height }: { width: number; height: number }): void {
  const limit = getEnv().limits.pixels;
  if (width * height <= limit) return;
  throw new AppError(
    'image_too_large',
    `An image may have ${limit} pixels (${limit / 1e6} megapixels), this one has ${width} x ${height} = ${width * height}. Send a region of it.`,
  );
}

/** Makes levels of their sizes, finest first. */
export function toLevels(sizes: readonly { width: number; height: number }[]): SlideLevel[] {
  const full = sizes[0]?.width ?? 0;
  return sizes.map(({ width, height }) => ({ width, height, downsample: full / width }));
}

/** The sides of a pixel in µm as a file states them. Where the second is missing it equals the first. */
export const sidesOf = (x: number | null | undefined, y: number | null | undefined): PixelSides | null =>
  x ? { x, y: y || x, isRatio: false } : null;

/** The pixel size, or null where the pixels are not square or no microscope has such a size. */
export function statedPixelSize(sides: PixelSides | null, statedBy: PixelSizeOrigin): StatedPixelSize | null {
  const micronsPerPixel = squareSize(sides);
  return micronsPerPixel === null ? null : { micronsPerPixel, statedBy };
}

/** Marks refusals, since each route's bundle has a class of its own. */
const BRAND = Symbol.for('restain.Refusal');

/** The reason why a reader does not read a file. `open-slide` makes one error of these reasons. */
export class Refusal extends Error {
  readonly [BRAND] = true;

  /** True for refusals of every bundle: the reading process is shared, and throws the class of the first bundle. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  /** Whether the reason is a whole sentence for the user, to which nothing is added. */
  readonly isFinal: boolean;
  /** Of a reading process, for the kind of failure. */
  readonly code: string | null;

  constructor(reason: string, options: { isFinal?: boolean; code?: string; cause?: unknown } = {}) {
    super(reason, { cause: options.cause });
    this.isFinal = options.isFinal ?? false;
    this.code = options.code ?? null;
  }
}

/** Refuses an image that is not brightfield. */
export function notBrightfield(format: string, channels: number, planes: number): Refusal {
  const what =
    channels > 1 ? `${channels} fluorescence channels` : `1 grey channel${planes > 1 ? ` in ${planes} planes` : ''}`;
  return new Refusal(`This ${format} file holds ${what}. Restain reads brightfield images (RGB).`, { isFinal: true });
}
