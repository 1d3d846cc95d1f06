import 'server-only';
import { setImmediate } from 'node:timers/promises';
import { copyColours, isUniform } from '@/lib/imaging/colour/colour-samples';
import type { Warning } from '@/lib/warnings';

/** Samples that are worked on before other events get a turn. */
const SLICE = 4_000_000;

/** Kinds of samples beyond the colours, by the numbers of TIFF's ExtraSamples. In all other formats they are straight alpha. */
export const EXTRA = { unspecified: 0, premultiplied: 1, straight: 2 } as const;

export type Pixels = {
  samples: ArrayLike<number>;
  channels: number;
  isFloat: boolean;
  /** Kinds of the samples beyond the colours, in their order. */
  extras: readonly number[];
};

/** How stored samples become 8 bits. */
export type Scaling = {
  /** Number of colour channels. */
  colours: 1 | 3;
  /** The stored value that becomes white. */
  white: number;
  /** null = no alpha that hides anything. `white` is the opaque value. */
  alpha: { channel: number; white: number; isPremultiplied: boolean } | null;
  warnings: Warning[];
};

/**
 * Finds how samples are scaled, by looking at all of them:
 *
 * - Integers are scaled by the smallest usual depth (8, 10, 12, 14, 16 bits) that holds the largest of them, since
 *   cameras store 12 bits in 16. Alpha is scaled by its own largest value; one of 0 and 1 is a mask.
 * - Floats are taken as 0 to 1 when none is above 1, else as integers.
 * - A sample beyond the colours is alpha only where the file says so.
 * - Alpha that is the same everywhere is ignored, with a warning if it is not opaque.
 */
export async function scalingOf(pixels: Pixels): Promise<Scaling> {
  const { samples, channels, isFloat, extras } = pixels;
  const colours = channels >= 3 ? 3 : 1;
  const extra = extras.slice(0, channels - colours).findIndex((kind) => kind !== EXTRA.unspecified);
  const channel = extra < 0 ? -1 : colours + extra;
  // Bytes use their whole scale, whatever the largest is.
  const largest = samples instanceof Uint8Array ? 255 : await largestColour(pixels, colours);
  const { opaque, clearest } = await alphaRange(pixels, channel);
  const ownScale = { colours, white: fullScale(largest, isFloat), alpha: null, warnings: [] } as const;
  if (channel < 0) return { ...ownScale, warnings: [] };
  const isPremultiplied = extras[extra] === EXTRA.premultiplied;
  const alphaWhite = opaque <= 1 ? 1 : fullScale(opaque, isFloat);
  if (clearest < opaque) return { ...ownScale, alpha: { channel, white: alphaWhite, isPremultiplied }, warnings: [] };
  if (opaque === alphaWhite) return { ...ownScale, warnings: [] };
  const percent = Number(((100 * opaque) / alphaWhite).toFixed(1));
  const detail = `The file's transparency is the same everywhere (${percent} % opaque), so it hides no part of the picture; it was ignored.`;
  // The colours of a premultiplied picture are dimmed by its alpha.
  const dimmed = isPremultiplied && opaque > 0 ? opaque / alphaWhite : 1;
  return {
    ...ownScale,
    white: ownScale.white * dimmed,
    warnings: [{ code: 'transparency_ignored', detail }],
  };
}

/** The largest finite sample of the colours; 0 where none is above. */
async function largestColour({ samples, channels }: Pixels, colours: number): Promise<number> {
  let largest = 0;
  await inSlices(samples.length / channels, (start, end) => {
    for (let pixel = start; pixel < end; pixel++)
      for (let at = pixel * channels; at < pixel * channels + colours; at++) {
        const sample = samples[at] ?? 0;
        if (sample > largest && sample !== Number.POSITIVE_INFINITY) largest = sample;
      }
  });
  return largest;
}

/** The largest and smallest sample of one channel; -1 = none. */
async function alphaRange({ samples, channels }: Pixels, channel: number) {
  let [opaque, clearest] = [0, Number.POSITIVE_INFINITY];
  if (channel < 0) return { opaque, clearest };
  // Nearly always alpha is opaque everywhere.
  const first = samples[channel] ?? 0;
  if (samples instanceof Uint8Array && isUniform(samples, channel, channels)) return { opaque: first, clearest: first };
  await inSlices(samples.length / channels, (start, end) => {
    for (let at = start * channels + channel; at < end * channels; at += channels) {
      const alpha = Math.max(0, samples[at] || 0);
      if (alpha > opaque) opaque = alpha;
      if (alpha < clearest) clearest = alpha;
    }
  });
  return { opaque, clearest };
}

/** The value that becomes white. */
function fullScale(max: number, isFloat: boolean): number {
  if (isFloat && max <= 1) return 1;
  const bits = [8, 10, 12, 14, 16].find((depth) => max <= 2 ** depth - 1);
  return bits === undefined ? max : 2 ** bits - 1;
}

/**
 * Writes samples as colours from 0 to `top`, with alpha on white. NaN and negative samples become 0.
 *
 * @param to - its channels are as many as the colours, or 3, in which grey is repeated
 */
export async function writeColours(
  { samples, channels }: Pixels,
  { colours, white, alpha }: Scaling,
  to: { data: Uint8Array | Uint16Array; channels: number; top: number },
): Promise<void> {
  const scale = to.top / white;
  if (alpha === null && scale === 1 && samples instanceof Uint8Array)
    return inSlices(samples.length / channels, (start, end) =>
      copyColours(samples, channels, to.data, to.channels, start, end),
    );
  await inSlices(samples.length / channels, (start, end) => {
    for (let pixel = start; pixel < end; pixel++) {
      const at = pixel * channels;
      const opacity =
        alpha === null ? 1 : Math.max(0, Math.min(1, (samples[at + alpha.channel] ?? 0) / alpha.white || 0));
      const weight = alpha?.isPremultiplied ? 1 : opacity;
      const paper = to.top * (1 - opacity);
      for (let c = 0; c < to.channels; c++) {
        const sample = samples[at + Math.min(c, colours - 1)] ?? 0;
        const value = sample > 0 ? Math.min(to.top, sample * scale) : 0;
        to.data[pixel * to.channels + c] = Math.min(to.top, Math.round(value * weight + paper));
      }
    }
  });
}

async function inSlices(count: number, work: (start: number, end: number) => void): Promise<void> {
  for (let start = 0; start < count; start += SLICE) {
    work(start, Math.min(start + SLICE, count));
    await setImmediate();
  }
}
