import 'server-only';
import type { RandomAccess } from '@/lib/server/readers/random-access';

/** Tags by their names in the TIFF 6.0 specification; private ones by their owners' names. */
export const TAG = {
  subfileType: 254,
  oldSubfileType: 255,
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  description: 270,
  make: 271,
  stripOffsets: 273,
  orientation: 274,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  xResolution: 282,
  yResolution: 283,
  planarConfiguration: 284,
  resolutionUnit: 296,
  software: 305,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  subDirectories: 330,
  extraSamples: 338,
  sampleFormat: 339,
  jpegTables: 347,
  yCbCrCoefficients: 529,
  yCbCrSubsampling: 530,
  referenceBlackWhite: 532,
  xmp: 700,
  metamorphStack: 33628,
  fluoview: 34361,
  zeissLsm: 34412,
  iccProfile: 34675,
  dngVersion: 50706,
  micromanager: 51123,
  ndpiMarker: 65420,
  ndpiRestarts: 65426,
  ndpiFilterSet: 65434,
} as const;

export const COMPRESSION = { oldJpeg: 6, jpeg: 7, aperioYcc: 33003, aperioRgb: 33005 } as const;
export const PHOTOMETRIC = {
  rgb: 2,
  mask: 4,
  yCbCr: 6,
  lab: 8,
  iccLab: 9,
  colourFilterArray: 32803,
  linearRaw: 34892,
} as const;

/** Bytes of one value, by the number of its type; 0 = not in TIFF 6.0 and BigTIFF. */
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];
const ASCII = 2;
const RATIONAL = 5;

/** Limits of what a hostile file can have the server read. */
const MAX_PAGES = 512;
const MAX_ENTRIES = 1024;
const MAX_SUB_PAGES = 32;
const MAX_TEXT_BYTES = 1 << 20;
const MAX_VALUES = 1 << 21;

type Entry = { type: number; count: number; at: number };
type Shape = { isLittle: boolean; isBig: boolean };

/** Where the values of an entry are in the file. */
export const spanOf = (entry: Entry | undefined) => ({
  start: entry?.at ?? 0,
  end: entry ? entry.at + entry.count * (TYPE_BYTES[entry.type] ?? 0) : 0,
});

/** A directory: a page, or a level below one. */
export type TiffPage = {
  readonly entries: ReadonlyMap<number, Entry>;
  /** Where the directory starts in the file. */
  readonly offset: number;
  readonly subPages: readonly TiffPage[];
  has(tag: number): boolean;
  /** All values of a numeric tag; empty where the tag is missing or points outside the file. */
  numbers(tag: number): Promise<number[]>;
  number(tag: number, otherwise: number): Promise<number>;
  text(tag: number): Promise<string>;
  /** The bytes of a tag's value; null without the tag, or for one that is too long. */
  bytes(tag: number): Promise<Buffer | null>;
};

/**
 * Reads the directories of a TIFF or BigTIFF, without its pixels. Never throws for the content of a file: a directory
 * outside the file ends the list.
 *
 * @returns null when the first bytes are not those of a TIFF
 */
export async function readTiffPages(file: RandomAccess): Promise<TiffPage[] | null> {
  const head = await file.read(0, 16);
  if (!/^(II[*+]\0|MM\0[*+])/.test(head.toString('latin1', 0, 4)) || head.length < 8) return null;
  const isLittle = head[0] === 0x49;
  const isBig = head[isLittle ? 2 : 3] === 43;
  if (isBig && head.length < 16) return [];
  const shape = { isLittle, isBig };
  const first = isBig ? uint64(head, 8, isLittle) : uint32(head, 4, isLittle);
  const seen = new Set<number>();
  const pages: TiffPage[] = [];
  for (let offset = first; offset !== 0 && pages.length < MAX_PAGES && !seen.has(offset); ) {
    seen.add(offset);
    const directory = await readDirectory(file, offset, shape);
    if (directory === null) break;
    const subPages: TiffPage[] = [];
    const offsets = await directory.page.numbers(TAG.subDirectories);
    for (const sub of offsets.slice(0, MAX_SUB_PAGES)) {
      if (seen.has(sub)) continue;
      seen.add(sub);
      const read = await readDirectory(file, sub, shape);
      if (read) subPages.push(read.page);
    }
    pages.push({ ...directory.page, subPages });
    offset = directory.next;
  }
  return pages;
}

