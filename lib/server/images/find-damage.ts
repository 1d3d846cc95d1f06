import 'server-only';
import type { Sharp } from 'sharp';
import type { Raster } from '@/lib/imaging/raster';
import type { Warning } from '@/lib/warnings';

/**
 * What decoders warn of although every pixel is there:
 *
 * - numbers of a version or a colour transform that the decoder does not know: it goes by the rest of the header;
 * - a scan header of a sequential JPEG with the numbers of a progressive one, or scans in an order that is not the
 *   standard's, as some cameras write: the coefficients are whole;
 * - bytes between segments, which are skipped; but before a restart marker, or more than a word of them at the end of a
 *   scan (`jpeg-surplus.ts`), they are lost blocks;
 * - directories of TIFF: unknown tags, their order and types, a subsampling that the JPEG inside states better, samples
 *   beyond the colours that no tag explains.
 */
const HARMLESS: readonly RegExp[] = [
  /unknown JFIF revision|Unknown Adobe color transform/i,
  /Invalid SOS parameters|Inconsistent progression sequence/,
  /(?<!\d)[1-7] extraneous bytes before marker 0x(?!d[0-7])/,
  /extraneous bytes before marker 0x(?!c4|da|d[0-7]|d9)/,
  /Unknown field with tag|tags are not sorted|wrong data type|incorrect count|Auto-corrected former TIFF|Defining non-color channels as ExtraSamples/,
];

/** Whether all that a decoder said is harmless. */
export const isHarmless = (messages: readonly string[]) =>
  messages.length > 0 && messages.every((message) => HARMLESS.some((known) => known.test(message)));

/** What a decoder said: without where and how often it warned, and that sharp made an error of it, which tells nothing. */
export const wordsOf = (message: string): string[] =>
  message
    .split('\n')
    .filter((line) => line.trim() !== '' && !/treated as error|error in tile|gave \d+ warnings/.test(line));

/** More than this of a picture missing, and what is left is no longer the picture. */
export const MAX_MISSING = 0.1;

export type Part = { left: number; top: number; width: number; height: number };
export type Damage = { parts: Part[]; share: number; detail: string };

/** Whether a part of the picture decodes without a warning. */
type IsSound = (part: Part) => Promise<boolean>;

/** @param open - strict about warnings */
export const soundBy =
  (open: () => Sharp): IsSound =>
  (part) =>
    open()
      .extract(part)
      .raw()
      .toBuffer()
      .then(
        () => true,
        () => false,
      );

/** Rows that are decoded as one: a row of blocks of the largest kind. */
const ROWS = 16;

/** From where on a picture that is decoded from the top cannot be. */
export async function findLostRows(
  { width, height }: { width: number; height: number },
  isSound: IsSound,
): Promise<Damage | null> {
  const bands = Math.ceil(height / ROWS);
  let [sound, lost] = [0, bands + 1];
  while (lost - sound > 1) {
    const middle = Math.floor((sound + lost) / 2);
    const rows = Math.min(height, middle * ROWS);
    if (await isSound({ left: 0, top: 0, width, height: rows })) sound = middle;
    else lost = middle;
  }
  if (sound >= bands) return null;
  const top = sound * ROWS;
  const share = (height - top) / height;
  const detail = `the lower ${percent(share)} of its rows (${height - top} of ${height}) cannot be read`;
  return { parts: [{ left: 0, top, width, height: height - top }], share, detail };
}

/** Which tiles of a region cannot be decoded; `isSound` is asked for each, or the part of it that lies in the region. */
export async function findLostTiles(
  region: Part,
  tile: { width: number; height: number },
  isSound: IsSound,
): Promise<Damage | null> {
  const [right, bottom] = [region.left + region.width, region.top + region.height];
  /** The edge of a tile, at or before a place. */
  const edge = (at: number, side: number) => Math.floor(at / side) * side;
  const parts: Part[] = [];
  let tiles = 0;
  for (let top = region.top; top < bottom; top = edge(top, tile.height) + tile.height)
    for (let left = region.left; left < right; left = edge(left, tile.width) + tile.width) {
      const width = Math.min(edge(left, tile.width) + tile.width, right) - left;
      const height = Math.min(edge(top, tile.height) + tile.height, bottom) - top;
      const part = { left, top, width, height };
      tiles++;
      if (!(await isSound(part))) parts.push(part);
    }
  if (parts.length === 0) return null;
  const share = parts.reduce((sum, part) => sum + part.width * part.height, 0) / (region.width * region.height);
  const detail = `${parts.length} of its ${tiles} tiles (${percent(share)} of the picture) cannot be read`;
  return { parts, share, detail };
}

const percent = (share: number) => `${Number((100 * share).toPrecision(2))} %`;

/** What is missing becomes white, as glass, so that nothing is found in it. */
export function whiten(raster: Raster, parts: readonly Part[]): void {
  for (const { left, top, width, height } of parts)
    for (let row = top; row < top + height; row++) {
      const start = (row * raster.width + left) * raster.channels;
      raster.data.fill(255, start, start + width * raster.channels);
    }
}

export const damageWarning = ({ detail }: Pick<Damage, 'detail'>): Warning => ({
  code: 'image_damaged',
  detail: `The file is damaged: ${detail}. That part was left white, and nothing in it was counted.`,
});
