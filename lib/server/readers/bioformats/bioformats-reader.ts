import 'server-only';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { AppError } from '@/lib/errors';
import { labToRgb } from '@/lib/imaging/colour/lab';
import { yccToRgb } from '@/lib/imaging/colour/ycc';
import { type Raster, sharedRaster } from '@/lib/imaging/raster';
import { currentClient } from '@/lib/server/current-client';
import { putThroughProfile } from '@/lib/server/images/decode-image';
import { damageWarning } from '@/lib/server/images/find-damage';
import { squareDoubts } from '@/lib/server/images/pixel-sides';
import { EXTRA } from '@/lib/server/images/to-rgb';
import type { Content } from '@/lib/server/readers/identify-content';
import { openRandomAccess, type RandomAccess, type SlideInput } from '@/lib/server/readers/random-access';
import {
  levelAt,
  noSuch,
  notBrightfield,
  Refusal,
  type Region,
  readFromLevels,
  type SlideImage,
  type SlideLevel,
  type SlideSource,
  type StatedPixelSize,
  sidesOf,
  statedPixelSize,
  toLevels,
} from '@/lib/server/readers/slide-source';
import type { TempFolder } from '@/lib/server/readers/temp/temp-folder';
import { readJpegLayer, type TiffLayer, whitenMissing } from '@/lib/server/readers/tiff/tiff-layers';
import { turnSlide } from '@/lib/server/readers/turned-slide';
import type { Warning } from '@/lib/warnings';
import type { Answer } from './frames';
import { areFormatsComing, findBioformats, NOT_INSTALLED, stillComing } from './installation';
import { placeSlide, type SlideFolder, sayRgb } from './place-slide';
import { type BioformatsProcess, ReaderLost } from './reader-process';
import { getReaders } from './waiting-line';

/** A file that hangs is given up within the 10 s that any may take; slides of gigabytes have long directories. */
const OPEN_SECONDS = 6;
const OPEN_SECONDS_PER_GIGABYTE = 10;
const READ_SECONDS = 6;
const READ_SECONDS_PER_MEGAPIXEL = 0.5;

