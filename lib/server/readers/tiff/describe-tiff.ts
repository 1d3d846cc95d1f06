import 'server-only';
import type { YccCoding } from '@/lib/imaging/colour/ycc';
import { squareDoubts } from '@/lib/server/images/pixel-sides';
import { isRgbProfile, isSrgbProfile } from '@/lib/server/images/srgb-profile';
import type { RandomAccess } from '@/lib/server/readers/random-access';
import { Refusal, type StatedPixelSize, statedPixelSize } from '@/lib/server/readers/slide-source';
import type { Orientation } from '@/lib/server/readers/turn-slide';
import type { Warning } from '@/lib/warnings';
import { cameraRaw, rawInTiff } from './camera-raw';
import { describeTiles, type PageTiles } from './page-tiles';
import { choosePicture, hasShapeOf, listPictures, type TiffPicture, type TiffPlace } from './pictures';
import { describeColour } from './tiff-colour';
import { type Kind, kindOf, refuseChannels } from './tiff-kind';
import { statedSides } from './tiff-pixel-size';
import { COMPRESSION, PHOTOMETRIC, readTiffPages, spanOf, TAG, type TiffPage } from './tiff-tags';

/** A level that the common reader can reach. */
export type TiffLevel = TiffPlace & { width: number; height: number; tiles: PageTiles };

/** What a TIFF is by its directories alone. */
export type TiffDescription = {
  /** For people: `TIFF`, or the scanner's or software's own kind of it. */
  name: string;
  /** What Bio-Formats must see the file's name end with to take it for that kind. */
  extension: string;
  /** Has channels, side images or planes that only Bio-Formats tells apart. */
  isMicroscope: boolean;
  /** Its picture is RGB, and the common reader can take it in need. */
  isRgbInNeed: boolean;
  /** Of a form that the common reader cannot decode, or gets wrong. */
  isRare: boolean;
  /** Bio-Formats hands out its samples as YCbCr in this coding. */
  ycc: YccCoding | null;
  /** Bytes that must say RGB for it to do so. */
  yccStatedAt: number[];
  /** How the stored picture is turned to be seen. */
  orientation: Orientation;
  /** Of the picture that is read, stored as it is; it may lie behind others. */
  picture: { width: number; height: number; directory: number; isFirst: boolean };
  /** All pages with a picture, to find the one that Bio-Formats reads; none where it alone enters them in the middle. */
  pictures: readonly TiffPicture[];
  /** An ICC profile that changes something; none of scanners' formats, which viewers of slides leave out too. */
  profile: Buffer | null;
  /** CIE Lab samples, as the specification (8) or ICC (9) encodes them; Bio-Formats hands them out unconverted. */
  lab: 8 | 9 | null;
  /** What each sample beyond the colours is, by the numbers of ExtraSamples; none where it does not say. */
  extras: number[];
  /** The bytes in which that stands. */
  extrasAt: { start: number; end: number };
  pixelSize: StatedPixelSize | null;
  warnings: Warning[];
  magnification: number | null;
  /** Finest first; empty unless it is tiled 8-bit RGB, which can be read in parts. */
  levels: TiffLevel[];
  /** Why no reader may open it. */
  refusal: Refusal | null;
};

/** TIFF's own numbers: none, CCITT (3), LZW, old and new JPEG, Deflate, PackBits, Deflate again, WebP. */
const COMMON_COMPRESSIONS = [1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946, 50001];
/** Classic TIFF counts to 4 GiB; NDPI goes on and lets its offsets wrap. */
const CLASSIC_TIFF_BYTES = 2 ** 32;

