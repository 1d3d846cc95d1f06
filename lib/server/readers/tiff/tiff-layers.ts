import 'server-only';
import sharp from 'sharp';
import type { SlideRegion } from '@/lib/contracts/options';
import { type Raster, sharedRaster } from '@/lib/imaging/raster';
import { type Damage, findLostTiles, isHarmless, MAX_MISSING, wordsOf } from '@/lib/server/images/find-damage';
import { countSurplus } from '@/lib/server/images/jpeg-surplus';
import {
  declareColour,
  isBare,
  type JpegColour,
  jpegColour,
  readJpegHead,
} from '@/lib/server/readers/codecs/jpeg-colour';
import type { RandomAccess } from '@/lib/server/readers/random-access';
import { Refusal } from '@/lib/server/readers/slide-source';
import { COMPRESSION, PHOTOMETRIC, TAG, type TiffPage } from './tiff-tags';

/**
 * A page of a TIFF that readers get wrong: tiles or strips are missing, or its JPEG is of other colours than they think.
 * The common reader also says nothing of damage to JPEG in tiles, and refuses strips whose subsampling the tag denies.
 */
export type TiffLayer = {
  /** Of its page. */
  directory: number;
  width: number;
  height: number;
  /** Size of its tiles or strips. */
  chunk: { width: number; height: number };
  /** Where each lies, row by row; of planar pictures the channels follow each other. */
  chunks: { offset: number; bytes: number }[];
  isPlanar: boolean;
  hasMissing: boolean;
  /** Not null: decoded here, chunk by chunk, with this colour. */
  jpeg: { colour: JpegColour; tables: Buffer | null } | null;
};

/** Of a JPEG stream, enough to hold the markers before its pixels. */
const HEAD_BYTES = 1 << 16;
const CHUNKS_AT_ONCE = 8;
const WHITE = 255;
/** What decoding one chunk may take. */
const CHUNK_SECONDS = 5;
const MAX_CHUNK_PIXELS = 1 << 28;

/**
 * @param forBioformats - whether Bio-Formats would read it, which converts YCbCr twice that is not subsampled, and takes
 *   RGB without a marker for YCbCr.
 * @returns null for a page that every reader reads right
 */
export async function findLayer(file: RandomAccess, page: TiffPage, forBioformats: boolean): Promise<TiffLayer | null> {
  const width = await page.number(TAG.width, 0);
  const height = await page.number(TAG.height, 0);
  const isTiled = page.has(TAG.tileOffsets);
  const offsets = await page.numbers(isTiled ? TAG.tileOffsets : TAG.stripOffsets);
  const counts = await page.numbers(isTiled ? TAG.tileByteCounts : TAG.stripByteCounts);
  const rows = Math.min(await page.number(TAG.rowsPerStrip, height), height);
  const chunk = isTiled
    ? { width: await page.number(TAG.tileWidth, 0), height: await page.number(TAG.tileHeight, 0) }
    : { width, height: rows };
  if (!(width > 0 && height > 0 && chunk.width > 0 && chunk.height > 0) || offsets.length === 0) return null;
  // Strips of the oldest writers have no byte counts.
  const chunks = offsets.map((offset, i) => ({ offset, bytes: counts[i] ?? (offset > 0 ? file.size - offset : 0) }));
  const hasMissing = chunks.some(isMissing);
  const isPlanar = (await page.number(TAG.planarConfiguration, 1)) === 2;
  const jpeg = isPlanar ? null : await describeJpeg(file, page, chunks.find((one) => !isMissing(one))?.offset ?? null);
  const isDisputed =
    jpeg !== null && (jpeg.isDenied || (forBioformats ? jpeg.isMisreadByBioformats : isTiled || jpeg.isMisstated));
  if (!hasMissing && !isDisputed) return null;
  return { directory: page.offset, width, height, chunk, chunks, isPlanar, hasMissing, jpeg };
}

const isMissing = ({ offset, bytes }: { offset: number; bytes: number }) => offset === 0 || bytes === 0;

async function describeJpeg(file: RandomAccess, page: TiffPage, offset: number | null) {
  if ((await page.number(TAG.compression, 1)) !== COMPRESSION.jpeg || offset === null) return null;
  const head = readJpegHead(await file.read(offset, HEAD_BYTES));
  if (head === null) return null;
  const photometric = await page.number(TAG.photometric, PHOTOMETRIC.rgb);
  const byContainer = photometric === PHOTOMETRIC.yCbCr ? 'ycc' : 'rgb';
  const colour = jpegColour(head, byContainer);
  const subsampling = await page.numbers(TAG.yCbCrSubsampling);
  const isFullySampled = subsampling[0] === 1 && subsampling[1] === 1;
  return {
    colour,
    tables: await page.bytes(TAG.jpegTables),
    isDenied: colour !== byContainer,
    isMisstated: byContainer === 'ycc' && isFullySampled && head.isSubsampled,
    isMisreadByBioformats: colour === 'rgb' ? isBare(head) : byContainer === 'ycc' && isFullySampled,
  };
}

