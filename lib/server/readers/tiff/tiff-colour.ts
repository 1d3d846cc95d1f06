import 'server-only';
import { FULL_RANGE, type YccCoding } from '@/lib/imaging/colour/ycc';
import { describeCodestream } from '@/lib/server/readers/codecs/jpeg-2000';
import type { RandomAccess } from '@/lib/server/readers/random-access';
import { Refusal } from '@/lib/server/readers/slide-source';
import { COMPRESSION, PHOTOMETRIC, TAG, type TiffPage } from './tiff-tags';

/**
 * The colour of a page's samples, for all compressions but JPEG, which states it itself.
 *
 * JPEG 2000 is YCbCr where Aperio's number says so, or where the tag says so and the codestream has no transform. Samples
 * without compression, or with a lossless one, are YCbCr where the tag says so.
 */
export type TiffColour = {
  /** Bio-Formats gives YCbCr in this coding once the page is marked RGB; null where it gives RGB. */
  ycc: YccCoding | null;
  /** The byte that marks the page as YCbCr: Bio-Formats would unpack subsampled samples that are not there. */
  statedAt: number | null;
  refusal: Refusal | null;
};

/** Aperio's two numbers, Leica's and the registered one. */
const JPEG_2000: readonly number[] = [33003, 33004, 33005, 34712];
/** Numbers whose tiles `SubsampledTiles.java` reads with colour at a lower resolution. */
const SUBSAMPLED: readonly number[] = [33003, 33005];
/** None, LZW, Deflate, LZMA, PackBits, Deflate again, ZSTD. */
const LOSSLESS: readonly number[] = [1, 5, 8, 34925, 32773, 32946, 50000];
/** A JP2 file may have boxes before its codestream. */
const JPEG_2000_HEAD_BYTES = 4096;

/** @param name - of the kind of file, for the refusal */
export async function describeColour(file: RandomAccess, page: TiffPage, name: string): Promise<TiffColour> {
  const compression = await page.number(TAG.compression, 1);
  const saysYcc = (await page.number(TAG.photometric, 1)) === PHOTOMETRIC.yCbCr;
  const isJpeg2000 = JPEG_2000.includes(compression);
  const statedAt = saysYcc && (isJpeg2000 || LOSSLESS.includes(compression)) ? await placeOfTag(page) : null;
  if (isJpeg2000) {
    const stream = await readCodestream(file, page);
    const isYcc =
      compression === COMPRESSION.aperioYcc ||
      (saysYcc && compression !== COMPRESSION.aperioRgb && !stream.hasTransform);
    const isRefused = stream.isSubsampled && !(page.has(TAG.tileOffsets) && SUBSAMPLED.includes(compression));
    return { ycc: isYcc ? FULL_RANGE : null, statedAt, refusal: isRefused ? refuseJpeg2000(name) : null };
  }
  if (statedAt === null) return { ycc: null, statedAt, refusal: null };
  return { ycc: await codingOf(page), statedAt, refusal: await refusePacked(page, name) };
}

/** The byte of the file that holds the photometric interpretation. */
async function placeOfTag(page: TiffPage): Promise<number> {
  const value = (await page.bytes(TAG.photometric)) ?? Buffer.alloc(0);
  return (page.entries.get(TAG.photometric)?.at ?? 0) + value.indexOf(PHOTOMETRIC.yCbCr);
}

async function codingOf(page: TiffPage): Promise<YccCoding> {
  const [luma, reference] = [await page.numbers(TAG.yCbCrCoefficients), await page.numbers(TAG.referenceBlackWhite)];
  const [black = 0, white = 0, noBlue = 0, mostBlue = 0, noRed = 0, mostRed = 0] = reference;
  const hasReference = reference.length === 6 && white > black && mostBlue > noBlue && mostRed > noRed;
  return {
    luma: luma.length === 3 && luma.every((weight) => weight > 0) ? luma : FULL_RANGE.luma,
    reference: hasReference ? reference : FULL_RANGE.reference,
  };
}

/** Without the tag, colour has half the resolution in both directions (TIFF 6.0, section 21). */
async function refusePacked(page: TiffPage, name: string): Promise<Refusal | null> {
  const [across = 2, down = 2] = await page.numbers(TAG.yCbCrSubsampling);
  const bits = await page.numbers(TAG.bitsPerSample);
  const isPlanar = (await page.number(TAG.planarConfiguration, 1)) === 2;
  const isSimple = across === 1 && down === 1 && bits.length === 3 && bits.every((depth) => depth === 8) && !isPlanar;
  if (isSimple) return null;
  const how = isPlanar
    ? 'in planes'
    : across * down > 1
      ? `with colour at a lower resolution (subsampling ${across} x ${down})`
      : `with ${bits.join(', ')} bits a sample`;
  return new Refusal(
    `This ${name} file stores its pixels as YCbCr without JPEG, ${how}, which is not read here. Save it again as RGB.`,
    { isFinal: true },
  );
}

/** JPEG 2000 with colour at a lower resolution (ISO 15444-1, A.5.1) is read in tiles, as Aperio writes it. */
const refuseJpeg2000 = (name: string) =>
  new Refusal(
    `This ${name} file is JPEG 2000 whose colour has a lower resolution than its brightness (4:2:2 or 4:2:0), which is read in Aperio’s tiles only. Save it again with another compression, such as JPEG.`,
    { isFinal: true },
  );

/** What the main header of the first tile states. */
async function readCodestream(file: RandomAccess, page: TiffPage) {
  const offsets = await page.numbers(page.has(TAG.tileOffsets) ? TAG.tileOffsets : TAG.stripOffsets);
  const first = offsets.find((offset) => offset > 0);
  const head = first === undefined ? Buffer.alloc(0) : await file.read(first, JPEG_2000_HEAD_BYTES);
  return describeCodestream(head);
}