/** @returns null when it is no TIFF, or one without a directory. */
export async function describeTiff(file: RandomAccess): Promise<TiffDescription | null> {
  const pages = await readTiffPages(file);
  const first = pages?.[0];
  if (!pages || !first) return null;
  const description = await first.text(TAG.description);
  const found = await kindOf(file, first, description);
  const pictures = await listPictures(pages);
  // A microscope's software marks its pages in its own ways, which Bio-Formats knows.
  const picture = found.isMicroscope ? (pictures[0] ?? null) : choosePicture(pictures);
  const page = picture?.tiff ?? first;
  const compression = await page.number(TAG.compression, 1);
  const photometric = await page.number(TAG.photometric, 1);
  const isTiledPlanar = page.has(TAG.tileOffsets) && (await page.number(TAG.planarConfiguration, 1)) === 2;
  const isUnknown = !COMMON_COMPRESSIONS.includes(compression) || isTiledPlanar;
  // A scan in NDPI is one stream of gigapixels, which only its own reader enters in the middle.
  const isNdpi = found.name === 'Hamamatsu NDPI';
  const tilesOf = async ({ tiff }: TiffPicture) =>
    isNdpi ? null : describeTiles(file, tiff, found.isMicroscope || isUnknown);
  const tiles = picture && (await tilesOf(picture));
  const isSparse = tiles?.hasMissing === true && tiles.jpeg === null;
  const colour = await describeColour(file, page, found.name);
  const yccStatedAt = await Promise.all(
    pictures.map(async ({ tiff }) => (await describeColour(file, tiff, found.name)).statedAt),
  );
  const raw = await rawInTiff(first, pictures);
  // That of a VSI is its label's.
  const stated = found.name === 'Olympus VSI' ? null : await statedSides(page, description);
  const refusal =
    (raw === null ? null : cameraRaw(raw)) ??
    refuseOldJpeg(compression) ??
    colour.refusal ??
    (await refuseChannels(found, pages, description)) ??
    (await refuseCutShort(found, page, file.size));
  return {
    ...found,
    isRgbInNeed: found.name !== 'Olympus VSI' && (picture?.samples ?? 1) >= 3 && !isSparse && colour.ycc === null,
    isRare: isUnknown || isSparse || colour.ycc !== null,
    ycc: colour.ycc,
    yccStatedAt: yccStatedAt.filter((at) => at !== null),
    profile: found.isMicroscope && found.name !== 'OME-TIFF' ? null : await profileOf(page),
    lab: photometric === PHOTOMETRIC.lab || photometric === PHOTOMETRIC.iccLab ? photometric : null,
    extras: await page.numbers(TAG.extraSamples),
    extrasAt: spanOf(page.entries.get(TAG.extraSamples)),
    pixelSize: stated && statedPixelSize(stated.sides, stated.statedBy),
    warnings: squareDoubts(stated?.sides ?? null),
    orientation: await orientationOf(page),
    picture: {
      width: picture?.width ?? 0,
      height: picture?.height ?? 0,
      directory: page.offset,
      isFirst: page === first,
    },
    pictures: isNdpi ? [] : pictures,
    magnification: Number(/AppMag\s*=\s*(\d+)/.exec(description)?.[1] ?? 0) || null,
    levels: picture ? await levelsOf(picture, pictures, tilesOf) : [],
    refusal,
  };
}

async function profileOf(page: TiffPage): Promise<Buffer | null> {
  const icc = (await page.numbers(TAG.bitsPerSample)).length >= 3 ? await page.bytes(TAG.iccProfile) : null;
  return icc === null || isSrgbProfile(icc) || !isRgbProfile(icc) ? null : icc;
}

async function orientationOf(page: TiffPage): Promise<Orientation> {
  const stated = await page.number(TAG.orientation, 1);
  return stated >= 1 && stated <= 8 ? (stated as Orientation) : 1;
}

/** The old form of JPEG in TIFF was withdrawn for being ambiguous: decoders disagree about it, and ours has none. */
function refuseOldJpeg(compression: number): Refusal | null {
  if (compression !== COMPRESSION.oldJpeg) return null;
  return new Refusal(
    'This TIFF file is compressed by old-style JPEG (compression 6), which its standard has withdrawn and which is not read here. Save it anew, with another compression or as PNG.',
    { isFinal: true },
  );
}

/** Bio-Formats fills what is missing with black, and half an image must not be scored as a whole one. */
async function refuseCutShort({ name }: Kind, page: TiffPage, fileSize: number) {
  // The image of a VSI lies elsewhere.
  if (name === 'Olympus VSI') return null;
  if (name === 'Hamamatsu NDPI' && fileSize >= CLASSIC_TIFF_BYTES) return null;
  const isTiled = page.has(TAG.tileOffsets);
  const offsets = await page.numbers(isTiled ? TAG.tileOffsets : TAG.stripOffsets);
  const counts = await page.numbers(isTiled ? TAG.tileByteCounts : TAG.stripByteCounts);
  const missing = offsets.filter((offset, i) => offset + (counts[i] ?? 0) > fileSize).length;
  if (missing === 0) return null;
  const parts = isTiled ? 'tiles' : 'strips';
  return new Refusal(`${name}: ${missing} of its ${offsets.length} ${parts} lie beyond the end of the file`);
}

/** Those levels that can be read in parts; none where the full resolution cannot. */
async function levelsOf(
  full: TiffPicture,
  pictures: readonly TiffPicture[],
  tilesOf: (picture: TiffPicture) => Promise<PageTiles | null>,
): Promise<TiffLevel[]> {
  if ((await full.tiff.number(TAG.orientation, 1)) !== 1) return [];
  const levels: TiffLevel[] = [];
  const smaller = pictures.filter((other) => other.width < full.width && hasShapeOf(other, full));
  for (const picture of [full, ...smaller.sort((a, b) => b.width - a.width)]) {
    const finest = levels.at(-1);
    if (finest && (picture.width >= finest.width || picture.photometric === PHOTOMETRIC.mask)) continue;
    const tiles = await tilesOf(picture);
    const canBeReadInParts = tiles !== null && (tiles.jpeg?.isDecodedHere || (await isTiledRgb(picture.tiff)));
    if (canBeReadInParts) levels.push({ ...picture.place, width: picture.width, height: picture.height, tiles });
    else if (picture === full) return [];
  }
  return levels;
}

async function isTiledRgb(page: TiffPage): Promise<boolean> {
  const photometric = await page.number(TAG.photometric, 1);
  const bits = await page.numbers(TAG.bitsPerSample);
  const is8Bit = bits.length === 3 && bits.every((depth) => depth === 8);
  return page.has(TAG.tileOffsets) && is8Bit && (photometric === PHOTOMETRIC.rgb || photometric === PHOTOMETRIC.yCbCr);
}
