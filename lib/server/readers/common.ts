import 'server-only';
import { readFile, stat } from 'node:fs/promises';
import sharp from 'sharp';
import { AppError } from '@/lib/errors';
import { type Raster, sharedRaster } from '@/lib/imaging/raster';
import { getEnv } from '@/lib/server/env';
import {
  type DecodedImage,
  decodeImage,
  type ImageHeader,
  putThroughProfile,
  readHeader,
} from '@/lib/server/images/decode-image';
import { type Damage, damageWarning } from '@/lib/server/images/find-damage';
import { squareDoubts } from '@/lib/server/images/pixel-sides';
import { EXTRA } from '@/lib/server/images/to-rgb';
import type { TiffDescription, TiffLevel } from '@/lib/server/readers/tiff/describe-tiff';
import { readJpegLayer } from '@/lib/server/readers/tiff/tiff-layers';
import { readTiles } from '@/lib/server/readers/tiff/tile-damage';
import type { Warning } from '@/lib/warnings';
import type { Content } from './identify-content';
import { openRandomAccess, type SlideInput } from './random-access';
import {
  assertWithinLimit,
  levelAt,
  type PixelSizeOrigin,
  Refusal,
  type Region,
  readFromLevels,
  type SlideImage,
  type SlideLevel,
  type SlideSource,
  type StatedPixelSize,
  statedPixelSize,
  toLevels,
} from './slide-source';

/** Fixed part of the time that a region may take, and what each megapixel may add. */
const REGION_SECONDS = 5;
const REGION_SECONDS_PER_MEGAPIXEL = 0.3;

/** Where formats that are no TIFF keep their resolution. */
const ORIGINS: Record<string, PixelSizeOrigin> = { PNG: 'PNG pHYs', JPEG: 'JPEG density' };

/**
 * Opens a picture of a common format: a tiled RGB TIFF in parts, everything else whole and within the pixel limit.
 *
 * @throws AppError `unreadable_image` or `image_too_large`.
 */
export async function openByCommonReader(input: SlideInput, content: Content): Promise<SlideSource> {
  const levels = content.tiff?.levels ?? [];
  if (levels.length > 0) return new TiledTiff(input, content, levels);
  const whole = input instanceof Uint8Array ? input : await readWhole(input.path, content.name);
  const sent = content.tiff?.picture.isFirst === false ? startAt(whole, content.tiff.picture) : whole;
  const bytes = content.tiff?.extras.includes(EXTRA.premultiplied) ? asStored(sent, content.tiff) : sent;
  return new WholeImage(bytes, content, await readHeader(bytes, content.tiff?.extras));
}

/**
 * libvips divides premultiplied colours by their alpha, so that they are black where that is 0. Told that it is no alpha,
 * it leaves them as they are stored.
 */
function asStored(sent: Uint8Array, { extrasAt }: TiffDescription): Uint8Array {
  return Uint8Array.from(sent).fill(EXTRA.unspecified, extrasAt.start, extrasAt.end);
}

/** Such a format cannot be entered in the middle. */
export async function readWhole(path: string, format: string | null): Promise<Uint8Array> {
  const { size } = await stat(path);
  const limit = getEnv().limits.uploadBytes;
  if (size <= limit) return readFile(path);
  throw new AppError(
    'upload_too_large',
    `A ${format ?? 'picture'} file is read whole and may have ${limit} bytes (${limit / 1e6} MB), this one has ${size}. Only slides that can be read in part, such as tiled TIFF, may be larger.`,
  );
}

/** The same TIFF, its first page the one that is to be read: decoders of a whole file know no other. */
function startAt(bytes: Uint8Array, { directory }: TiffDescription['picture']): Uint8Array {
  const copy = Buffer.from(bytes);
  const isLittle = copy[0] === 0x49;
  const isBig = copy[isLittle ? 2 : 3] === 43;
  if (isBig) isLittle ? copy.writeBigUInt64LE(BigInt(directory), 8) : copy.writeBigUInt64BE(BigInt(directory), 8);
  else isLittle ? copy.writeUInt32LE(directory, 4) : copy.writeUInt32BE(directory, 4);
  return copy;
}

abstract class OneImage {
  readonly reader = 'common';
  readonly series = 0;
  readonly plane = 0;
  readonly format: string;
  readonly magnification: number | null;
  readonly levels: readonly SlideLevel[];
  readonly warnings: Warning[] = [];
  abstract readonly pixelSize: StatedPixelSize | null;

