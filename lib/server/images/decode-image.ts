import 'server-only';
import { setImmediate } from 'node:timers/promises';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { MICRONS_PER_PIXEL_RANGE } from '@/lib/contracts/options';
import { AppError } from '@/lib/errors';
import { type Raster, sharedRaster } from '@/lib/imaging/raster';
import { getEnv } from '@/lib/server/env';
import type { Warning } from '@/lib/warnings';
import { COMMON_FORMATS, type CommonFormat, sniffFormat } from './sniff-format';

// Nothing of a posted image may outlive its request.
sharp.cache(false);
// A second net below `sniffFormat`: loaders that we do not need cannot run at all.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Png', 'Jpeg', 'Webp', 'Heif', 'Nsgif', 'Tiff'].map((name) => `VipsForeignLoad${name}`),
});

/** A header is read in milliseconds; this long, and either the file is hostile or the threads are all taken. */
const HEADER_SECONDS = 5;
/** What decoding may take once it has begun: ten times what it takes on an idle core. */
const DECODE_SECONDS = 4;
const DECODE_SECONDS_PER_MEGAPIXEL = 0.5;
/** And how long it may wait for a thread before. */
const THREAD_SECONDS = 30;
const BUSY_RETRY_SECONDS = 5;
const MICRONS_PER_INCH = 25_400;
/** Samples that are scaled between two looks at the event loop. */
const SLICE = 4_000_000;

export type ImageHeader = {
  format: CommonFormat;
  /** As the image is seen, its orientation applied. */
  width: number;
  height: number;
  /** What the file states, when that is a pixel size a microscope can have. */
  micronsPerPixel: number | null;
  samples: { depth: Metadata['depth']; space: Metadata['space']; hasAlpha: boolean; isSrgb: boolean };
};

/**
 * Reads what an image says of itself, and refuses what must not be decoded: a format outside the allow-list, or more
 * pixels than the limit (a decompression bomb is refused by its header).
 *
 * @throws AppError `unreadable_image`, `image_too_large`, or `queue_full` when no thread got to it.
 */
export async function readHeader(bytes: Uint8Array): Promise<ImageHeader> {
  const sniffed = sniffFormat(bytes);
  if (sniffed.format === null) {
    const looks =
      sniffed.looksLike === null ? 'the content is none of these' : `the content looks like ${sniffed.looksLike}`;
    throw refusal(looks);
  }
  const header = sharp(bytes, { limitInputPixels: false, failOn: 'error' }).metadata();
  const metadata = await withinSeconds(header, HEADER_SECONDS).catch((error) => {
    if (error instanceof AppError) throw error;
    throw refusal(`${sniffed.format}: ${reasonOf(error)}`, error);
  });
  const { width, height } = metadata.autoOrient;
  const limit = getEnv().limits.pixels;
  if (width * height > limit)
    throw new AppError(
      'image_too_large',
      `An image may have ${limit} pixels (${limit / 1e6} megapixels), this one has ${width} x ${height} = ${width * height}.`,
    );
  const { depth, space, hasAlpha, icc } = metadata;
  const samples = { depth, space, hasAlpha, isSrgb: isSrgb(icc) };
  return { format: sniffed.format, width, height, micronsPerPixel: pixelSize(metadata), samples };
}

/** PNG pHYs, JPEG density and TIFF resolution all arrive as dots an inch; 72, 96 or 300 of them are a screen's or a printer's. */
function pixelSize(metadata: Metadata): number | null {
  if (metadata.density === undefined || metadata.density <= 0) return null;
  const micronsPerPixel = Number((MICRONS_PER_INCH / metadata.density).toFixed(4));
  const { min, max } = MICRONS_PER_PIXEL_RANGE;
  return micronsPerPixel >= min && micronsPerPixel <= max ? micronsPerPixel : null;
}

/** Pixels, and what is doubted of them. */
export type DecodedImage = { raster: Raster; warnings: readonly Warning[] };

/**
 * Decodes an image to 8-bit RGB in shared memory, by these rules:
 *
 * - the first frame or page; the orientation that the file states is applied;
 * - alpha lies on white;
 * - CMYK, YCbCr, Lab and palettes become sRGB; an embedded ICC profile is applied, unless it is sRGB itself, when the
 *   stored values stand as they are;
 * - grey is repeated in all three channels;
 * - integers of more than 8 bits are scaled by the smallest usual depth (8, 10, 12, 14, 16 bits) that holds the
 *   largest value, since cameras store 12 bits in 16; with alpha, by their full range;
 * - floats are taken as 0 to 1 when none is above 1, else as integers; NaN and what is negative is 0; no gamma;
 * - a file that is cut short or damaged is refused: half an image must not be scored as a whole one. What a decoder
 *   only warns of (a broken EXIF block, say) is borne.
 *
 * @throws AppError `unreadable_image`, or `queue_full` when no thread got to it.
 */
