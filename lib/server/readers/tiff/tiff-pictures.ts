import 'server-only';
import { Refusal } from '@/lib/server/readers/slide-source';
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

const RAW_PHOTOMETRICS: readonly number[] = [PHOTOMETRIC.colourFilterArray, PHOTOMETRIC.linearRaw];

/** The refusal of a camera's raw picture: its samples are one colour each, or light before any development. */
export const cameraRaw = (name: string) =>
  new Refusal(
    `This is a camera's raw picture (${name}): the samples of its sensor, no picture yet. Develop it with the camera's software, and send the TIFF, PNG or JPEG.`,
    { isFinal: true },
  );

const starts = (...texts: string[]) => new RegExp(`^(${texts.join('|')})`);

/** Raw formats that are no TIFF, or hide in one behind a number of their own, by their first bytes. */
const RAW_HEADS: readonly [name: string, pattern: RegExp][] = [
  ['Canon CR2', /^(II\*\0|MM\0\*).{4}CR/s],
  ['Canon CR3', /^.{4}ftypcrx /s],
  ['Canon CRW', /^(II|MM).{4}HEAPCCDR/s],
  ['Fujifilm RAF', starts('FUJIFILMCCD-RAW')],
  ['Olympus ORF', starts('IIRO', 'IIRS', 'MMOR')],
  ['Panasonic RW2', starts('IIU\\0')],
  ['Minolta MRW', starts('\\0MRM')],
  ['Sigma X3F', starts('FOVb')],
];

/** @param head - the first bytes of a file, as Latin-1 */
export const rawByHead = (head: string) => RAW_HEADS.find(([, pattern]) => pattern.test(head))?.[0] ?? null;

/** Makers of cameras, by what the first word of their name is in the tag, and their format. */
const MAKERS: readonly [RegExp, string][] = [
  [/^nikon/i, 'Nikon NEF'],
  [/^sony/i, 'Sony ARW'],
  [/^(pentax|ricoh)/i, 'Pentax PEF'],
  [/^samsung/i, 'Samsung SRW'],
  [/^(hasselblad|phase one|leaf|mamiya|epson|kodak)/i, 'a maker’s own TIFF'],
];

/** Names the camera's raw format that a TIFF holds, on whichever page; null where there is none. */
export async function rawInTiff(first: TiffPage, pictures: readonly TiffPicture[]): Promise<string | null> {
  if (!pictures.some(({ photometric }) => RAW_PHOTOMETRICS.includes(photometric))) return null;
  if (first.has(TAG.dngVersion)) return 'DNG';
  const makers = [await first.text(TAG.make), await first.text(TAG.software)];
  return (
    MAKERS.find(([pattern]) => makers.some((maker) => pattern.test(maker)))?.[1] ?? 'a raw TIFF, such as DNG or NEF'
  );
}
