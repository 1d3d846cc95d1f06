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

/** A level that the common reader can read. */
export type TiffLevel = TiffPlace & { width: number; height: number; tiles: PageTiles };

/** What the directories of a TIFF state. */
export type TiffDescription = {
  /** Name for people: `TIFF`, or the kind of a scanner or software. */
  name: string;
  /** The ending that the file's name needs, for Bio-Formats to take it for that kind. */
  extension: string;
  /** Whether it can have channels, side images or planes, which only Bio-Formats tells apart. */
  isMicroscope: boolean;
  /** Whether its picture is RGB, so that the common reader can read it where Bio-Formats is missing. */
  isRgbInNeed: boolean;
  /** Whether the common reader cannot decode it, or decodes it wrong. */
  isRare: boolean;
  /** Bio-Formats gives its samples as YCbCr in this coding. */
  ycc: YccCoding | null;
  /** Bytes of the file that must be changed to RGB for this. */
  yccStatedAt: number[];
  /** How the stored picture is turned before it is shown. */
  orientation: Orientation;
  /** The page that is read, as it is stored; other pages may come first. */
  picture: { width: number; height: number; directory: number; isFirst: boolean };
  /** All pages with a picture, among which the one that Bio-Formats reads is found. Empty for NDPI. */
  pictures: readonly TiffPicture[];
  /** An ICC profile that changes something. Profiles in scanners' formats are ignored, as viewers of slides do. */
  profile: Buffer | null;
  /** The profile that the picture's page holds, whether it is applied or not. */
  storedProfile: Buffer | null;
  /** CIE Lab samples in the coding of TIFF (8) or ICC (9), which Bio-Formats gives unconverted; null for others. */
  lab: 8 | 9 | null;
  /** What each sample beyond the colours is, by the numbers of ExtraSamples; empty where the tag is missing. */
  extras: number[];
  /** The bytes of that tag's values. */
  extrasAt: { start: number; end: number };
  pixelSize: StatedPixelSize | null;
  warnings: Warning[];
  magnification: number | null;
  /** Levels that can be read in parts, the finest first; empty where the picture cannot. */
  levels: TiffLevel[];
  /** Why no reader may open it. */
  refusal: Refusal | null;
};

/** By TIFF's numbers: none, CCITT (3), LZW, old and new JPEG, Deflate, PackBits, Deflate again, WebP. */
const COMMON_COMPRESSIONS = [1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946, 50001];
/** Offsets of classic TIFF end at 4 GiB. In a larger NDPI they wrap around. */
const CLASSIC_TIFF_BYTES = 2 ** 32;

/** @returns null when it is no TIFF, or has no directory */
export async function describeTiff(file: RandomAccess): Promise<TiffDescription | null> {
  const pages = await readTiffPages(file);
  const first = pages?.[0];
  if (!pages || !first) return null;
  const description = await first.text(TAG.description);
  const found = await kindOf(file, first, description);
  const pictures = await listPictures(pages);
  // Microscope software marks its pages in ways of its own, which Bio-Formats knows.
  const picture = found.isMicroscope ? (pictures[0] ?? null) : choosePicture(pictures);
  const page = picture?.tiff ?? first;
  const compression = await page.number(TAG.compression, 1);
  const photometric = await page.number(TAG.photometric, 1);
  const isTiledPlanar = page.has(TAG.tileOffsets) && (await page.number(TAG.planarConfiguration, 1)) === 2;
  const isUnknown = !COMMON_COMPRESSIONS.includes(compression) || isTiledPlanar;
  // A scan in NDPI is one JPEG stream of gigapixels, which only its own reader can read in parts.
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
  // The pixel size in a VSI is that of its label.
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
    storedProfile: await page.bytes(TAG.iccProfile),
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

/** The old form of JPEG in TIFF was withdrawn because it is ambiguous. Decoders disagree, and libvips has none. */
function refuseOldJpeg(compression: number): Refusal | null {
  if (compression !== COMPRESSION.oldJpeg) return null;
  return new Refusal(
    'This TIFF file is compressed by old-style JPEG (compression 6), which the TIFF standard has withdrawn and which is not read here. Save it again with another compression, or as PNG.',
    { isFinal: true },
  );
}

/** Bio-Formats fills missing tiles with black, and half an image must not be scored as a whole one. */
async function refuseCutShort({ name }: Kind, page: TiffPage, fileSize: number) {
  // The image of a VSI is in other files.
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

/** The levels that can be read in parts; none where the full resolution cannot. */
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
