import 'server-only';
import { FULL_RANGE, type YccCoding } from '@/lib/imaging/colour/ycc';
import { squareDoubts } from '@/lib/server/images/pixel-sides';
import { sniffFormat } from '@/lib/server/images/sniff-format';
import { archiveKind } from '@/lib/server/readers/archives/archive-kind';
import { type DicomDescription, describeDicom } from '@/lib/server/readers/codecs/dicom-tags';
import { cameraRaw, rawByHead } from '@/lib/server/readers/tiff/camera-raw';
import { describeTiff, type TiffDescription } from '@/lib/server/readers/tiff/describe-tiff';
import type { Warning } from '@/lib/warnings';
import type { RandomAccess } from './random-access';
import { Refusal, type StatedPixelSize, sidesOf, statedPixelSize } from './slide-source';

/** What a file is by its content. */
export type Content = {
  /** Name of the format, for people; null = not known. */
  name: string | null;
  /** The ending that the file's name needs: many readers of Bio-Formats choose by it. */
  extension: string;
  isCommon: boolean;
  /** A picture format, not a microscope's: one grey channel in it is a black-and-white picture, not fluorescence. */
  isPhotograph: boolean;
  tiff: TiffDescription | null;
  /** Bio-Formats gives its samples as YCbCr in this coding. */
  ycc: YccCoding | null;
  pixelSize: StatedPixelSize | null;
  warnings: Warning[];
  /** Pixels of a DICOM picture, else 0. The file of a series that has most is the full resolution. */
  pixels: number;
  /** A ZIP, which is unpacked. */
  isArchive: boolean;
  /** A file that holds nothing but a label or macro picture. */
  isSideImage: boolean;
  refusal: Refusal | null;
};

type Signature = [name: string, extension: string, matches: (head: string) => boolean, isPhotograph?: boolean];

const starts =
  (...texts: string[]) =>
  (head: string) =>
    texts.some((text) => head.startsWith(text));

/** Microscope formats, and pictures that the common reader lacks, by their first bytes. */
const SIGNATURES: readonly Signature[] = [
  ['Zeiss CZI', 'czi', starts('ZISRAWFILE')],
  ['Leica LIF', 'lif', (head) => head.startsWith('\x70\0\0\0') && head.charAt(8) === '*'],
  ['JPEG 2000', 'jp2', starts('\0\0\0\x0cjP'), true],
  ['JPEG 2000', 'j2k', starts('\xff\x4f\xff\x51'), true],
  ['Nikon ND2', 'nd2', starts('\xda\xce\xbe\x0a')],
  ['Olympus OIR', 'oir', starts('OLYMPUSRAWFORMAT')],
  ['HDF5 (Imaris)', 'ims', starts('\x89HDF\r\n\x1a\n')],
  ['OLE container (OIB, ZVI)', 'oib', starts('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')],
  ['DeltaVision', 'dv', (head) => ['\xa0\xc0', '\xc0\xa0'].includes(head.slice(96, 98))],
  ['ICS', 'ics', (head) => /^\t?\r?\n?ics_version/.test(head)],
  ['OBF', 'obf', starts('OMAS_BF_')],
  ['FITS', 'fits', starts('SIMPLE  =')],
  ['NRRD', 'nrrd', starts('NRRD0')],
  ['OME-XML', 'ome', (head) => /^\s*(<\?xml[^>]*>)?\s*(<!--.*?-->\s*)?<(\w+:)?OME[\s>]/s.test(head)],
  ['BMP', 'bmp', (head) => head.startsWith('BM') && head.slice(6, 10) === '\0\0\0\0', true],
  ['PNM', 'ppm', (head) => /^P[2356]\s/.test(head), true],
  ['PSD', 'psd', starts('8BPS'), true],
];

/** Formats that no reader is asked for: they are no images, or can refer to other files. */
const NOT_ASKED = ['SVG', 'HTML or XML', 'PDF', 'PostScript', 'JPEG XL', 'a video (MP4 or MOV)'];

const ETS = new Refusal(
  'An ETS file is one part of an Olympus VSI slide. Send the .vsi file and the folder beside it in one ZIP.',
  { isFinal: true },
);

const HEIC_SEQUENCE = new Refusal(
  'This is a HEIC sequence: several pictures, stored as changes from one to the next. Sequences are not read. Save the picture that you need as PNG, or as JPEG of high quality.',
  { isFinal: true },
);