export async function decodeImage(bytes: Uint8Array, header: ImageHeader): Promise<DecodedImage> {
  const seconds = DECODE_SECONDS + (DECODE_SECONDS_PER_MEGAPIXEL * header.width * header.height) / 1e6;
  const { depth, space, hasAlpha, isSrgb } = header.samples;
  try {
    const image = sharp(bytes, {
      failOn: 'error',
      limitInputPixels: getEnv().limits.pixels,
      ignoreIcc: isSrgb,
    })
      .timeout({ seconds: Math.ceil(seconds) })
      .autoOrient();
    const isDeep = depth !== 'uchar' && !hasAlpha && DEEP_SPACES.includes(space);
    const raster = await withinSeconds(
      isDeep ? decodeDeep(image, depth, space) : decodeEightBit(image),
      seconds + THREAD_SECONDS,
    );
    return { raster, warnings: [] };
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (error instanceof UnusableSamples) throw refusal(`${header.format}: ${error.message}`, error);
    throw new AppError(
      'unreadable_image',
      `The ${header.format} file is cut short or damaged: its header is sound, its pixels are not (${reasonOf(error)}).`,
      { cause: error },
    );
  }
}

/** Pixels that were decoded, but are no picture. */
class UnusableSamples extends Error {}

async function decodeEightBit(image: Sharp): Promise<Raster> {
  const { data, info } = await image
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new UnusableSamples(`${info.channels} channels, where grey or RGB is needed`);
  const raster = sharedRaster(info.width, info.height, 3);
  raster.data.set(data);
  return raster;
}

/** Colour spaces whose samples can be scaled as they are. */
const DEEP_SPACES: readonly string[] = ['b-w', 'srgb', 'rgb', 'grey16', 'rgb16', 'scrgb', 'multiband'];

const SAMPLES = {
  char: Int8Array,
  ushort: Uint16Array,
  short: Int16Array,
  uint: Uint32Array,
  int: Int32Array,
  float: Float32Array,
  double: Float64Array,
} as const;

async function decodeDeep(image: Sharp, depth: Metadata['depth'], space: Metadata['space']): Promise<Raster> {
  const Samples = SAMPLES[depth as keyof typeof SAMPLES];
  if (Samples === undefined) throw new UnusableSamples(`${depth} samples, which have no brightness`);
  const { data, info } = await image.toColourspace(space).raw({ depth }).toBuffer({ resolveWithObject: true });
  if (info.channels !== 1 && info.channels !== 3)
    throw new UnusableSamples(`${info.channels} channels, where grey or RGB is needed`);
  const isAligned = data.byteOffset % Samples.BYTES_PER_ELEMENT === 0;
  const { buffer, byteOffset, byteLength } = isAligned ? data : Uint8Array.from(data);
  const samples = new Samples(buffer, byteOffset, byteLength / Samples.BYTES_PER_ELEMENT);

  const isFloat = depth === 'float' || depth === 'double';
  const raster = sharedRaster(info.width, info.height, 3);
  const scale = 255 / fullScale(await largest(samples), isFloat);
  const repeat = 3 / info.channels;
  for (let start = 0; start < samples.length; start += SLICE) {
    const end = Math.min(start + SLICE, samples.length);
    for (let i = start; i < end; i++) {
      const sample = samples[i];
      // NaN fails the comparison and stays 0.
      const value = sample > 0 ? Math.min(255, Math.round(sample * scale)) : 0;
      for (let c = 0; c < repeat; c++) raster.data[i * repeat + c] = value;
    }
    await setImmediate();
  }
  return raster;
}

async function largest(samples: ArrayLike<number>): Promise<number> {
  let max = 0;
  for (let start = 0; start < samples.length; start += SLICE) {
    const end = Math.min(start + SLICE, samples.length);
    for (let i = start; i < end; i++) if (samples[i] > max && samples[i] !== Number.POSITIVE_INFINITY) max = samples[i];
    await setImmediate();
  }
  return max;
}

/** The value that becomes 255. */
function fullScale(max: number, isFloat: boolean): number {
  if (isFloat && max <= 1) return 1;
  const bits = [8, 10, 12, 14, 16].find((depth) => max <= 2 ** depth - 1);
  return bits === undefined ? max : 2 ** bits - 1;
}

/** An sRGB profile changes nothing but the last bit of some values; its name lies in it as ASCII or UTF-16. */
function isSrgb(icc: Buffer | undefined): boolean {
  return icc !== undefined && (icc.includes('sRGB') || icc.includes(Buffer.from('\0s\0R\0G\0B', 'latin1')));
}

/** The decoder's own first words: they name structures of the format, and nothing that the file's author wrote. */
function reasonOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line.replace(/[^\x20-\x7e]/g, '?').slice(0, 120);
}

const refusal = (reason: string, cause?: unknown) =>
  new AppError(
    'unreadable_image',
    `No reader opens this file. Common formats (${COMMON_FORMATS.join(', ')}): ${reason}.`,
    {
      cause,
    },
  );

/**
 * A decoder that hangs keeps its thread, but not its caller. sharp's own limit counts from when it begins, and so blames
 * the file; this one counts the wait for a thread, too, and blames nobody.
 */
async function withinSeconds<T>(work: Promise<T>, seconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const detail = `The image was not read within ${Math.ceil(seconds)} s: the server is busy, or the file is damaged. Try again in ${BUSY_RETRY_SECONDS} s.`;
    const error = new AppError('queue_full', detail, { retryAfterSeconds: BUSY_RETRY_SECONDS });
    timer = setTimeout(() => reject(error), seconds * 1000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
