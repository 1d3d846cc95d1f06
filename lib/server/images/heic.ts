import 'server-only';
import { AppError } from '@/lib/errors';
import { currentClient } from '@/lib/server/current-client';
import { getEnv } from '@/lib/server/env';
import { FairLine } from '@/lib/server/jobs/fair-line';
import { processWide } from '@/lib/server/process-wide';
import type { Warning } from '@/lib/warnings';
import { Late, runAlone } from '@/workers/pool';
import type { HeicPayload, HeicPixels, HeicReply } from '@/workers/protocol';
import sharp from './limited-sharp';
import { isSrgbProfile } from './srgb-profile';

/** Most of this time is the start of the thread. */
const HEADER_SECONDS = 15;
/** Ten times what decoding takes on an idle core, which decodes 16 megapixels twice in 4 s. */
const DECODE_SECONDS = 20;
const DECODE_SECONDS_PER_MEGAPIXEL = 2.5;
/** Heap of the thread. Beside it there are two copies of the pixels, and libheif's memory of 2 GB at most. */
const HEAP_MEGABYTES = 256;
const LINE = { places: 1, waiting: 32, what: 'HEIC pictures wait to be read', retrySeconds: 5 };

export type HeicImage = Omit<HeicPixels, 'profile' | 'codes'> & {
  /** An ICC profile that changes something. */
  profile: Buffer | null;
  warnings: Warning[];
};

/** @throws AppError `unreadable_image`, `queue_full` */
export async function readHeicSize(bytes: Uint8Array): Promise<{ width: number; height: number }> {
  const { width, height } = await ask({ bytes, wantsPixels: false, maxPixels: getEnv().limits.pixels }, HEADER_SECONDS);
  return { width, height };
}

/**
 * Decodes the primary picture of a HEIC, turned and cropped as the file asks. Its colours are those of its ICC profile,
 * else of its colour codes, else sRGB.
 *
 * @throws AppError `unreadable_image`, `queue_full`
 */
export async function decodeHeic(
  bytes: Uint8Array,
  { width, height }: { width: number; height: number },
): Promise<HeicImage> {
  const seconds = DECODE_SECONDS + (DECODE_SECONDS_PER_MEGAPIXEL * width * height) / 1e6;
  const { pixels } = await ask({ bytes, wantsPixels: true, maxPixels: getEnv().limits.pixels }, seconds);
  if (pixels === null) throw new AppError('internal', 'no pixels of a HEIC');
  return { ...pixels, ...(await colours(pixels)) };
}

type Read = Extract<HeicReply, { ok: true }>;

/** Reads one file at a time, since each may take the decoder's whole memory. */
async function ask(payload: HeicPayload, seconds: number): Promise<Read> {
  const line = processWide('heic-line', () => new FairLine(LINE));
  const place = await line.enter({ client: currentClient() });
  try {
    const limits = { seconds, heapMegabytes: HEAP_MEGABYTES };
    const reply = await runAlone<HeicPayload, HeicReply>('heic', payload, limits);
    if (reply.ok) return reply;
    throw refuse(reply.fault, reply.reason);
  } catch (error) {
    if (error instanceof Late) throw refuse('damaged', `it was ${error.message}`, error);
    if (error instanceof AppError && error.code === 'worker_crashed')
      throw refuse('damaged', 'the decoder gave up', error);
    throw error;
  } finally {
    place.leave();
  }
}

/** The decoder's messages name structures of the format, and nothing that the file's author wrote. */
function refuse(fault: 'damaged' | 'unsupported', reason: string, cause?: unknown): AppError {
  const words = reason
    .trim()
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 160)
    .replace(/\.$/, '');
  const detail =
    fault === 'damaged'
      ? `The HEIC file is cut short or damaged: ${words}.`
      : `This HEIC file cannot be read here: ${words}. Save it as PNG, or as JPEG of high quality.`;
  return new AppError('unreadable_image', detail, { cause });
}

/** Codes of ISO/IEC 23091-2. Files that state none, or BT.709, are shown as sRGB everywhere. */
const BT709_OR_UNSTATED = [1, 2];
const DISPLAY_P3 = 12;
const SRGB_LIKE_CURVES = [1, 2, 6, 13, 14, 15];

async function colours({ profile, codes }: HeicPixels): Promise<Pick<HeicImage, 'profile' | 'warnings'>> {
  if (profile !== null) {
    const icc = Buffer.from(profile);
    if (icc.toString('latin1', 16, 20) !== 'RGB ') return ignored('an ICC profile that is not for red, green and blue');
    return { profile: isSrgbProfile(icc) ? null : icc, warnings: [] };
  }
  if (codes === null) return { profile: null, warnings: [] };
  const { primaries, transfer } = codes;
  const hasCurve = SRGB_LIKE_CURVES.includes(transfer);
  if (hasCurve && BT709_OR_UNSTATED.includes(primaries)) return { profile: null, warnings: [] };
  if (hasCurve && primaries === DISPLAY_P3) return { profile: await displayP3(), warnings: [] };
  return ignored(`colours (primaries ${primaries}, transfer ${transfer} of ISO/IEC 23091-2)`);
}

function ignored(what: string): Pick<HeicImage, 'profile' | 'warnings'> {
  const detail = `The file states ${what}, which cannot be converted here. Its colours were taken as sRGB, and may be off. Save it as sRGB.`;
  return { profile: null, warnings: [{ code: 'profile_ignored', detail }] };
}

/** The profile that is built into libvips, taken from a picture that it writes. */
async function displayP3(): Promise<Buffer | null> {
  const pixel = sharp({ create: { width: 1, height: 1, channels: 3, background: '#fff' } });
  const png = await pixel.withIccProfile('p3').png().toBuffer();
  return (await sharp(png).metadata()).icc ?? null;
}
