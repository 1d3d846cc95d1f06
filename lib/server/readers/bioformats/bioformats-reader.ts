import 'server-only';
import { stat } from 'node:fs/promises';
import type { SlideRegion } from '@/lib/contracts/options';
import { labToRgb } from '@/lib/imaging/colour/lab';
import { yccToRgb } from '@/lib/imaging/colour/ycc';
import type { Raster } from '@/lib/imaging/raster';
import { putThroughProfile } from '@/lib/server/images/decode-image';
import { damageWarning } from '@/lib/server/images/find-damage';
import { EXTRA } from '@/lib/server/images/to-rgb';
import type { Content } from '@/lib/server/readers/identify-content';
import type { RandomAccess } from '@/lib/server/readers/random-access';
import {
  type Choice,
  levelAt,
  noSuch,
  type OpenSlide,
  readFromLevels,
  type SlideImage,
  type SlideLevel,
  type SlideSource,
  type StatedPixelSize,
  toLevels,
} from '@/lib/server/readers/slide-source';
import { readJpegLayer, type TiffLayer, whitenMissing } from '@/lib/server/readers/tiff/tiff-layers';
import { turnSlide } from '@/lib/server/readers/turned-slide';
import type { Warning } from '@/lib/warnings';
import { type SlideFolder, sayRgb } from './place-slide';
import { assertPicture, chooseSeries, describeSeries, doubtsOf, pixelSizeOf, type Series } from './series';
import { SlideSession } from './slide-session';

/**
 * Opens a slide by Bio-Formats, in its process.
 *
 * @param slide - a folder of ours, which the caller removes once the slide is closed
 * @param file - its main file
 * @param isAdmitted - whether the file has waited elsewhere and must not be turned away
 * @throws Refusal with the reason, AppError `queue_full`, `reader_unavailable`
 */
export async function openByBioformats(
  slide: SlideFolder,
  file: RandomAccess,
  content: Content,
  { isAdmitted = false }: { isAdmitted?: boolean | undefined } = {},
): Promise<OpenSlide> {
  await sayRgb(slide.main, content.tiff?.yccStatedAt ?? []);
  const { size } = await stat(slide.main);
  const hasAlpha = content.tiff?.extras.some((kind) => kind !== EXTRA.unspecified) ?? true;
  const session = new SlideSession(slide, size, hasAlpha);
  try {
    const { images } = await session.open(isAdmitted);
    return new BioformatsSlide({ session, file, content }, images);
  } catch (error) {
    await session.close();
    throw error;
  }
}

type Opened = { session: SlideSession; file: RandomAccess; content: Content };

class BioformatsSlide implements OpenSlide {
  private readonly opened: Opened;
  /** Without labels and overviews. */
  private readonly images: Series[];

  constructor(opened: Opened, images: Series[]) {
    this.opened = opened;
    this.images = images.filter((image) => !image.isSideImage);
  }

  choose(choice: Choice): SlideSource {
    const { content } = this.opened;
    const chosen = chooseSeries(this.images, choice, content);
    assertPicture(chosen, content);
    const source = new BioformatsSource(this.opened, this.images, chosen, choice);
    return turnSlide(source, content.tiff?.orientation ?? 1);
  }

  rest(): void {
    this.opened.session.rest();
  }

  resume(): void {
    this.opened.session.resume();
  }

  close(): Promise<void> {
    return this.opened.session.close();
  }
}

class BioformatsSource implements SlideSource {
  readonly reader = 'bioformats';
  readonly format: string;
  readonly width: number;
  readonly height: number;
  readonly levels: readonly SlideLevel[];
  readonly pixelSize: StatedPixelSize | null;
  readonly magnification: number | null;
  readonly images: readonly SlideImage[];
  readonly series: number;
  readonly plane: number;
  readonly warnings: Warning[];
  private readonly opened: Opened;

  constructor(opened: Opened, images: readonly Series[], chosen: Series, choice: Choice) {
    const { content } = opened;
    this.opened = opened;
    this.format = content.name ?? 'microscope image';
    this.width = chosen.width;
    this.height = chosen.height;
    this.levels = toLevels(chosen.levels);
    this.magnification = content.tiff?.magnification ?? chosen.magnification;
    this.images = images.map((image) => describeSeries(image, content, choice));
    this.series = chosen.series;
    this.pixelSize = pixelSizeOf(chosen, content);
    this.warnings = doubtsOf(chosen, content);
    // A scanner puts its best focus in the middle of the stack.
    this.plane = choice.plane ?? Math.floor((chosen.z - 1) / 2);
    if (this.plane >= chosen.z)
      throw noSuch('plane', `The image has ${chosen.z} focal planes, counted from 0; there is no plane ${this.plane}.`);
  }

  readRegion(region: SlideRegion, downsample: number): Promise<Raster> {
    return readFromLevels(this.levels, (level, rectangle) => this.readLevel(level, rectangle), region, downsample);
  }

  private async readLevel(level: number, rectangle: SlideRegion): Promise<Raster> {
    const layer = this.layerOf(level);
    const { session, content } = this.opened;
    const { ycc, tiff } = content;
    const isJpeg = layer !== null && layer.jpeg !== null;
    const raster = isJpeg
      ? await this.readJpeg(layer, rectangle)
      : await session.read(this.series, level, this.plane, rectangle);
    if (!isJpeg && tiff?.lab) labToRgb(raster.data, tiff.lab);
    if (!isJpeg && ycc) yccToRgb(raster.data, ycc);
    if (tiff?.profile && this.series === 0) await putThroughProfile(raster, tiff.profile);
    if (layer) whitenMissing(layer, rectangle, raster);
    return raster;
  }

  private async readJpeg(layer: TiffLayer, rectangle: SlideRegion): Promise<Raster> {
    const { raster, damage } = await readJpegLayer(this.opened.file, layer, rectangle);
    if (damage) this.warnings.push(damageWarning(damage));
    return raster;
  }

  /** Bio-Formats does not say which page a level is: the one of its size, and of several the focal plane's. */
  private layerOf(level: number): TiffLayer | null {
    const { width, height } = levelAt(this.levels, level);
    const same = this.opened.content.tiff?.layers.filter((one) => one.width === width && one.height === height) ?? [];
    return same[this.plane] ?? same[0] ?? null;
  }
}
