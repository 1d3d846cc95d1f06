import 'server-only';
import { PHOTOMETRIC, TAG, type TiffPage } from './tiff-tags';

/** The number of a page, and of a directory below it, by which libvips finds it. */
export type TiffPlace = { page: number; subifd?: number };

/** A page with a picture, and what is needed to choose among several. */
export type TiffPicture = {
  tiff: TiffPage;
  place: TiffPlace;
  width: number;
  height: number;
  samples: number;
  photometric: number;
  /** Whether it is a smaller copy of another page, or a mask. */
  isSecondary: boolean;
};

/** How much a level's shape may differ from the full image's, as sizes are rounded. */
const MAX_ASPECT_ERROR = 0.02;
/** A page is a thumbnail beside a picture with this many times its area. */
const THUMBNAIL_FACTOR = 16;
/** Bits of NewSubfileType, and one value of the old SubfileType. */
const SUBFILE = { reduced: 1, mask: 4, oldReduced: 2 } as const;

/** The pages with a picture, and the directories below them, in the order of the file. */
export async function listPictures(pages: readonly TiffPage[]): Promise<TiffPicture[]> {
  const pictures: TiffPicture[] = [];
  const add = async (tiff: TiffPage, place: TiffPlace) => {
    const width = await tiff.number(TAG.width, 0);
    const height = await tiff.number(TAG.height, 0);
    if (width <= 0 || height <= 0) return;
    const photometric = await tiff.number(TAG.photometric, 1);
    const subfile = await tiff.number(TAG.subfileType, 0);
    const isReduced =
      (subfile & SUBFILE.reduced) !== 0 || (await tiff.number(TAG.oldSubfileType, 1)) === SUBFILE.oldReduced;
    const isMask = (subfile & SUBFILE.mask) !== 0 || photometric === PHOTOMETRIC.mask;
    const samples = await tiff.number(TAG.samplesPerPixel, 1);
    pictures.push({ tiff, place, width, height, samples, photometric, isSecondary: isReduced || isMask });
  };
  for (const [page, tiff] of pages.entries()) {
    await add(tiff, { page });
    for (const [subifd, sub] of tiff.subPages.entries()) await add(sub, { page, subifd });
  }
  return pictures;
}

/**
 * Chooses the picture of a plain TIFF. Pages that are smaller copies or masks count only where there are no others. Of the
 * rest it is the first, or the largest that shows the same: one of its shape and in colour, one below it, or one so much
 * larger that the first is its thumbnail.
 */
export function choosePicture(pictures: readonly TiffPicture[]): TiffPicture | null {
  const primary = pictures.filter(({ isSecondary }) => !isSecondary);
  const candidates = primary.length > 0 ? primary : pictures;
  const [first] = candidates;
  if (!first) return null;
  const isSame = (other: TiffPicture) => {
    if (other.samples < Math.min(3, first.samples)) return false;
    const isBelow = other.place.page === first.place.page && other.place.subifd !== undefined;
    return isBelow || hasShapeOf(other, first) || area(other) >= THUMBNAIL_FACTOR * area(first);
  };
  return candidates.reduce((best, other) => (area(other) > area(best) && isSame(other) ? other : best), first);
}

/** Whether the sides have the same proportion. Those of small levels are rounded by a pixel, which changes their shape. */
export function hasShapeOf(one: { width: number; height: number }, other: { width: number; height: number }): boolean {
  const aspectError = Math.abs((one.width * other.height) / (one.height * other.width) - 1);
  const rounding = Math.max(1 / one.width + 1 / one.height, 1 / other.width + 1 / other.height);
  return aspectError <= MAX_ASPECT_ERROR + rounding;
}

const area = ({ width, height }: TiffPicture) => width * height;