  constructor(content: Content, levels: readonly SlideLevel[]) {
    this.format = content.name ?? 'image';
    this.magnification = content.tiff?.magnification ?? null;
    this.levels = levels;
    this.warnings.push(...content.warnings);
  }

  get width(): number {
    return levelAt(this.levels, 0).width;
  }
  get height(): number {
    return levelAt(this.levels, 0).height;
  }
  get images(): readonly SlideImage[] {
    const { width, height, levels, pixelSize } = this;
    return [{ series: 0, width, height, planes: 1, levels, pixelSize, isBrightfield: true, isUnnamed: false }];
  }
}

/** libvips decodes the tiles under a region, and no others. */
class TiledTiff extends OneImage implements SlideSource {
  readonly pixelSize: StatedPixelSize | null;
  private readonly input: SlideInput;
  private readonly tiffLevels: readonly TiffLevel[];
  /** For what is decoded here; libvips applies it itself. */
  private readonly profile: Buffer | null;

  constructor(input: SlideInput, content: Content, levels: readonly TiffLevel[]) {
    super(content, toLevels(levels));
    this.pixelSize = content.pixelSize;
    this.input = input;
    this.tiffLevels = levels;
    this.profile = content.tiff?.profile ?? null;
  }

  readRegion(region: Region, downsample: number): Promise<Raster> {
    return readFromLevels(this.levels, (level, rectangle) => this.readLevel(level, rectangle), region, downsample);
  }

  private async readLevel(level: number, { x, y, width, height }: Region): Promise<Raster> {
    const where = levelAt(this.tiffLevels, level);
    const { page, subifd = -1, layer } = where;
    if (layer?.jpeg) {
      const file = await openRandomAccess(this.input);
      const read = readJpegLayer(file, layer, { x, y, width, height }).finally(() => file.close());
      const raster = this.note(await read);
      if (this.profile) await putThroughProfile(raster, this.profile);
      return raster;
    }
    const source = this.input instanceof Uint8Array ? this.input : this.input.path;
    try {
      const seconds = Math.ceil(REGION_SECONDS + (REGION_SECONDS_PER_MEGAPIXEL * width * height) / 1e6);
      const open = (failOn: 'none' | 'warning') =>
        sharp(source, { page, subifd, failOn, limitInputPixels: false }).timeout({ seconds });
      return this.note(await readTiles({ input: this.input, where, open }, { left: x, top: y, width, height }));
    } catch (error) {
      if (error instanceof Refusal) throw error;
      const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
      throw new Refusal(`TIFF: ${line.replace(/[^\x20-\x7e]/g, '?').slice(0, 120)}`, { cause: error });
    }
  }

  private note({ raster, damage }: { raster: Raster; damage: Damage | null }): Raster {
    if (damage) this.warnings.push(damageWarning(damage));
    return raster;
  }

  async close(): Promise<void> {}
}

class WholeImage extends OneImage implements SlideSource {
  readonly pixelSize: StatedPixelSize | null;
  private bytes: Uint8Array | null;
  private readonly header: ImageHeader;
  private decoded: Promise<DecodedImage> | null = null;

  constructor(bytes: Uint8Array, content: Content, header: ImageHeader) {
    super(content, toLevels([header]));
    this.bytes = bytes;
    this.header = header;
    const sides = content.tiff === null ? header.sides : null;
    this.pixelSize = content.pixelSize ?? statedPixelSize(sides, ORIGINS[header.format] ?? 'image resolution');
    this.warnings.push(...squareDoubts(sides));
  }

  readRegion(region: Region, downsample: number): Promise<Raster> {
    return readFromLevels(this.levels, (_, rectangle) => this.crop(rectangle), region, downsample);
  }

  /** The whole stays decoded until `close`: such formats cannot be entered in the middle. */
  private async crop({ x, y, width, height }: Region): Promise<Raster> {
    if (this.bytes === null) throw new AppError('internal', 'the image was closed');
    this.decoded ??= this.decode(this.bytes);
    const { raster: whole } = await this.decoded;
    if (width === whole.width && height === whole.height) return whole;
    assertWithinLimit({ width, height });
    const part = sharedRaster(width, height, 3);
    for (let row = 0; row < height; row++) {
      const start = ((y + row) * whole.width + x) * 3;
      part.data.set(whole.data.subarray(start, start + width * 3), row * width * 3);
    }
    return part;
  }

  private async decode(bytes: Uint8Array): Promise<DecodedImage> {
    const decoded = await decodeImage(bytes, this.header);
    this.warnings.push(...decoded.warnings);
    return decoded;
  }

  async close(): Promise<void> {
    this.bytes = null;
    this.decoded = null;
  }
}
