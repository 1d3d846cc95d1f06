import 'server-only';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { AppError } from '@/lib/errors';
import { type Raster, sharedRaster } from '@/lib/imaging/raster';
import { getEnv } from '@/lib/server/env';
import type { Warning } from '@/lib/warnings';
import {
  type Damage,
  damageWarning,
  findLostRows,
  isHarmless,
  MAX_MISSING,
  soundBy,
  whiten,
  wordsOf,
} from './find-damage';
import { decodeHeic, readHeicSize } from './heic';
import { closedJpeg, walkJpeg } from './jpeg-scans';
import { countSurplus, surplusIn } from './jpeg-surplus';
import { type PixelSides, readSides } from './pixel-sides';
import { withProfile } from './png-chunks';
import { COMMON_FORMATS, type CommonFormat, sniffFormat } from './sniff-format';
import { isSrgbProfile } from './srgb-profile';
import { EXTRA, type Pixels, scalingOf, writeColours } from './to-rgb';

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

export type ImageHeader = {
  format: CommonFormat;
  /** As the image is seen, its orientation applied. */
  width: number;
  height: number;
  /** As its rows lie in the file. */
  stored: { width: number; height: number };
  isUpright: boolean;
  /** What the file states of its pixels; of a TIFF its directories tell more. */
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
 * Reads what an image says of itself, and refuses what must not be decoded: a format outside the allow-list, or more
 * pixels than the limit (a decompression bomb is refused by its header).
 *
 * @param extras - of a TIFF, what its ExtraSamples says
 * @throws AppError `unreadable_image`, `image_too_large`, or `queue_full` when no thread got to it.
 */
export async function readHeader(bytes: Uint8Array, extras?: readonly number[]): Promise<ImageHeader> {
  const sniffed = sniffFormat(bytes);
  if (sniffed.format === null) {
    const looks =
      sniffed.looksLike === null ? 'the content is none of these' : `the content looks like ${sniffed.looksLike}`;
    throw refusal(looks);
  }
  if (sniffed.format === 'HEIC') return readHeicHeader(bytes);
  const header = sharp(bytes, { limitInputPixels: false, failOn: 'error' }).metadata();
  const metadata = await withinSeconds(header, HEADER_SECONDS).catch((error) => {
    if (error instanceof AppError) throw error;
    throw refusal(`${sniffed.format}: ${reasonOf(error)}`, error);
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

/** libvips has no decoder for HEVC. What the samples are is known once they are decoded. */
async function readHeicHeader(bytes: Uint8Array): Promise<ImageHeader> {
  const size = await readHeicSize(bytes);
  assertPixels(size.width, size.height);
  const samples = { depth: 'uchar', space: 'srgb', extras: [EXTRA.straight], profile: null } as const;
  return { format: 'HEIC', ...size, stored: size, isUpright: true, sides: null, samples };
}

/** Pixels, and what is doubted of them. */
export type DecodedImage = { raster: Raster; warnings: readonly Warning[] };

/**
 * Decodes an image to 8-bit RGB in shared memory, by these rules:
 *
 * - the first frame or page; the orientation that the file states is applied;
 * - alpha lies on white where it is alpha and tells pixels apart; deep samples are scaled (both: `scalingOf`);
 * - CMYK, YCbCr, Lab and palettes become sRGB; an embedded ICC profile is applied, unless its curves are those of sRGB,
 *   when the stored values stand as they are;
 * - grey is repeated in all three channels;
 * - NaN and what is negative is 0; floats have no gamma;
 * - a file that is cut short or damaged is refused: half an image must not be scored as a whole one. Where a tenth at
 *   most cannot be decoded, and it is known which, that is left white with a warning. What decoders warn of although
 *   every pixel is there (`HARMLESS`) is borne, as is a JPEG that lacks its end marker alone.
 *
 * @throws AppError `unreadable_image`, or `queue_full` when no thread got to it.
 */
export async function decodeImage(bytes: Uint8Array, header: ImageHeader): Promise<DecodedImage> {
  if (header.format === 'HEIC') return decodeHeicImage(bytes, header);
  const seconds = secondsFor(header);
  const isScaledFirst = header.samples.depth !== 'uchar' && SCALABLE.includes(header.samples.space);
  const limitInputPixels = getEnv().limits.pixels;
  const ignoreIcc = header.samples.profile === null || isScaledFirst;
  const opener = (of: Uint8Array) => (failOn: FailOn) =>
    sharp(of, { failOn, limitInputPixels, ignoreIcc }).timeout({ seconds });
  try {
    return await withinSeconds(decodeChecked(bytes, header, opener), seconds + THREAD_SECONDS);
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (error instanceof UnusableSamples) throw refusal(`${header.format}: ${error.message}`, error);
    const reason =
      error instanceof Damaged
        ? `: ${error.message}`
        : `: its header is sound, its pixels are not (${reasonOf(error)})`;
    throw new AppError('unreadable_image', `The ${header.format} file is cut short or damaged${reason}.`, {
      cause: error,
    });
  }
}

async function decodeHeicImage(bytes: Uint8Array, { width, height }: ImageHeader): Promise<DecodedImage> {
  const { samples, channels, isPremultiplied, profile, warnings } = await decodeHeic(bytes, { width, height });
  const extras = [isPremultiplied ? EXTRA.premultiplied : EXTRA.straight];
  const decoded = await toRaster({ samples, channels, isFloat: false, extras, width, height }, profile);
  return { raster: decoded.raster, warnings: [...warnings, ...decoded.warnings] };
}

/** What decoding may take. */
const secondsFor = ({ width, height }: ImageHeader) =>
  Math.ceil(DECODE_SECONDS + (DECODE_SECONDS_PER_MEGAPIXEL * width * height) / 1e6);

type FailOn = 'none' | 'error' | 'warning';

/** Too much of the picture is missing, and it is known which part. */
class Damaged extends Error {}

/**
 * Formats of which the decoder must be strict about warnings: it fills with grey or black what it only warns of. libpng
 * warns of what is beside the pixels, and calls what they lack an error; WebP and AVIF know errors only.
 */
const FILLED: readonly CommonFormat[] = ['GIF', 'JPEG', 'TIFF'];

type Opener = (of: Uint8Array) => (failOn: FailOn) => Sharp;

async function decodeChecked(sent: Uint8Array, header: ImageHeader, opener: Opener): Promise<DecodedImage> {
  const scans = header.format === 'JPEG' ? walkJpeg(sent) : null;
  if (scans?.isIncomplete) throw new Damaged('the last scans of this progressive picture are missing');
  const whole = scans?.isClosed === false ? closedJpeg(sent) : sent;
  const open = opener(whole);
  const coarse: Warning[] = scans?.isCoarse ? [COARSE] : [];
  const { messages, decoded, error } = await tryStrictly(
    open(FILLED.includes(header.format) ? 'warning' : 'error'),
    header,
  );
  if (scans) await assertNoSurplus(whole, header, messages);
  if (decoded) return { ...decoded, warnings: [...coarse, ...decoded.warnings] };
  if (error instanceof UnusableSamples) throw error;
  const canBeInParts = header.format === 'TIFF' || (header.format === 'JPEG' && !scans?.isProgressive);
  let damage: Damage | null = null;
  if (!isHarmless(messages)) {
    if (!canBeInParts) throw error;
    damage = await findLostRows(
      header.stored,
      soundBy(() => open('warning')),
    );
    if (damage && damage.share > MAX_MISSING) throw damage.share < 1 ? new Damaged(damage.detail) : error;
    // In a JPEG that is closed, what went wrong lies before where it shows.
    if (damage && (!header.isUpright || scans?.isClosed)) throw new Damaged(damage.detail);
  }
  const { raster, warnings } = await decode(open('none').autoOrient(), header);
  if (damage) whiten(raster, damage.parts);
  return { raster, warnings: [...coarse, ...(damage ? [damageWarning(damage)] : []), ...warnings] };
}

/** Looking for what is left over takes up to 10 bytes a pixel beside the picture. */
const MAX_COUNTED_PIXELS = 25e6;

/** Progressive pictures are read to their end anyhow, and their decoder has told; nothing is told of others. */
async function assertNoSurplus(jpeg: Uint8Array, header: ImageHeader, messages: readonly string[]): Promise<void> {
  const told = surplusIn(messages, jpeg);
  const isSmall = header.width * header.height <= MAX_COUNTED_PIXELS;
  const surplus = messages.length === 0 && isSmall ? await countSurplus(jpeg, secondsFor(header)) : told;
  if (surplus === 0) return;
  throw new Damaged(`${surplus} bytes of its data are left over after its last block, so blocks are lost or shifted`);
}

const COARSE: Warning = {
  code: 'image_damaged',
  detail:
    'The file is damaged: the last scans of this progressive JPEG are missing, so that it is coarser than it was.',
};

/** @returns the pixels, or why there are none and all that the decoder said. */
async function tryStrictly(image: Sharp, header: ImageHeader) {
  const warned: string[] = [];
  image.on('warning', (message: string) => warned.push(...wordsOf(message)));
  try {
    return { decoded: await decode(image.autoOrient(), header), messages: [], error: null };
  } catch (error) {
    const own = error instanceof Error ? wordsOf(error.message) : [];
    return { decoded: null, messages: [...own, ...warned], error };
  }
}

type SizedPixels = Pixels & { width: number; height: number };

/** Pixels that were decoded, but are no picture. */
class UnusableSamples extends Error {}

/** Colour spaces whose samples can be scaled as they are. */
const SCALABLE: readonly string[] = ['b-w', 'srgb', 'rgb', 'grey16', 'rgb16', 'scrgb', 'multiband'];

const SAMPLES = {
  uchar: Uint8Array,
  char: Int8Array,
  ushort: Uint16Array,
  short: Int16Array,
  uint: Uint32Array,
  int: Int32Array,
  float: Float32Array,
  double: Float64Array,
} as const;

/** Samples as they are stored where their colour space allows it, else as 8-bit sRGB. */
async function readSamples(image: Sharp, { depth, space, extras }: ImageHeader['samples'], isDeep: boolean) {
  const Samples = isDeep ? SAMPLES[depth as keyof typeof SAMPLES] : Uint8Array;
  if (Samples === undefined) throw new UnusableSamples(`${depth} samples, which have no brightness`);
  const raw = isDeep ? image.toColourspace(space).raw({ depth }) : image.toColourspace('srgb').raw();
  const { data, info } = await raw.toBuffer({ resolveWithObject: true });
  const isAligned = data.byteOffset % Samples.BYTES_PER_ELEMENT === 0;
  const { buffer, byteOffset, byteLength } = isAligned ? data : Uint8Array.from(data);
  const samples = new Samples(buffer, byteOffset, byteLength / Samples.BYTES_PER_ELEMENT);
  const { width, height, channels } = info;
  return { samples, channels, isFloat: depth === 'float' || depth === 'double', extras, width, height };
}

async function decode(image: Sharp, { samples }: ImageHeader): Promise<DecodedImage> {
  const { depth, space, profile } = samples;
  const isDeep = depth !== 'uchar' && SCALABLE.includes(space);
  const pixels = await readSamples(image, samples, isDeep);
  return toRaster(pixels, isDeep ? profile : null);
}

/** @param profile - null where it is applied already */
async function toRaster(pixels: SizedPixels, profile: Buffer | null): Promise<DecodedImage> {
  const { width, height } = pixels;
  const raster = sharedRaster(width, height, 3);
  if (profile === null && pixels.channels === 3 && pixels.samples instanceof Uint8Array) {
    raster.data.set(pixels.samples);
    return { raster, warnings: [] };
  }
  const scaling = await scalingOf(pixels);
  const { warnings } = scaling;
  if (profile === null) {
    await writeColours(pixels, scaling, { data: raster.data, channels: 3, top: 255 });
    return { raster, warnings };
  }
  // A profile means the whole scale: what is stored in a part of it is spread first.
  const { colours } = scaling;
  const spread = new Uint16Array(width * height * colours);
  await writeColours(pixels, scaling, { data: spread, channels: colours, top: 65_535 });
  const seen = await applyProfile({ data: spread, width, height, channels: colours }, profile);
  raster.data.set(seen);
  return { raster, warnings };
}

/** Spread samples through an ICC profile to 8-bit sRGB: by way of a PNG, to which a profile can be given. */
async function applyProfile(
  { data, width, height, channels }: { data: Uint16Array; width: number; height: number; channels: 1 | 3 },
  profile: Buffer,
): Promise<Buffer> {
  const png = await sharp(data, { raw: { width, height, channels }, limitInputPixels: false })
    .toColourspace(channels === 1 ? 'grey16' : 'rgb16')
    .png({ compressionLevel: 0 })
    .toBuffer();
  const tagged = sharp(withProfile(png, profile), { limitInputPixels: false });
  // sharp works on 16-bit colours in Display P3, and leaves them there unless it is told a profile to end with.
  return (channels === 3 ? tagged.withIccProfile('srgb') : tagged).toColourspace('srgb').raw().toBuffer();
}

/** Puts 8-bit RGB through an ICC profile, in place. */
export async function putThroughProfile({ data, width, height }: Raster, profile: Buffer): Promise<void> {
  const png = await sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .png({ compressionLevel: 0 })
    .toBuffer();
  data.set(await sharp(withProfile(png, profile), { limitInputPixels: false }).toColourspace('srgb').raw().toBuffer());
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