async function readDirectory(file: RandomAccess, offset: number, shape: Shape) {
  const { isLittle, isBig } = shape;
  const head = await file.read(offset, isBig ? 8 : 2);
  if (head.length < (isBig ? 8 : 2)) return null;
  const count = isBig ? uint64(head, 0, isLittle) : uint16(head, 0, isLittle);
  if (count === 0 || count > MAX_ENTRIES) return null;
  const entrySize = isBig ? 20 : 12;
  const start = offset + head.length;
  const table = await file.read(start, count * entrySize + (isBig ? 8 : 4));
  if (table.length < count * entrySize) return null;
  const entries = new Map<number, Entry>();
  for (let i = 0; i < count; i++) {
    const at = i * entrySize;
    const type = uint16(table, at + 2, isLittle);
    const values = isBig ? uint64(table, at + 4, isLittle) : uint32(table, at + 4, isLittle);
    const inline = isBig ? 8 : 4;
    const bytes = values * (TYPE_BYTES[type] ?? 0);
    const field = at + entrySize - inline;
    const pointer = isBig ? uint64(table, field, isLittle) : uint32(table, field, isLittle);
    entries.set(uint16(table, at, isLittle), { type, count: values, at: bytes <= inline ? start + field : pointer });
  }
  const tail = count * entrySize;
  const hasNext = table.length >= tail + (isBig ? 8 : 4);
  const next = hasNext ? (isBig ? uint64(table, tail, isLittle) : uint32(table, tail, isLittle)) : 0;
  return { page: pageOf(file, offset, entries, isLittle), next };
}

function pageOf(file: RandomAccess, offset: number, entries: ReadonlyMap<number, Entry>, isLittle: boolean): TiffPage {
  const numbers = async (tag: number) => {
    const entry = entries.get(tag);
    const size = TYPE_BYTES[entry?.type ?? 0] ?? 0;
    if (!entry || size === 0 || entry.count > MAX_VALUES) return [];
    const bytes = await file.read(entry.at, entry.count * size);
    const values: number[] = [];
    for (let at = 0; at + size <= bytes.length; at += size) values.push(valueAt(bytes, at, entry.type, isLittle));
    return values;
  };
  return {
    entries,
    offset,
    subPages: [],
    has: (tag) => entries.has(tag),
    numbers,
    number: async (tag, otherwise) => (await numbers(tag))[0] ?? otherwise,
    text: async (tag) => {
      const entry = entries.get(tag);
      // XMP and others are texts with the type of bytes.
      if (!entry || TYPE_BYTES[entry.type] !== 1) return '';
      const bytes = await file.read(entry.at, Math.min(entry.count, MAX_TEXT_BYTES));
      const end = entry.type === ASCII ? bytes.indexOf(0) : -1;
      return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
    },
    bytes: async (tag) => {
      const entry = entries.get(tag);
      const length = (entry?.count ?? 0) * (TYPE_BYTES[entry?.type ?? 0] ?? 0);
      return entry && length > 0 && length <= MAX_TEXT_BYTES ? file.read(entry.at, length) : null;
    },
  };
}

function valueAt(bytes: Buffer, at: number, type: number, isLittle: boolean): number {
  if (type === RATIONAL) {
    const [top, bottom] = [uint32(bytes, at, isLittle), uint32(bytes, at + 4, isLittle)];
    return bottom === 0 ? 0 : top / bottom;
  }
  const size = TYPE_BYTES[type];
  if (size === 8) return uint64(bytes, at, isLittle);
  if (size === 4) return uint32(bytes, at, isLittle);
  return size === 2 ? uint16(bytes, at, isLittle) : (bytes[at] ?? 0);
}

const uint16 = (b: Buffer, at: number, isLittle: boolean) => (isLittle ? b.readUInt16LE(at) : b.readUInt16BE(at));
const uint32 = (b: Buffer, at: number, isLittle: boolean) => (isLittle ? b.readUInt32LE(at) : b.readUInt32BE(at));
/** Offsets above 2^53 are outside of every file, so their rounding does not matter. */
const uint64 = (b: Buffer, at: number, isLittle: boolean) =>
  Number(isLittle ? b.readBigUInt64LE(at) : b.readBigUInt64BE(at));
