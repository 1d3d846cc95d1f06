import 'server-only';
import type { RandomAccess } from '@/lib/server/readers/random-access';
import { describeCodestream } from './jpeg-2000';
import { isBare, readJpegHead } from './jpeg-colour';

/** What a DICOM file states: whether it is an image of a slide, how large its pixels are, and how they are stored. */
export type DicomDescription = {
  /** Whether it is a label, overview or thumbnail of the slide. */
  isSideImage: boolean;
  /** µm per pixel, down and across; null where the file does not state it. */
  pixelSpacing: { y: number; x: number } | null;
  /** Whether it holds tiles of a larger picture without stating their places. */
  isUnplaced: boolean;
  frames: number;
  /** Size of the whole picture, all tiles together. */
  width: number;
  height: number;
  /** What the file calls the samples: RGB, YBR_FULL and so on. */
  photometric: string;
  form: 'uncompressed' | 'deflated' | 'jpeg2000' | 'lossyJpeg' | 'other';
  /** Whether decoders give YCbCr of full range. */
  isYcc: boolean;
  /** Whether the file calls it RGB and its JPEG has no marker, so that decoders take it for YCbCr. */
  isBareRgb: boolean;
};

/** Metadata is before the pixels. It is searched up to here. */
const MAX_HEADER_BYTES = 1 << 20;
/** The places of tiles may take more bytes. Then the pixels are searched up to here. */
const MAX_PLACES_BYTES = 1 << 26;
const PREAMBLE_BYTES = 132;
const PIXEL_DATA = 0x7fe00010;
const TRANSFER_SYNTAX = 0x00020010;
const IMAGE_TYPE = 0x00080008;
const SAMPLES_PER_PIXEL = 0x00280002;
const PHOTOMETRIC = 0x00280004;
const PIXEL_SPACING = 0x00280030;
const NUMBER_OF_FRAMES = 0x00280008;
const ROWS = 0x00280010;
const COLUMNS = 0x00280011;
const TOTAL_COLUMNS = 0x00480006;
const TOTAL_ROWS = 0x00480007;
const DIMENSION_ORGANIZATION = 0x00209311;
const COLUMN_POSITION = 0x0048021e;
const FILE_META_GROUP = 0x0002;
const ITEM_GROUP = 0xfffe;
/** Value representations whose length field has four bytes. */
const LONG = ['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'UC', 'UN', 'UR', 'UT'];
const UNDEFINED_LENGTH = 0xffffffff;

const SYNTAX = {
  implicit: '1.2.840.10008.1.2',
  explicit: '1.2.840.10008.1.2.1',
  deflated: '1.2.840.10008.1.2.1.99',
  bigEndian: '1.2.840.10008.1.2.2',
  jpeg2000: ['1.2.840.10008.1.2.4.90', '1.2.840.10008.1.2.4.91', '1.2.840.10008.1.2.4.92', '1.2.840.10008.1.2.4.93'],
  /** JPEG baseline and extended. Their decoders go by the markers in the stream. */
  lossyJpeg: ['1.2.840.10008.1.2.4.50', '1.2.840.10008.1.2.4.51'],
} as const;
const UNCOMPRESSED: readonly string[] = [SYNTAX.implicit, SYNTAX.explicit, SYNTAX.bigEndian];

const START_OF_JPEG = Buffer.from([0xff, 0xd8, 0xff]);

type Element = { tag: number; vr: string; start: number; length: number };

/**
 * Reads the elements of a DICOM file up to its pixels, those in sequences too: the pixel spacing may be in a functional
 * group.
 *
 * @returns null when it is no DICOM file
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
    photometric: '',
    form: 'uncompressed',
    isYcc: false,
    isBareRgb: false,
  };
  let [isTiled, isPlaced, samples, syntax, pixelsAt] = [false, false, 1, '', 0];
  for (const { tag, vr, start, length } of elementsOf(bytes)) {
    const text = () => trimmed(bytes.toString('latin1', start, start + length));
    const number = () => numberAt(bytes, start, length, syntax === SYNTAX.bigEndian);
    if (tag === PIXEL_DATA) pixelsAt = start;
    if (tag === TRANSFER_SYNTAX) syntax = text();
    if (tag === IMAGE_TYPE) found.isSideImage = isSideImage(text());
    if (tag === SAMPLES_PER_PIXEL) samples = number();
    if (tag === PHOTOMETRIC) found.photometric = text();
    if (tag === PIXEL_SPACING) found.pixelSpacing ??= spacingOf(text());
    if (tag === NUMBER_OF_FRAMES) found.frames = Number.parseInt(text(), 10) || 1;
    // The sides of a tile come before those of the whole picture.
    if (tag === ROWS) found.height = number();
    if (tag === COLUMNS) found.width = number();
    if (tag === TOTAL_ROWS) found.height = number();
    if (tag === TOTAL_COLUMNS) [found.width, isTiled] = [number(), true];
    if (tag === COLUMN_POSITION || (tag === DIMENSION_ORGANIZATION && text() === 'TILED_FULL')) isPlaced = true;
    if (vr === '') break;
  }
  found.isUnplaced = isTiled && !isPlaced && found.frames > 1;
  found.form = formOf(syntax);
  if (samples === 3) found.isYcc = await isYcc(file, found, pixelsAt);
  if (samples === 3) found.isBareRgb = await isBareRgb(file, found, pixelsAt);
  return found;
}

function formOf(syntax: string): DicomDescription['form'] {
  if (UNCOMPRESSED.includes(syntax)) return 'uncompressed';
  if (syntax === SYNTAX.deflated) return 'deflated';
  if ((SYNTAX.jpeg2000 as readonly string[]).includes(syntax)) return 'jpeg2000';
  return (SYNTAX.lossyJpeg as readonly string[]).includes(syntax) ? 'lossyJpeg' : 'other';
}

/**
 * Whether decoders give YCbCr. They do for samples that are called YBR, except in JPEG, whose decoder converts them, and in
 * JPEG 2000 with a transform in the codestream, which every decoder undoes.
 */
async function isYcc(file: RandomAccess, { photometric, form }: DicomDescription, pixelsAt: number): Promise<boolean> {
  if (!photometric.startsWith('YBR') || form === 'lossyJpeg') return false;
  return form !== 'jpeg2000' || !describeCodestream(await readFirstFrame(file, pixelsAt)).hasTransform;
}

async function isBareRgb(file: RandomAccess, { photometric, form }: DicomDescription, pixelsAt: number) {
  if (photometric !== 'RGB' || form !== 'lossyJpeg') return false;
  const bytes = await readFirstFrame(file, pixelsAt);
  const start = bytes.indexOf(START_OF_JPEG);
  const head = start < 0 ? null : readJpegHead(bytes.subarray(start));
  return head !== null && isBare(head) && !head.isSubsampled;
}

/** The first bytes of the first frame. */
const readFirstFrame = (file: RandomAccess, pixelsAt: number) =>
  file.read(pixelsAt, pixelsAt === 0 ? MAX_PLACES_BYTES : MAX_HEADER_BYTES);

/** The elements up to the pixels, with those in sequences. The last one has no value representation. */
function* elementsOf(bytes: Buffer): Generator<Element> {
  let syntax: string = SYNTAX.explicit;
  for (let at = PREAMBLE_BYTES; at + 8 <= bytes.length; ) {
    // The file meta group is always explicit and little-endian.
    const isMeta = bytes.readUInt16LE(at) === FILE_META_GROUP;
    const isBig = !isMeta && syntax === SYNTAX.bigEndian;
    const uint16 = (offset: number) => (isBig ? bytes.readUInt16BE(offset) : bytes.readUInt16LE(offset));
    const uint32 = (offset: number) => (isBig ? bytes.readUInt32BE(offset) : bytes.readUInt32LE(offset));
    const group = uint16(at);
    const tag = group * 0x10000 + uint16(at + 2);
    // Items and their ends have no value representation.
    if (group === ITEM_GROUP) {
      at += 8;
      continue;
    }
    const isImplicit = !isMeta && syntax === SYNTAX.implicit;
    const vr = isImplicit ? 'UN' : bytes.toString('latin1', at + 4, at + 6);
    if (!isImplicit && !/^[A-Z]{2}$/.test(vr)) return;
    const isLong = !isImplicit && LONG.includes(vr);
    const start = at + (isLong ? 12 : 8);
    if (start > bytes.length) return;
    const length = isLong ? uint32(at + 8) : isImplicit ? uint32(at + 4) : uint16(at + 6);
    if (tag === TRANSFER_SYNTAX) syntax = trimmed(bytes.toString('latin1', start, start + length));
    yield { tag, vr: tag === PIXEL_DATA ? '' : vr, start, length };
    const beginsWithItem = start + 4 <= bytes.length && uint16(start) === ITEM_GROUP;
    const isSequence = vr === 'SQ' || length === UNDEFINED_LENGTH || (isImplicit && beginsWithItem);
    at = isSequence ? start : start + length;
  }
}

const trimmed = (text: string) => text.replace(/[\0 ]+$/, '').trim();

const isSideImage = (imageType: string) =>
  imageType.split('\\').some((word) => ['LABEL', 'OVERVIEW', 'THUMBNAIL', 'LOCALIZER'].includes(word.trim()));

/** An unsigned number of 2 or 4 bytes; 0 where the file ends before. */
function numberAt(bytes: Buffer, start: number, length: number, isBig: boolean): number {
  const isWhole = (length === 2 || length === 4) && start + length <= bytes.length;
  if (!isWhole) return 0;
  return isBig ? bytes.readUIntBE(start, length) : bytes.readUIntLE(start, length);
}

/** Millimetres between rows, then between columns. */
function spacingOf(text: string): DicomDescription['pixelSpacing'] {
  const [y = 0, x = 0] = text.split('\\').map((part) => Number.parseFloat(part) * 1000);
  return x > 0 && y > 0 ? { y, x } : null;
}
