import 'server-only';
import type { Sharp } from 'sharp';
import type { Raster } from '@/lib/imaging/raster';
import type { Warning } from '@/lib/warnings';

/**
 * Warnings of decoders that still give every pixel:
 *
 * - An unknown version or colour transform: the decoder uses the rest of the header.
 * - A scan header of a sequential JPEG with the numbers of a progressive one, or scans in another order than the standard's,
 *   as some cameras write. The coefficients are complete.
 * - Bytes between segments, which are skipped. Before a restart marker, or as more than a word at the end of a scan
 *   (`jpeg-surplus.ts`), they are lost blocks and not harmless.
 * - In directories of TIFF: unknown tags, tags of another order or type, a subsampling that differs from the JPEG's, samples
 *   beyond the colours that no tag explains.
 */
const HARMLESS: readonly RegExp[] = [
  /unknown JFIF revision|Unknown Adobe color transform/i,
  /Invalid SOS parameters|Inconsistent progression sequence/,
  /(?<!\d)[1-7] extraneous bytes before marker 0x(?!d[0-7])/,
  /extraneous bytes before marker 0x(?!c4|da|d[0-7]|d9)/,
  /Unknown field with tag|tags are not sorted|wrong data type|incorrect count|Auto-corrected former TIFF|Defining non-color channels as ExtraSamples/,
];

/** Whether all messages of a decoder are harmless; false where there are none. */
export const isHarmless = (messages: readonly string[]) =>
  messages.length > 0 && messages.every((message) => HARMLESS.some((known) => known.test(message)));

/** The messages of a decoder, without lines that give places, counts, or sharp's note that a warning became an error. */
export const wordsOf = (message: string): string[] =>
  message
    .split('\n')
    .filter((line) => line.trim() !== '' && !/treated as error|error in tile|gave \d+ warnings/.test(line));

/** Share of a picture above which it is refused when that much is missing. */
export const MAX_MISSING = 0.1;

export type Part = { left: number; top: number; width: number; height: number };
export type Damage = { parts: Part[]; share: number; detail: string };

/** Whether a part of the picture decodes without a warning. */
type IsSound = (part: Part) => Promise<boolean>;

/** @param open - opens the picture so that it fails on warnings */
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

/** Rows that are decoded together: the height of the largest kind of block. */
const ROWS = 16;

/** Finds the row from which on a picture cannot be decoded, where decoding starts at the top. */
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

/** Finds the tiles of a region that cannot be decoded. `isSound` gets each tile, or the part of it in the region. */
export async function findLostTiles(
  region: Part,
  tile: { width: number; height: number },
  isSound: IsSound,
): Promise<Damage | null> {
  const [right, bottom] = [region.left + region.width, region.top + region.height];
  /** The nearest edge of a tile at or before a place. */
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

/** Makes missing parts white, as glass is, so that nothing is found in them. */
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
