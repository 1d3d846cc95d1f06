import 'server-only';
import type { SlideRegion } from '@/lib/contracts/options';
import { AppError } from '@/lib/errors';
import { type Raster, sharedRaster } from '@/lib/imaging/raster';
import { getEnv } from '@/lib/server/env';
import sharp from '@/lib/server/images/limited-sharp';
import { type PixelSides, squareSize } from '@/lib/server/images/pixel-sides';
import type { Warning } from '@/lib/warnings';

/** One step of the pyramid; index 0 is full resolution. `downsample` is level-0 pixels per pixel of this level. */
export type SlideLevel = { width: number; height: number; downsample: number };

/** Who in the file states the pixel size. */
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

/** A picture of the file that can be read; labels and macro images are not among them. */
export type SlideImage = {
  series: number;
  width: number;
  height: number;
  /** Focal planes. */
  planes: number;
  levels: readonly SlideLevel[];
  pixelSize: StatedPixelSize | null;
  isBrightfield: boolean;
  /** Its three channels have no names: brightfield by a person's word alone. */
  isUnnamed: boolean;
};

/** Which picture of a file is meant. */
export type Choice = {
  /** Left out: the largest brightfield image. */
  series?: number | undefined;
  /** Focal plane, from 0. Left out: the middle of the stack. */
  plane?: number | undefined;
  /** A person's word that three channels without names are red, green and blue. */
  channels?: 'rgb' | undefined;
};

/** A file that its reader has open. Several of its pictures may be read at the same time. */
export interface OpenSlide {
  /**
   * Nothing is read from the file for this, and nothing is to be closed after it.
   *
   * @throws AppError `invalid_option` for a picture that the file has not, `unreadable_image` when it has none to read
   */
  choose(choice: Choice): SlideSource;
  /**
   * Says that nobody reads the slide for now. `giveUp` is called when another slide needs a place that this one holds;
   * it must lead to `close`.
   */
  rest(giveUp: () => void): void;
  /** Ends the rest, before the next read. */
  resume(): void;
  close(): Promise<void>;
}

/** A picture of an open slide, or an ordinary picture seen as one. */
export interface SlideSource {
  readonly reader: 'common' | 'bioformats';
  /** Name of the format, for people. */
  readonly format: string;
  readonly width: number;
  readonly height: number;
  readonly levels: readonly SlideLevel[];
  readonly pixelSize: StatedPixelSize | null;
  /** Of the objective, where stated: for display only. */
  readonly magnification: number | null;
  /** What else could have been opened, this one among them. */
  readonly images: readonly SlideImage[];
  readonly series: number;
  /** The focal plane, 0-based, of the image's `planes`. */
  readonly plane: number;
  /** What the reader doubts so far: of the file once it is open, and of the pixels as they are read. */
  readonly warnings: readonly Warning[];
  /**
   * Reads a part of the slide as RGB in shared memory, reduced by `downsample` (>= 1): round(width / downsample) x round(height / downsample)
   * pixels. Only what the region covers, at the nearest finer level, is decoded.
   *
   * @throws AppError `invalid_option` for a region outside the slide, `image_too_large` for one over the pixel limit,
   *   `unreadable_image` for a damaged file.
   */
  readRegion(region: SlideRegion, downsample: number): Promise<Raster>;
}

/** What readers share: a rectangle of one level, in that level's pixels, as RGB. */
export type ReadLevel = (level: number, rectangle: SlideRegion) => Promise<Raster>;

/** `SlideSource.readRegion` over the levels of a pyramid. */
export async function readFromLevels(
  levels: readonly SlideLevel[],
  read: ReadLevel,
  region: SlideRegion,
  downsample: number,
): Promise<Raster> {
  assertInside(region, levelAt(levels, 0), downsample);
  // A rounded size may put a level's downsample a little above the asked one.
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

/** A level of those that a slide has, 0 the finest. */
export function levelAt<Level>(levels: readonly Level[], index: number): Level {
  const level = levels[index];
  if (level === undefined) throw new RangeError(`Level ${index} of ${levels.length} was asked for.`);
  return level;
}

/** The pixels of a level that a region covers, those it only touches among them. */
function toLevel(region: SlideRegion, { width, height, downsample }: SlideLevel): SlideRegion {
  const x = Math.min(Math.floor(region.x / downsample), width - 1);
  const y = Math.min(Math.floor(region.y / downsample), height - 1);
  const right = Math.min(width, Math.ceil((region.x + region.width) / downsample));
  const bottom = Math.min(height, Math.ceil((region.y + region.height) / downsample));
  return { x, y, width: Math.max(1, right - x), height: Math.max(1, bottom - y) };
}

/** How many pixels a region has once it is reduced. */
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

/** @throws AppError `image_too_large` where so many pixels must not be held at once. */
export function assertWithinLimit({ width, height }: { width: number; height: number }): void {
  const limit = getEnv().limits.pixels;
  if (width * height <= limit) return;
  throw new AppError(
    'image_too_large',
    `An image may have ${limit} pixels (${limit / 1e6} megapixels), this one has ${width} x ${height} = ${width * height}. Send a region of it.`,
  );
}

/** Levels of a pyramid, by their sizes, finest first. */
export function toLevels(sizes: readonly { width: number; height: number }[]): SlideLevel[] {
  const full = sizes[0]?.width ?? 0;
  return sizes.map(({ width, height }) => ({ width, height, downsample: full / width }));
}

/** Sides in µm as a file states them; the second may be missing. */
export const sidesOf = (x: number | null | undefined, y: number | null | undefined): PixelSides | null =>
  x ? { x, y: y || x, isRatio: false } : null;

/** A pixel size when it is one that a microscope can have and the pixels are square; else null. */
export function statedPixelSize(sides: PixelSides | null, statedBy: PixelSizeOrigin): StatedPixelSize | null {
  const micronsPerPixel = squareSize(sides);
  return micronsPerPixel === null ? null : { micronsPerPixel, statedBy };
}

/** Marks refusals across module graphs. */
const BRAND = Symbol.for('restain.Refusal');

/** Why a reader does not take a file; `open-slide` joins the reasons into one answer. */
export class Refusal extends Error {
  readonly [BRAND] = true;

  /** As with AppError: the reading process is shared by all routes' bundles, and throws the class of the first. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  /** The whole sentence for the user, where the reader knows better than to be one of several that failed. */
  readonly isFinal: boolean;

  constructor(reason: string, options: { isFinal?: boolean; cause?: unknown } = {}) {
    super(reason, { cause: options.cause });
    this.isFinal = options.isFinal ?? false;
  }
}

/** The refusal of what is not brightfield. */
export function notBrightfield(format: string, channels: number, planes: number): Refusal {
  const what =
    channels > 1 ? `${channels} fluorescence channels` : `1 grey channel${planes > 1 ? ` in ${planes} planes` : ''}`;
  return new Refusal(`This ${format} file holds ${what}. Restain reads brightfield images (RGB).`, { isFinal: true });
}
