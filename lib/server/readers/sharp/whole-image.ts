import 'server-only';
import type { SlideRegion } from '@/lib/contracts/picture-choice';
import { AppError } from '@/lib/errors';
import { type Raster, sharedRaster } from '@/lib/imaging/raster';
import { decodeImage } from '@/lib/server/images/decode-image';
import type { DecodedImage } from '@/lib/server/images/decode-samples';
import { squareDoubts } from '@/lib/server/images/pixel-sides';
import { type ImageHeader, readHeader } from '@/lib/server/images/read-header';
import { EXTRA } from '@/lib/server/images/to-rgb';
import type { Content } from '@/lib/server/readers/identify-content';
import {
  assertWithinLimit,
  type ImageChoice,
  type OpenSlide,
  type PixelSizeOrigin,
  type SlideSource,
  statedPixelSize,
  toLevels,
} from '@/lib/server/readers/slide-source';
import type { TiffDescription } from '@/lib/server/readers/tiff/describe-tiff';
import { OneImage } from './one-image';

/** Which part of the file states the resolution, for formats other than TIFF. */
const ORIGINS: Record<string, PixelSizeOrigin> = { PNG: 'PNG pHYs', JPEG: 'JPEG density' };

/** Gives the bytes of a file, from memory or from the disk. */
type ReadBytes = () => Promise<Uint8Array>;

/**
 * Opens a picture that is decoded whole.
 *
 * @throws AppError `unreadable_image`, `image_too_large`, or what `readBytes` throws
 */
export async function openWholeImage(readBytes: ReadBytes, content: Content): Promise<OpenSlide> {
  const bytes = await readBytes();
  const header = await readHeader(toDecode(bytes, content), content.tiff?.extras);
  return new WholeImage({ bytes, readBytes, content, header });
}

type Opened = { bytes: Uint8Array; readBytes: ReadBytes; content: Content; header: ImageHeader };

class WholeImage implements OpenSlide {
  /** null while nobody reads the slide, and after it is decoded. */
  private bytes: Uint8Array | null;
  /** null after `close`. */
  private readBytes: ReadBytes | null;
  private readonly content: Content;
  private readonly header: ImageHeader;
  private decoded: Promise<DecodedImage> | null = null;

  constructor({ bytes, readBytes, content, header }: Opened) {
    this.bytes = bytes;
    this.readBytes = readBytes;
    this.content = content;
    this.header = header;
  }

  choose(choice: ImageChoice): SlideSource {
    const { content, header } = this;
    const sides = content.tiff === null ? header.sides : null;
    const file = {
      levels: toLevels([header]),
      pixelSize: content.pixelSize ?? statedPixelSize(sides, ORIGINS[header.format] ?? 'image resolution'),
      warnings: [...content.warnings, ...squareDoubts(sides)],
    };
    return new OneImage(choice, content, file, async (_, rectangle) => {
      const { raster, warnings } = await this.decode();
      return { raster: crop(raster, rectangle), warnings };
    });
  }

  /** An idle picture takes no memory. */
  rest(): void {
    this.bytes = null;
    this.decoded = null;
  }

  resume(): void {}

  async close(): Promise<void> {
    this.rest();
    this.readBytes = null;
  }

  /** The picture stays decoded while somebody reads the slide, for the next regions. */
  private decode(): Promise<DecodedImage> {
    this.decoded ??= this.decodeNow().catch((error: unknown) => {
      // The server may have been busy: the next call tries again.
      this.decoded = null;
      throw error;
    });
    return this.decoded;
  }

  private async decodeNow(): Promise<DecodedImage> {
    if (this.readBytes === null) throw new AppError('internal', 'the image was closed');
    const bytes = this.bytes ?? (await this.readBytes());
    const decoded = await decodeImage(toDecode(bytes, this.content), this.header);
    this.bytes = null;
    return decoded;
  }
}

function crop(whole: Raster, { x, y, width, height }: SlideRegion): Raster {
  if (width === whole.width && height === whole.height) return whole;
  assertWithinLimit({ width, height });
  const part = sharedRaster(width, height, 3);
  for (let row = 0; row < height; row++) {
    const start = ((y + row) * whole.width + x) * 3;
    part.data.set(whole.data.subarray(start, start + width * 3), row * width * 3);
  }
  return part;
}

/** The bytes as the decoder needs them. For some TIFFs this is a changed copy, which is not kept. */
function toDecode(bytes: Uint8Array, { tiff }: Content): Uint8Array {
  const first = tiff?.picture.isFirst === false ? startAt(bytes, tiff.picture) : bytes;
  return tiff?.extras.includes(EXTRA.premultiplied) ? asStored(first, tiff) : first;
}

/**
 * libvips divides premultiplied colours by their alpha, so they become black where alpha is 0. The copy says that the
 * sample is not alpha; then libvips leaves the colours as they are stored.
 */
function asStored(bytes: Uint8Array, { extrasAt }: TiffDescription): Uint8Array {
  return Uint8Array.from(bytes).fill(EXTRA.unspecified, extrasAt.start, extrasAt.end);
}

/** The same TIFF with the page to read as its first: the decoder of a whole file reads no other. */
function startAt(bytes: Uint8Array, { directory }: TiffDescription['picture']): Uint8Array {
  const copy = Buffer.from(bytes);
  const isLittle = copy[0] === 0x49;
  const isBig = copy[isLittle ? 2 : 3] === 43;
  if (isBig) isLittle ? copy.writeBigUInt64LE(BigInt(directory), 8) : copy.writeBigUInt64BE(BigInt(directory), 8);
  else isLittle ? copy.writeUInt32LE(directory, 4) : copy.writeUInt32BE(directory, 4);
  return copy;
}
