import 'server-only';
import type { Metadata } from 'sharp';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { readHeicSize } from './heic';
import { imageRefusal, reasonOf } from './image-refusal';
import sharp from './limited-sharp';
import { type PixelSides, readSides } from './pixel-sides';
import { type CommonFormat, sniffFormat } from './sniff-format';
import { isSrgbProfile } from './srgb-profile';
import { EXTRA } from './to-rgb';
import { withinSeconds } from './within-seconds';

/** A header is read in milliseconds. Where it takes longer, the file is hostile or all threads are busy. */
const HEADER_SECONDS = 5;

export type ImageHeader = {
  format: CommonFormat;
  /** Of the image as it is shown, its orientation applied. */
  width: number;
  height: number;
  /** Size as the rows are stored in the file. */
  stored: { width: number; height: number };
  isUpright: boolean;
  /** What the file states of its pixels; of a TIFF its directories state more. */
  sides: PixelSides | null;
  samples: {
    depth: Metadata['depth'];
    space: Metadata['space'];
    /** What each sample beyond the colours is, by TIFF's numbers. */
    extras: readonly number[];
    /** An ICC profile that changes something. */
    profile: Buffer | null;
  };
};

/**
 * Reads the header of an image, and refuses what must not be decoded: a format outside the allow-list, or more pixels
 * than the limit (a decompression bomb is refused by its header).
 *
 * @param extras - of a TIFF, what its ExtraSamples states
 * @throws AppError `unreadable_image`, `image_too_large`, or `queue_full` when no thread was free in time
 */
export async function readHeader(bytes: Uint8Array, extras?: readonly number[]): Promise<ImageHeader> {
  const sniffed = sniffFormat(bytes);
  if (sniffed.format === null) {
    const looks =
      sniffed.looksLike === null ? 'the content is none of these' : `the content looks like ${sniffed.looksLike}`;
    throw imageRefusal(looks);
  }
  if (sniffed.format === 'HEIC') return readHeicHeader(bytes);
  const header = sharp(bytes, { limitInputPixels: false, failOn: 'error' }).metadata();
  const metadata = await withinSeconds(header, HEADER_SECONDS).catch((error) => {
    if (error instanceof AppError) throw error;
    throw imageRefusal(`${sniffed.format}: ${reasonOf(error)}`, error);
  });
  const { width, height } = metadata.autoOrient;
  assertPixels(width, height);
  const { depth, space, icc } = metadata;
  const profile = icc && !isSrgbProfile(icc) ? icc : null;
  const samples = { depth, space, extras: extras ?? [EXTRA.straight], profile };
  const { format } = sniffed;
  const stored = { width: metadata.width, height: metadata.height };
  const isUpright = (metadata.orientation ?? 1) === 1;
  return { format, width, height, stored, isUpright, sides: readSides(bytes, format, metadata), samples };
}

function assertPixels(width: number, height: number): void {
  const limit = getEnv().limits.pixels;
  if (width * height > limit)
    throw new AppError(
      'image_too_large',
      `An image may have ${limit} pixels (${limit / 1e6} megapixels), this one has ${width} x ${height} = ${width * height}.`,
    );
}

/** libvips has no decoder for HEVC. The kind of samples is known after decoding. */
async function readHeicHeader(bytes: Uint8Array): Promise<ImageHeader> {
  const size = await readHeicSize(bytes);
  assertPixels(size.width, size.height);
  const samples = { depth: 'uchar', space: 'srgb', extras: [EXTRA.straight], profile: null } as const;
  return { format: 'HEIC', ...size, stored: size, isUpright: true, sides: null, samples };
}
