import 'server-only';
import { PHOTOMETRIC, TAG, type TiffPage } from './tiff-tags';

/** Where the common reader finds a page: its number, or that of a directory below it. */
export type TiffPlace = { page: number; subifd?: number };

/** A page that holds a picture, with what is asked of it to choose among several. */
export type TiffPicture = {
  tiff: TiffPage;
  place: TiffPlace;
  width: number;
  height: number;
  samples: number;
  photometric: number;
  /** A smaller copy of another page, or a mask of one. */
  isSecondary: boolean;
};

/** Of the full image's shape, for a page to be a level of it; sizes are rounded on the way down. */
const MAX_ASPECT_ERROR = 0.02;
/** Beside a picture of so many times its area a page of any shape is a thumbnail. */
const THUMBNAIL_FACTOR = 16;
/** NewSubfileType's bits, and the one value of the old tag. */
const SUBFILE = { reduced: 1, mask: 4, oldReduced: 2 } as const;

/** The pages and directories below them that hold a picture, in the file's order. */
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
 * The picture of a plain TIFF: of the pages that are neither a smaller copy nor a mask (of all, where there are no
 * others) the first, or a larger one that shows the same: of its shape and in colour, below it, or so much larger that
 * the first is a thumbnail.
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

/** Sides in the same proportion; those of small levels are rounded by a pixel, which is much of their shape. */
export function hasShapeOf(one: { width: number; height: number }, other: { width: number; height: number }): boolean {
  const aspectError = Math.abs((one.width * other.height) / (one.height * other.width) - 1);
  const rounding = Math.max(1 / one.width + 1 / one.height, 1 / other.width + 1 / other.height);
  return aspectError <= MAX_ASPECT_ERROR + rounding;
}

const area = ({ width, height }: TiffPicture) => width * height;
