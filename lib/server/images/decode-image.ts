import 'server-only';
import type { Sharp } from 'sharp';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import type { Warning } from '@/lib/warnings';
import { type DecodedImage, decodeSamples, isScaledHere, toRaster, UnusableSamples } from './decode-samples';
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
import { decodeHeic } from './heic';
import { imageRefusal, reasonOf } from './image-refusal';
import { closedJpeg, walkJpeg } from './jpeg-scans';
import { countSurplus, surplusIn } from './jpeg-surplus';
import sharp from './limited-sharp';
import type { ImageHeader } from './read-header';
import type { CommonFormat } from './sniff-format';
import { EXTRA } from './to-rgb';
import { withinSeconds } from './within-seconds';

/** Time limit from the start of decoding: ten times what it takes on an idle core. */
const DECODE_SECONDS = 4;
const DECODE_SECONDS_PER_MEGAPIXEL = 0.5;
/** How long decoding may wait for a thread before. */
const THREAD_SECONDS = 30;
/** The search for data that is left over takes up to 10 bytes a pixel beside the picture. */
const MAX_COUNTED_PIXELS = 25e6;

/**
 * Decodes an image to 8-bit RGB in shared memory, by these rules:
 *
 * - The first frame or page is taken. The orientation that the file states is applied.
 * - Alpha is put on white where the file calls it alpha and it differs between pixels. Deep samples are scaled (both:
 *   `scalingOf`).
 * - CMYK, YCbCr, Lab and palettes become sRGB. An ICC profile is applied unless its curves are those of sRGB; then the
 *   stored values stay.
 * - Grey is repeated in all three channels.
 * - NaN and negative samples become 0. Floats have no gamma.
 * - A file that is cut short or damaged is refused, since half an image must not be scored as a whole one. Where a tenth
 *   at most cannot be decoded, and it is known which, that is left white with a warning. Warnings of decoders that still
 *   give every pixel (`HARMLESS`) count for nothing, nor does a JPEG that lacks its end marker alone.
 *
 * @throws AppError `unreadable_image`, or `queue_full` when no thread was free in time
 */
export async function decodeImage(bytes: Uint8Array, header: ImageHeader): Promise<DecodedImage> {
  if (header.format === 'HEIC') return decodeHeicImage(bytes, header);
  const seconds = secondsFor(header);
  const limitInputPixels = getEnv().limits.pixels;
  const ignoreIcc = header.samples.profile === null || isScaledHere(header.samples);
  const opener = (of: Uint8Array) => (failOn: FailOn) =>
    sharp(of, { failOn, limitInputPixels, ignoreIcc }).timeout({ seconds });
  try {
    return await withinSeconds(decodeChecked(bytes, header, opener), seconds + THREAD_SECONDS);
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (error instanceof UnusableSamples) throw imageRefusal(`${header.format}: ${error.message}`, error);
    const reason =
      error instanceof Damaged
        ? `: ${error.message}`
        : `: its header can be read, its pixels cannot (${reasonOf(error)})`;
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

const secondsFor = ({ width, height }: ImageHeader) =>
  Math.ceil(DECODE_SECONDS + (DECODE_SECONDS_PER_MEGAPIXEL * width * height) / 1e6);

type FailOn = 'none' | 'error' | 'warning';
type Opener = (of: Uint8Array) => (failOn: FailOn) => Sharp;

/** Too much of the picture is missing, and it is known which part. */
class Damaged extends Error {}

/**
 * Formats whose decoder must fail on warnings, since it fills with grey or black what it warns of. libpng warns of things
 * beside the pixels and calls missing pixels an error. WebP and AVIF have errors only.
 */
const FILLED: readonly CommonFormat[] = ['GIF', 'JPEG', 'TIFF'];

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
    // In a JPEG that has its end marker, the fault is before the place where it shows.
    if (damage && (!header.isUpright || scans?.isClosed)) throw new Damaged(damage.detail);
  }
  const { raster, warnings } = await decodeSamples(open('none').autoOrient(), header);
  if (damage) whiten(raster, damage.parts);
  return { raster, warnings: [...coarse, ...(damage ? [damageWarning(damage)] : []), ...warnings] };
}

/** The decoder reads progressive pictures to their end and warns itself. A sequential one is searched. */
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
    'The file is damaged: the last scans of this progressive JPEG are missing, so it is less sharp than the original.',
};

/** @returns the pixels, or the error and all messages of the decoder */
async function tryStrictly(image: Sharp, header: ImageHeader) {
  const warned: string[] = [];
  image.on('warning', (message: string) => warned.push(...wordsOf(message)));
  try {
    return { decoded: await decodeSamples(image.autoOrient(), header), messages: [], error: null };
  } catch (error) {
    const own = error instanceof Error ? wordsOf(error.message) : [];
    return { decoded: null, messages: [...own, ...warned], error };
  }
}