const Size = z.object({ width: z.int().min(1), height: z.int().min(1) });
const Series = Size.extend({
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
type Series = z.infer<typeof Series>;
const Described = z.object({ format: z.string(), images: z.array(Series) });
type Described = z.infer<typeof Described>;

const Failure = z.object({ code: z.string(), cause: z.string() });

/** What a failure's code means; the exception's class tells a developer more. */
const FAILURES: Record<string, string> = {
  unknown_format: 'none of its formats',
  unsupported: 'a variant of the format that it does not read',
  damaged: 'the file is damaged or incomplete',
  memory: 'reading it needs more memory than a file may take',
  denied: 'the file refers to other files or addresses, which are not followed',
};

export type Choice = {
  series?: number | undefined;
  plane?: number | undefined;
  /** A person's word that three channels without names are red, green and blue. */
  channels?: 'rgb' | undefined;
};
export type BioformatsOptions = Choice & {
  /** Set where the file has waited in another line and must not be turned away from this one. */
  isAdmitted?: boolean | undefined;
};
/**
 * Opens a slide by Bio-Formats, in its process.
 *
 * @param input - bytes or a file, which are given a neutral name; or a folder of ours, removed on `close`.
 * @throws Refusal with the reason.
 */
export async function openByBioformats(
  input: SlideInput | SlideFolder,
  content: Content,
  { isAdmitted = false, ...choice }: BioformatsOptions = {},
): Promise<SlideSource> {
  if (findBioformats() === null) throw areFormatsComing() ? stillComing() : new Refusal(NOT_INSTALLED);
  const patched = content.tiff?.yccStatedAt ?? [];
  const { folder, main } = 'folder' in input ? input : await placeSlide(input, content.extension, patched.length > 0);
  let file: RandomAccess | null = null;
  try {
    await sayRgb(main, patched);
    if (content.tiff?.layers.some((layer) => layer.jpeg)) file = await openRandomAccess({ path: main });
    const { size } = await stat(main);
    const process = await getReaders().take({ client: currentClient(), isAdmitted });
    const hasAlpha = content.tiff?.extras.some((kind) => kind !== EXTRA.unspecified) ?? true;
    const session = new Session(main, folder, size, process, hasAlpha);
    try {
      const described = await session.open();
      const images = described.images.filter((image) => !image.isSideImage);
      const chosen = choose(images, choice, content);
      assertPicture(chosen, content);
      const slide = new BioformatsSlide(session, folder, file, content, images, chosen, choice);
      return turnSlide(slide, content.tiff?.orientation ?? 1);
    } catch (error) {
      await session.close();
      throw error;
    }
  } catch (error) {
    await file?.close();
    await folder.remove();
    throw error;
  }
}

/** The largest brightfield image, unless another is asked for. */
function choose(images: Series[], choice: Choice, content: Content): Series {
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

/** The way out, for a person and for a program. */
const SAY_RGB = 'If they are the red, green and blue of a brightfield picture, say so: channels=rgb.';

/** RGB in any form; a single grey plane only where nothing speaks of channels. */
function isBrightfield(image: Series, content: Content): boolean {
  if (image.samples >= 3 || image.isPalette || image.isRgbByName) return true;
  return content.isPhotograph && image.samples === 1 && image.channels === 1 && image.z * image.t === 1;
}

/** Where the picture of a plain TIFF lies behind smaller ones, Bio-Formats may know these alone. */
function assertPicture({ width, height }: Series, { tiff }: Content): void {
  if (!tiff || tiff.isMicroscope || tiff.picture.isFirst) return;
  if (tiff.picture.width === width && tiff.picture.height === height) return;
  const { picture } = tiff;
  throw new Refusal(
    `the picture of ${picture.width} x ${picture.height} pixels lies behind a smaller one of ${width} x ${height}, where it is not read`,
  );
}

const describeSeries = (image: Series, content: Content, { channels }: Choice): SlideImage => ({
  series: image.series,
  width: image.width,
  height: image.height,
  planes: image.z,
  levels: toLevels(image.levels),
  pixelSize: pixelSizeOf(image, content),
  isBrightfield: isBrightfield(image, content) || (image.isUnnamed && channels === 'rgb'),
  isUnnamed: image.isUnnamed,
});

/** What the first bytes of a file state is true of its first image; of another, what the reader found for it. */
function pixelSizeOf({ series, micronsPerPixel, micronsPerPixelY }: Series, content: Content): StatedPixelSize | null {
  const byReader = statedPixelSize(sidesOf(micronsPerPixel, micronsPerPixelY), 'format metadata');
  if (series !== 0) return byReader;
  // Bio-Formats takes a plain TIFF's resolution for micrometres where it has no unit.
  const isKnownByTags = content.tiff !== null && (content.isPhotograph || content.name === 'OME-TIFF');
  return isKnownByTags ? content.pixelSize : (content.pixelSize ?? byReader);
}

function doubtsOf({ series, micronsPerPixel, micronsPerPixelY }: Series, content: Content): Warning[] {
  const isOfContent =
    series === 0 && (content.tiff !== null || content.pixelSize !== null || content.warnings.length > 0);
  return isOfContent ? [...content.warnings] : squareDoubts(sidesOf(micronsPerPixel, micronsPerPixelY));
}

class BioformatsSlide implements SlideSource {
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
  private readonly session: Session;
  private readonly folder: TempFolder;
  /** Opened before the reader takes the folder to itself. */
  private readonly file: RandomAccess | null;
  private readonly content: Content;

  constructor(
    session: Session,
    folder: TempFolder,
    file: RandomAccess | null,
    content: Content,
    images: Series[],
    chosen: Series,
    choice: Choice,
  ) {
    this.session = session;
    this.folder = folder;
    this.file = file;
    this.content = content;
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

  readRegion(region: Region, downsample: number): Promise<Raster> {
    return readFromLevels(this.levels, (level, rectangle) => this.readLevel(level, rectangle), region, downsample);
  }

  private async readLevel(level: number, rectangle: Region): Promise<Raster> {
    const layer = this.layerOf(level);
    const { ycc, tiff } = this.content;
    const isJpeg = layer?.jpeg && this.file;
    const raster = isJpeg
      ? await this.readJpeg(layer, rectangle)
      : await this.session.read(this.series, level, this.plane, rectangle);
    if (!isJpeg && tiff?.lab) labToRgb(raster.data, tiff.lab);
    if (!isJpeg && ycc) yccToRgb(raster.data, ycc);
    if (tiff?.profile && this.series === 0) await putThroughProfile(raster, tiff.profile);
    if (layer) whitenMissing(layer, rectangle, raster);
    return raster;
  }

  private async readJpeg(layer: TiffLayer, rectangle: Region): Promise<Raster> {
    const { raster, damage } = await readJpegLayer(this.file as RandomAccess, layer, rectangle);
    if (damage) this.warnings.push(damageWarning(damage));
    return raster;
  }

  /** Bio-Formats does not say which page a level is: the one of its size, and of several the focal plane's. */
  private layerOf(level: number): TiffLayer | null {
    const { width, height } = levelAt(this.levels, level);
    const same = this.content.tiff?.layers.filter((layer) => layer.width === width && layer.height === height) ?? [];
    return same[this.plane] ?? same[0] ?? null;
  }

  async close(): Promise<void> {
    await this.session.close();
    await this.file?.close();
    await this.folder.remove();
  }
}

const LOST_RETRY_SECONDS = 10;

/** One file in a process that is its own; opened again where the process is another than before. */
class Session {
  private readonly main: string;
  private readonly folder: TempFolder;
  private readonly openSeconds: number;
  private readonly process: BioformatsProcess;
  /** A fourth sample is alpha: TIFF says so, where others mean it. */
  private readonly hasAlpha: boolean;
  private generation = -1;

  constructor(main: string, folder: TempFolder, bytes: number, process: BioformatsProcess, hasAlpha: boolean) {
    this.main = main;
    this.hasAlpha = hasAlpha;
    this.folder = folder;
    this.openSeconds = Math.round(OPEN_SECONDS + (OPEN_SECONDS_PER_GIGABYTE * bytes) / 1e9);
    this.process = process;
  }

  open(): Promise<Described> {
    return this.insist(() => this.openIn());
  }

  read(series: number, level: number, plane: number, { x, y, width, height }: Region): Promise<Raster> {
    const raster = sharedRaster(width, height, 3);
    const seconds = Math.round(READ_SECONDS + (READ_SECONDS_PER_MEGAPIXEL * width * height) / 1e6);
    return this.insist(async () => {
      if (this.generation !== this.process.generation) await this.openIn();
      const words = ['read', series, level, plane, x, y, width, height, Number(this.hasAlpha)];
      this.assertDone(await this.process.request(words, seconds, raster.data));
      return raster;
    });
  }

  close(): Promise<void> {
    return getReaders().give(this.process);
  }

  private async openIn(): Promise<Described> {
    const seen = await this.process.show(this.folder);
    this.generation = this.process.generation;
    const main = seen + this.main.slice(this.folder.root.length);
    const answer = await this.process.request(['open', seen, main], this.openSeconds);
    return Described.parse(JSON.parse(this.assertDone(answer)));
  }

  /**
   * A sound file's reader may be killed by whoever needs memory: the file gets another one at once, and another try of its
   * sender's later. Only a file that takes its reader with it then, too, is refused.
   */
  private async insist<T>(work: () => Promise<T>): Promise<T> {
    for (const isLast of [false, true]) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof ReaderLost)) throw error;
        if (isLast) throw await this.lostTwice();
      }
    }
    throw new ReaderLost();
  }

  private async lostTwice(): Promise<Error> {
    this.process.stop();
    const hash = createHash('sha256');
    await pipeline(createReadStream(this.main), hash);
    if (getReaders().wasLostBefore(hash.digest('hex')))
      return new Refusal('its process ends in the middle of this file, each time');
    return new AppError('reader_unavailable', 'The process that reads this file was ended, twice. Try again.', {
      retryAfterSeconds: LOST_RETRY_SECONDS,
    });
  }

  /** @returns the JSON of an answer that has some. */
  private assertDone(answer: Answer): string {
    if (answer.kind === 'pixels') return '';
    if (answer.kind === 'json') return answer.json;
    const { code, cause } = Failure.parse(JSON.parse(answer.json));
    // What earlier files have left may fill the memory: only a fresh process shows what this one takes.
    if (code === 'memory' && !this.process.isFresh) {
      this.process.stop();
      throw new ReaderLost();
    }
    throw new Refusal(`${FAILURES[code] ?? 'it failed'} (${cause})`);
  }
}
