import 'server-only';
import type { RandomAccess } from './random-access';

/** What we ask of a DICOM file: whether it is a slide's image at all, and how large its pixels are. */
export type DicomDescription = {
  /** A label, overview or thumbnail of the slide. */
  isSideImage: boolean;
  /** µm per pixel, down and across; null where not stated. */
  pixelSpacing: { y: number; x: number } | null;
  /** Tiles of a larger picture, whose places the file does not state. */
  isUnplaced: boolean;
  frames: number;
  /** Of the whole picture, all tiles together. */
  width: number;
  height: number;
};

/** Metadata stands before the pixels; what lies beyond this is not looked for. */
const MAX_HEADER_BYTES = 1 << 20;
const PREAMBLE_BYTES = 132;
const PIXEL_DATA = 0x7fe00010;
const IMAGE_TYPE = 0x00080008;
const PIXEL_SPACING = 0x00280030;
const NUMBER_OF_FRAMES = 0x00280008;
const ROWS = 0x00280010;
const COLUMNS = 0x00280011;
const TOTAL_COLUMNS = 0x00480006;
const TOTAL_ROWS = 0x00480007;
const DIMENSION_ORGANIZATION = 0x00209311;
const COLUMN_POSITION = 0x0048021e;
/** Value representations whose length field has four bytes. */
const LONG = ['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'UC', 'UN', 'UR', 'UT'];

/**
 * Walks the elements of a DICOM file with explicit little-endian value representations, as all compressed ones have.
 * Sequences are entered, so that the pixel spacing is found in a functional group too.
 *
 * @returns null when it is no DICOM file.
 */
export async function describeDicom(file: RandomAccess): Promise<DicomDescription | null> {
  const bytes = await file.read(0, MAX_HEADER_BYTES);
  if (bytes.toString('latin1', PREAMBLE_BYTES - 4, PREAMBLE_BYTES) !== 'DICM') return null;
  const found: DicomDescription = {
    isSideImage: false,
    pixelSpacing: null,
    isUnplaced: false,
    frames: 1,
    width: 0,
    height: 0,
  };
  let isTiled = false;
  let isPlaced = false;
  for (let at = PREAMBLE_BYTES; at + 8 <= bytes.length; ) {
    const group = bytes.readUInt16LE(at);
    const tag = group * 0x10000 + bytes.readUInt16LE(at + 2);
    if (tag === PIXEL_DATA) break;
    // Items and their ends have no value representation.
    if (group === 0xfffe) {
      at += 8;
      continue;
    }
    const vr = bytes.toString('latin1', at + 4, at + 6);
    if (!/^[A-Z]{2}$/.test(vr)) break;
    const isLong = LONG.includes(vr);
    const start = at + (isLong ? 12 : 8);
    if (start > bytes.length) break;
    const length = isLong ? bytes.readUInt32LE(at + 8) : bytes.readUInt16LE(at + 6);
    const text = () => bytes.toString('latin1', start, start + length);
    if (tag === IMAGE_TYPE) found.isSideImage = isSideImage(text());
    if (tag === PIXEL_SPACING) found.pixelSpacing ??= spacingOf(text());
    if (tag === NUMBER_OF_FRAMES) found.frames = Number.parseInt(text(), 10) || 1;
    // A tile's own sides stand before those of the whole.
    if (tag === ROWS) found.height = number(bytes, start, length);
    if (tag === COLUMNS) found.width = number(bytes, start, length);
    if (tag === TOTAL_ROWS) found.height = number(bytes, start, length);
    if (tag === TOTAL_COLUMNS) [found.width, isTiled] = [number(bytes, start, length), true];
    if (tag === COLUMN_POSITION || (tag === DIMENSION_ORGANIZATION && text().trim() === 'TILED_FULL')) isPlaced = true;
    at = vr === 'SQ' || length === 0xffffffff ? start : start + length;
  }
  found.isUnplaced = isTiled && !isPlaced && found.frames > 1;
  return found;
}

const isSideImage = (imageType: string) =>
  imageType.split('\\').some((word) => ['LABEL', 'OVERVIEW', 'THUMBNAIL', 'LOCALIZER'].includes(word.trim()));

/** An unsigned number of 2 or 4 bytes; 0 where it is cut off. */
function number(bytes: Buffer, start: number, length: number): number {
  const isWhole = (length === 2 || length === 4) && start + length <= bytes.length;
  return isWhole ? bytes.readUIntLE(start, length) : 0;
}

/** Millimetres between rows, then between columns. */
function spacingOf(text: string): DicomDescription['pixelSpacing'] {
  const [y, x] = text.split('\\').map((part) => Number.parseFloat(part) * 1000);
  return x > 0 && y > 0 ? { y, x } : null;
}