/** Makes what is missing of a region white, as scanners mean it: they leave out glass. In the layer's own pixels. */
export function whitenMissing(layer: TiffLayer, { x, y }: SlideRegion, pixels: Raster): void {
  if (!layer.hasMissing) return;
  const perPlane = Math.ceil(layer.width / layer.chunk.width) * Math.ceil(layer.height / layer.chunk.height);
  for (const [i, chunk] of layer.chunks.entries()) {
    if (!isMissing(chunk)) continue;
    const { left, top, right, bottom } = overlap(rectangleOf(layer, i % perPlane), { x, y }, pixels);
    const channels = layer.isPlanar ? [Math.floor(i / perPlane)] : [0, 1, 2];
    for (let row = top; row < bottom; row++)
      for (let at = row * pixels.width + left; at < row * pixels.width + right; at++)
        for (const channel of channels) pixels.data[at * 3 + channel] = WHITE;
  }
}

/**
 * Reads a region of a layer in JPEG: its chunks one by one, each with the colour that was found for the page. Those that
 * cannot be decoded stay white, up to a tenth of the region.
 *
 * @throws Refusal where more is missing
 */
export async function readJpegLayer(
  file: RandomAccess,
  layer: TiffLayer,
  region: SlideRegion,
): Promise<{ raster: Raster; damage: Damage | null }> {
  const raster = sharedRaster(region.width, region.height, 3);
  raster.data.fill(WHITE);
  const wanted = [...layer.chunks.entries()].filter(([i, chunk]) => {
    const { left, top, right, bottom } = overlap(rectangleOf(layer, i), region, raster);
    return right > left && bottom > top && !isMissing(chunk);
  });
  const lost = new Set<number>();
  for (let start = 0; start < wanted.length; start += CHUNKS_AT_ONCE)
    await Promise.all(
      wanted.slice(start, start + CHUNKS_AT_ONCE).map(async ([i, chunk]) => {
        if (!(await readChunk(file, layer, { ...chunk, index: i }, region, raster))) lost.add(i);
      }),
    );
  if (lost.size === 0) return { raster, damage: null };
  const across = Math.ceil(layer.width / layer.chunk.width);
  const part = { left: region.x, top: region.y, width: region.width, height: region.height };
  const damage = await findLostTiles(part, layer.chunk, async ({ left, top }) => {
    return !lost.has(Math.floor(top / layer.chunk.height) * across + Math.floor(left / layer.chunk.width));
  });
  if (damage && damage.share > MAX_MISSING)
    throw new Refusal(`TIFF: the file is cut short or damaged: ${damage.detail}`);
  return { raster, damage };
}

/** @returns false for a chunk that cannot be decoded whole, of which nothing is written */
async function readChunk(
  file: RandomAccess,
  layer: TiffLayer,
  { index, offset, bytes }: { index: number; offset: number; bytes: number },
  region: SlideRegion,
  pixels: Raster,
): Promise<boolean> {
  const { colour, tables } = layer.jpeg as NonNullable<TiffLayer['jpeg']>;
  const decoded = await decodeWhole(declareColour(await file.read(offset, bytes), tables, colour));
  if (decoded === null) return false;
  const { data, info } = decoded;
  const rectangle = rectangleOf(layer, index);
  const inside = {
    width: Math.min(rectangle.width, layer.width - rectangle.x),
    height: Math.min(rectangle.height, layer.height - rectangle.y),
  };
  if (info.channels !== 3 || info.width < inside.width || info.height < inside.height)
    throw new Refusal(
      `TIFF: tile or strip ${index} has ${info.width} x ${info.height} pixels, where ${inside.width} x ${inside.height} are needed`,
    );
  const { left, top, right, bottom } = overlap({ ...rectangle, ...inside }, region, pixels);
  const shift = { x: region.x - rectangle.x, y: region.y - rectangle.y };
  for (let row = top; row < bottom; row++) {
    const from = ((row + shift.y) * info.width + left + shift.x) * 3;
    pixels.data.set(data.subarray(from, from + (right - left) * 3), (row * pixels.width + left) * 3);
  }
  return true;
}

/** By the rules of whole JPEG files: null for what a decoder warns of, unless it is harmless. */
async function decodeWhole(jpeg: Buffer) {
  const decode = (failOn: 'none' | 'warning') =>
    sharp(jpeg, { failOn, limitInputPixels: MAX_CHUNK_PIXELS })
      .timeout({ seconds: CHUNK_SECONDS })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
  try {
    const decoded = await decode('warning');
    return (await countSurplus(jpeg, CHUNK_SECONDS)) === 0 ? decoded : null;
  } catch (error) {
    const told = error instanceof Error ? wordsOf(error.message) : [];
    return isHarmless(told) ? decode('none').catch(() => null) : null;
  }
}

/** Of a chunk, in the layer's pixels; it may reach past the picture's edge. */
function rectangleOf({ width, chunk }: TiffLayer, index: number): SlideRegion {
  const across = Math.ceil(width / chunk.width);
  return { x: (index % across) * chunk.width, y: Math.floor(index / across) * chunk.height, ...chunk };
}

/** The part of `rectangle` in a picture whose corner lies at `origin`, in that picture's pixels. */
function overlap(
  rectangle: SlideRegion,
  origin: { x: number; y: number },
  { width, height }: { width: number; height: number },
) {
  const clamp = (value: number, max: number) => Math.min(max, Math.max(0, value));
  return {
    left: clamp(rectangle.x - origin.x, width),
    top: clamp(rectangle.y - origin.y, height),
    right: clamp(rectangle.x + rectangle.width - origin.x, width),
    bottom: clamp(rectangle.y + rectangle.height - origin.y, height),
  };
}
