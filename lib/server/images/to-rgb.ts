import 'server-only';
import { setImmediate } from 'node:timers/promises';
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
  let [white, opaque, clearest] = [0, 0, Number.POSITIVE_INFINITY];
  await inSlices(samples.length / channels, (start, end) => {
    for (let pixel = start; pixel < end; pixel++) {
      const at = pixel * channels;
      for (let c = 0; c < colours; c++) {
        const sample = samples[at + c] ?? 0;
        if (sample > white && sample !== Number.POSITIVE_INFINITY) white = sample;
      }
      if (channel < 0) continue;
      const alpha = Math.max(0, samples[at + channel] || 0);
      if (alpha > opaque) opaque = alpha;
      if (alpha < clearest) clearest = alpha;
    }
  });
  const ownScale = { colours, white: fullScale(white, isFloat), alpha: null, warnings: [] } as const;
  if (channel < 0) return { ...ownScale, warnings: [] };
  const isPremultiplied = extras[extra] === EXTRA.premultiplied;
  const alphaWhite = opaque <= 1 ? 1 : fullScale(opaque, isFloat);
  if (clearest < opaque) return { ...ownScale, alpha: { channel, white: alphaWhite, isPremultiplied }, warnings: [] };
  if (opaque === alphaWhite) return { ...ownScale, warnings: [] };
  const percent = Number(((100 * opaque) / alphaWhite).toFixed(1));
  const detail = `The file's transparency is the same everywhere (${percent} % opaque) and so hides nothing in particular; it was ignored.`;
  // The colours of a premultiplied picture are dimmed by its alpha.
  const dimmed = isPremultiplied && opaque > 0 ? opaque / alphaWhite : 1;
  return {
    ...ownScale,
    white: ownScale.white * dimmed,
    warnings: [{ code: 'transparency_ignored', detail }],
  };
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
