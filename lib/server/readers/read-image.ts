import 'server-only';
import type { SlideRegion } from '@/lib/contracts/picture-choice';
import { AppError } from '@/lib/errors';
import type { Raster } from '@/lib/imaging/raster';
import type { Warning } from '@/lib/warnings';
import { type OpenOptions, openSlide } from './open-slide';
import type { SlideInput } from './random-access';
import { getSharedSlides } from './shared-slides';
import {
  assertInside,
  assertWithinLimit,
  type ImageChoice,
  noSuch,
  type SlideSource,
  type StatedPixelSize,
  sizeAt,
} from './slide-source';

/** Which pixels of a file are wanted. By default: the largest brightfield image at full resolution. */
export type ReadOptions = OpenOptions &
  ImageChoice & {
    /** Of the pyramid; 0 = full resolution. */
    level?: number | undefined;
    region?: SlideRegion | undefined;
  };

/** What was read of a file that offers a choice, in numbers alone. */
export type Selection = { series: number; plane: number; level: number; downsample: number; region: SlideRegion };

/** What is known of an image before its pixels are decoded. */
export type ImageDescription = {
  /** Size of the region that was asked for, at its level. */
  width: number;
  height: number;
  format: string;
  reader: SlideSource['reader'];
  /** At full resolution. */
  pixelSize: StatedPixelSize | null;
  /** Level-0 pixels per pixel that is read. */
  downsample: number;
  /** null where the file has one image with one plane and one level, and all of it is read. */
  selection: Selection | null;
  /** Doubts about the file. Doubts about its pixels are added when they are read. */
  warnings: readonly Warning[];
};

/**
 * An image or slide that is described now and read later: a request brings it, and a job analyses it. It is opened once,
 * or twice where another file needed its reader in between. Whoever creates it must close it.
 */
export class ImageFile {
  private input: SlideInput | null;
  private readonly options: ReadOptions;

  constructor(input: SlideInput, options: ReadOptions = {}) {
    this.input = input;
    this.options = options;
  }

  /**
   * Reads the headers of the file, and refuses what cannot be analysed.
   *
   * @throws AppError `unreadable_image` naming the readers tried, `image_too_large` above the pixel limit,
   *   `invalid_option` for a choice that the file does not offer, `queue_full` when too many files wait for a reader
   */
  describe(): Promise<ImageDescription> {
    return this.open(this.options, async (slide) => select(slide, this.options));
  }

  /** Decodes what was asked for to RGB in shared memory. Throws as `describe` does, but never `queue_full` of a line. */
  read(): Promise<ImageDescription & { raster: Raster }> {
    return this.open({ ...this.options, isAdmitted: true }, async (slide) => {
      const description = select(slide, this.options);
      return { ...description, ...(await readSelection(slide, description)) };
    });
  }

  /** Releases the bytes, too. */
  close(): Promise<void> {
    this.input = null;
    return getSharedSlides().close(this);
  }

  private async open<T>(options: OpenOptions, read: (slide: SlideSource) => Promise<T>): Promise<T> {
    const { input } = this;
    if (input === null) throw new AppError('internal', 'the image was closed');
    const open = () => openSlide(input, options);
    return getSharedSlides().use(this, open, (slide) => read(slide.choose(this.options)));
  }
}

/** Reads the pixels that a description is of, with the doubts about the file and about them. */
export async function readSelection(
  slide: SlideSource,
  { selection, downsample }: Pick<ImageDescription, 'selection' | 'downsample'>,
): Promise<{ raster: Raster; warnings: readonly Warning[] }> {
  const { width, height } = slide;
  const raster = await slide.readRegion(selection?.region ?? { x: 0, y: 0, width, height }, downsample);
  return { raster, warnings: [...slide.warnings] };
}

/** @throws AppError `invalid_option` for a level or region that the slide has not, `image_too_large` */
export function select(slide: SlideSource, { level = 0, region }: ReadOptions): ImageDescription {
  const { levels, format, reader, pixelSize, series, plane, warnings } = slide;
  const chosen = levels[level];
  if (!chosen)
    throw noSuch('level', `The image has ${levels.length} levels, counted from 0; there is no level ${level}.`);
  const wanted = region ?? { x: 0, y: 0, width: slide.width, height: slide.height };
  assertInside(wanted, slide, chosen.downsample);
  const size = sizeAt(wanted, chosen.downsample);
  assertWithinLimit(size);
  const { downsample } = chosen;
  const isSelected = region !== undefined || hasChoice(slide);
  const selection = isSelected ? { series, plane, level, downsample, region: wanted } : null;
  return { ...size, format, reader, pixelSize, downsample, selection, warnings: [...warnings] };
}

/** Whether the file offers another image, plane or level than the one that is open. */
function hasChoice({ images }: SlideSource): boolean {
  const readable = images.filter((image) => image.isBrightfield);
  return readable.length > 1 || readable.some(({ planes, levels }) => planes > 1 || levels.length > 1);
}
