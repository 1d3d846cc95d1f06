import 'server-only';
import { stat } from 'node:fs/promises';
import type { SlideRegion } from '@/lib/contracts/picture-choice';
import { labToRgb } from '@/lib/imaging/colour/lab';
import { yccToRgb } from '@/lib/imaging/colour/ycc';
import { type Raster, sharedRaster } from '@/lib/imaging/raster';
import { type Damage, damageWarning, whiten } from '@/lib/server/images/find-damage';
import { applyProfile } from '@/lib/server/images/icc-profile';
import { EXTRA } from '@/lib/server/images/to-rgb';
import type { Content } from '@/lib/server/readers/identify-content';
import type { RandomAccess } from '@/lib/server/readers/random-access';
import {
  type ImageChoice,
  levelAt,
  noSuch,
  type OpenSlide,
  Refusal,
  readFromLevels,
  type SlideImage,
  type SlideLevel,
  type SlideSource,
  type StatedPixelSize,
  toLevels,
} from '@/lib/server/readers/slide-source';
import { checkJpegTiles, isJpegPage, type JpegPage, readJpegTiles } from '@/lib/server/readers/tiff/jpeg-tiles';
import {
  overlap,
  type PageTiles,
  partsIn,
  rectangleOf,
  tilesUnder,
  whitenMissing,
} from '@/lib/server/readers/tiff/page-tiles';
import { turnSlide } from '@/lib/server/readers/turn-slide';
import { markPagesRgb, type SlideFolder } from '@/lib/server/readers/walled/slide-folder';
import type { Warning } from '@/lib/warnings';
import { PageFinder } from './find-page';
import { assertPicture, chooseSeries, describeSeries, doubtsOf, pixelSizeOf, type Series } from './series';
import { BioformatsSession } from './slide-session';

/**
 * Opens a slide with Bio-Formats, which runs in a process of its own.
 *
 * @param slide - a temporary folder, which the caller removes after the slide is closed
 * @param file - its main file
 * @param isAdmitted - whether the file has waited in another line; then this one does not refuse it
 * @throws Refusal with the reason, AppError `queue_full`, `reader_unavailable`
 */
export async function openByBioformats(
  slide: SlideFolder,
  file: RandomAccess,
  content: Content,
  { isAdmitted = false }: { isAdmitted?: boolean | undefined } = {},
): Promise<OpenSlide> {
  await markPagesRgb(slide.main, content.tiff?.yccStatedAt ?? []);
  const { size } = await stat(slide.main);
  const hasAlpha = content.tiff?.extras.some((kind) => kind !== EXTRA.unspecified) ?? true;
  const session = new BioformatsSession(slide, size, hasAlpha);
  try {
    const { images } = await session.open(isAdmitted);
    const pages = new PageFinder(session, file, content.tiff?.pictures ?? []);
    return new BioformatsSlide({ session, file, content, pages }, images);
  } catch (error) {
    await session.close();
    throw error;
  }
}

type Opened = { session: BioformatsSession; file: RandomAccess; content: Content; pages: PageFinder };

class BioformatsSlide implements OpenSlide {
  private readonly opened: Opened;
  /** Without labels and overviews. */
  private readonly images: Series[];

  constructor(opened: Opened, images: Series[]) {
    this.opened = opened;
    this.images = images.filter((image) => !image.isSideImage);
  }

  choose(choice: ImageChoice): SlideSource {
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

  constructor(opened: Opened, images: readonly Series[], chosen: Series, choice: ImageChoice) {
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
    // Scanners put the best focus in the middle of the stack.
    this.plane = choice.plane ?? Math.floor((chosen.z - 1) / 2);
    if (this.plane >= chosen.z)
      throw noSuch('plane', `The image has ${chosen.z} focal planes, counted from 0; there is no plane ${this.plane}.`);
  }

  readRegion(region: SlideRegion, downsample: number): Promise<Raster> {
    return readFromLevels(this.levels, (level, rectangle) => this.readLevel(level, rectangle), region, downsample);
  }

  private async readLevel(level: number, rectangle: SlideRegion): Promise<Raster> {
    const { series, plane } = this;
    const { pages, content } = this.opened;
    const { width, height } = levelAt(this.levels, level);
    const page = await pages.tilesOf({ series, plane, level, width, height, full: levelAt(this.levels, 0) });
    const { raster, damage } = await this.readPage(page, level, rectangle);
    if (content.tiff?.profile && series === 0) await applyProfile(raster, content.tiff.profile);
    if (page) whitenMissing(page, rectangle, raster);
    if (damage) {
      whiten(raster, partsIn(rectangle, damage.parts));
      this.warnings.push(damageWarning(damage));
    }
    return raster;
  }

  private async readPage(
    page: PageTiles | null,
    level: number,
    rectangle: SlideRegion,
  ): Promise<{ raster: Raster; damage: Damage | null }> {
    const { session, file, content } = this.opened;
    const read = (part: SlideRegion) => session.read(this.series, level, this.plane, part);
    if (isJpegPage(page) && page.jpeg.isDecodedHere) return readJpegTiles(file, page, rectangle);
    const { raster, damage } = isJpegPage(page)
      ? await readAroundDamage({ file, page, read }, rectangle)
      : { raster: await read(rectangle), damage: null };
    if (content.tiff?.lab) labToRgb(raster.data, content.tiff.lab);
    if (content.ycc) yccToRgb(raster.data, content.ycc);
    return { raster, damage };
  }
}

/**
 * Reads a region of a page in JPEG, and looks for damaged tiles at the same time. For these Bio-Formats gives wrong pixels
 * without a warning, or fails for the whole region. After a failure the sound tiles are read one by one.
 */
async function readAroundDamage(
  { file, page, read }: { file: RandomAccess; page: JpegPage; read: (part: SlideRegion) => Promise<Raster> },
  region: SlideRegion,
): Promise<{ raster: Raster; damage: Damage | null }> {
  const [whole, check] = await Promise.allSettled([read(region), checkJpegTiles(file, page, region)]);
  if (check.status === 'rejected') throw check.reason;
  const damage = check.value;
  if (whole.status === 'fulfilled') return { raster: whole.value, damage };
  if (damage === null || !(whole.reason instanceof Refusal)) throw whole.reason;
  const raster = sharedRaster(region.width, region.height, 3);
  for (const index of tilesUnder(page, region)) {
    const { left, top, right, bottom } = overlap(rectangleOf(page, index), region, region);
    const [x, y] = [region.x + left, region.y + top];
    if (damage.parts.some((part) => part.left === x && part.top === y)) continue;
    const tile = await read({ x, y, width: right - left, height: bottom - top });
    for (let row = top; row < bottom; row++) {
      const from = (row - top) * tile.width * 3;
      raster.data.set(tile.data.subarray(from, from + tile.width * 3), (row * region.width + left) * 3);
    }
  }
  return { raster, damage };
}