/** Tells a file's format by its content. Its name and announced media type play no part. */
export async function identifyContent(file: RandomAccess): Promise<Content> {
  const head = await file.read(0, 1024);
  const latin = head.toString('latin1');
  const base = {
    isCommon: false,
    isPhotograph: false,
    tiff: null,
    pixelSize: null,
    pixels: 0,
    isArchive: false,
    warnings: [],
    ycc: null,
  };
  const other: Content = { ...base, name: null, extension: 'bin', isSideImage: false, refusal: null };

  const raw = rawByHead(latin);
  if (raw !== null) return { ...other, name: raw, refusal: cameraRaw(raw) };
  const tiff = await describeTiff(file);
  if (tiff) {
    const isCommon = !tiff.isMicroscope && !tiff.isRare && tiff.lab === null;
    const { name, extension, pixelSize, ycc, warnings, refusal } = tiff;
    const isPhotograph = !tiff.isMicroscope;
    return { ...other, name, extension, isCommon, isPhotograph, tiff, ycc, pixelSize, warnings, refusal };
  }
  const archive = archiveKind(head);
  if (archive === 'ZIP') return { ...other, name: 'ZIP', extension: 'zip', isArchive: true };
  if (archive !== null) return { ...other, name: archive, refusal: refuseArchive(archive) };
  if (latin.startsWith('SIS\0') && latin.includes('ETS\0'))
    return { ...other, name: 'Olympus ETS', extension: 'ets', refusal: ETS };
  const dicom = await describeDicom(file);
  if (dicom) {
    const { isSideImage, isYcc, pixelSpacing } = dicom;
    const pixels = dicom.width * dicom.height;
    const sides = sidesOf(pixelSpacing?.x, pixelSpacing?.y);
    const pixelSize = statedPixelSize(sides, 'DICOM pixel spacing');
    const known = { name: 'DICOM', extension: 'dcm', pixelSize, pixels, isSideImage, ycc: isYcc ? FULL_RANGE : null };
    return { ...other, ...known, warnings: squareDoubts(sides), refusal: refuseDicom(dicom) };
  }
  const sniffed = sniffFormat(head);
  if (sniffed.format !== null) return { ...other, name: sniffed.format, isCommon: true, isPhotograph: true };
  const signature = SIGNATURES.find(([, , matches]) => matches(latin));
  if (signature) {
    const [name, extension, , isPhotograph = false] = signature;
    return { ...other, name, extension, isPhotograph, refusal: name === 'BMP' ? refuseCutBmp(head, file.size) : null };
  }
  const looksLike = sniffed.looksLike;
  if (looksLike === 'a HEIC sequence') return { ...other, name: looksLike, refusal: HEIC_SEQUENCE };
  if (looksLike !== null && NOT_ASKED.includes(looksLike))
    return { ...other, name: looksLike, refusal: new Refusal(`the content looks like ${looksLike}`) };
  return { ...other, name: looksLike };
}

const refuseArchive = (kind: string) =>
  new Refusal(
    `This is a ${kind} archive, which is not unpacked here. Send the slide itself, or its files in one ZIP.`,
    {
      isFinal: true,
    },
  );

function refuseDicom({
  isSideImage,
  isUnplaced,
  isBareRgb,
  frames,
  photometric,
  form,
}: DicomDescription): Refusal | null {
  if (isSideImage)
    return new Refusal('This DICOM file holds a label or overview picture of a slide, which is never read.', {
      isFinal: true,
    });
  // Two pixels packed in four bytes, or samples of a partial range: readers take both for RGB.
  const isPacked = form === 'uncompressed' && photometric.startsWith('YBR') && photometric !== 'YBR_FULL';
  if (isPacked || photometric.startsWith('YBR_PARTIAL') || form === 'deflated')
    return new Refusal(
      `This DICOM file stores its pixels ${form === 'deflated' ? 'deflated as a whole' : `as uncompressed ${photometric}`}, which is not read here. Export it again as RGB or JPEG.`,
      { isFinal: true },
    );
  if (isBareRgb)
    return new Refusal(
      'This DICOM file says that its JPEG is RGB, but the JPEG itself does not, so decoders read it as YCbCr. Export it again as YBR_FULL_422, or with an Adobe marker.',
      { isFinal: true },
    );
  // Writers differ. Readers guess row by row, which scrambles a slide that was written by columns.
  const reason =
    `This DICOM file holds ${frames} tiles of a slide, but does not state where they lie (neither TILED_FULL nor ` +
    'positions); a guess could scramble the tissue. Export it again with its DimensionOrganizationType.';
  return isUnplaced ? new Refusal(reason, { isFinal: true }) : null;
}

/** Bio-Formats fills missing rows of a bitmap with black. Rows are padded to 4 bytes, so without compression the size tells. */
function refuseCutBmp(head: Buffer, size: number): Refusal | null {
  const [start, headerBytes] = [head.readUInt32LE(10), head.readUInt32LE(14)];
  if (headerBytes < 40 || head.length < 54 || head.readUInt32LE(30) !== 0) return null;
  const [width, height, bits] = [head.readInt32LE(18), Math.abs(head.readInt32LE(22)), head.readUInt16LE(28)];
  const missing = start + 4 * Math.ceil((width * bits) / 32) * height - size;
  return missing > 0 ? new Refusal(`the BMP is cut short: ${missing} bytes of its pixels are missing`) : null;
}
