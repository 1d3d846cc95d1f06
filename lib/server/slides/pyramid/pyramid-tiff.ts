import 'server-only';
import type { JpegColour } from '@/lib/server/readers/codecs/jpeg-colour';
import { TAG } from '@/lib/server/readers/tiff/tiff-tags';
import type { Frame } from './clean-jpeg';

/** One level of the copy. Tiles row by row, where they start behind the head; a tile of 0 bytes is damaged. */
export type PyramidLevel = {
  width: number;
  height: number;
  tile: { width: number; height: number };
  colour: JpegColour;
  sampling: Frame['sampling'];
  offsets: number[];
  counts: number[];
};

export type HeadOptions = {
  /** Bytes of all tiles, which follow the head. */
  tileBytes: number;
  /** Of the full resolution. */
  micronsPerPixel: number | null;
  profile: Buffer | null;
};

/** Offsets of a classic TIFF have 32 bits. */
const CLASSIC_BYTES = 2 ** 32 - 1;
const TYPE = { byte: 1, short: 3, long: 4, rational: 5, undefined: 7, long8: 16 } as const;
const SIZE: Record<number, number> = { 1: 1, 3: 2, 4: 4, 5: 8, 7: 1, 16: 8 };
const CENTIMETRE = 3;
const RATIONAL_PARTS = 10_000;
const MICRONS_PER_CENTIMETRE = 10_000;

type Field = { tag: number; type: number; values: readonly number[] | Buffer };

/**
 * The head of the copy: a TIFF of chained pages, largest first. Directories and arrays come before all tiles, those of small
 * levels first, so that one read of it is enough to show a picture. There is no text in it.
 *
 * @returns a BigTIFF where the whole is larger than a classic TIFF can be
 */
export function pyramidHead(levels: readonly PyramidLevel[], options: HeadOptions): Buffer {
  const classic = layOut(levels, options, false);
  const isBig = classic.bytes + options.tileBytes > CLASSIC_BYTES;
  return writeHead(levels, options, isBig ? layOut(levels, options, true) : classic);
}

/** Where everything is in a head. */
type Layout = {
  isBig: boolean;
  /** Of an entry of a directory, of the pointer in it, and of the number of entries. */
  sizes: { entry: number; pointer: number; count: number };
  /** Where the directory of each page starts. */
  places: number[];
  /** Where the values lie that do not fit into their entries, by page and tag. */
  values: Map<string, number>;
  bytes: number;
};

function layOut(levels: readonly PyramidLevel[], options: HeadOptions, isBig: boolean): Layout {
  const pages = levels.map((level, index) => fieldsOf(level, { ...options, index, isBig, start: 0 }));
  const sizes = isBig ? { entry: 20, pointer: 8, count: 8 } : { entry: 12, pointer: 4, count: 2 };
  const places: number[] = [];
  const values = new Map<string, number>();
  let bytes = isBig ? 16 : 8;
  for (const fields of pages) {
    places.push(bytes);
    bytes = even(bytes + sizes.count + fields.length * sizes.entry + sizes.pointer);
  }
  for (let index = pages.length - 1; index >= 0; index--)
    for (const field of pages[index] ?? []) {
      if (bytesOf(field) <= sizes.pointer) continue;
      values.set(`${index} ${field.tag}`, bytes);
      bytes = even(bytes + bytesOf(field));
    }
  return { isBig, sizes, places, values, bytes };
}

function writeHead(levels: readonly PyramidLevel[], options: HeadOptions, layout: Layout): Buffer {
  const { isBig, sizes, places, values } = layout;
  const head = Buffer.alloc(layout.bytes);
  const pointer = (value: number, to: number) =>
    isBig ? head.writeBigUInt64LE(BigInt(value), to) : head.writeUInt32LE(value, to);
  head.write(isBig ? 'II+\0\x08\0\0\0' : 'II*\0', 'latin1');
  pointer(places[0] ?? 0, isBig ? 8 : 4);
  for (const [index, level] of levels.entries()) {
    const fields = fieldsOf(level, { ...options, index, isBig, start: layout.bytes });
    let to = places[index] ?? 0;
    if (isBig) head.writeBigUInt64LE(BigInt(fields.length), to);
    else head.writeUInt16LE(fields.length, to);
    to += sizes.count;
    for (const field of fields) {
      head.writeUInt16LE(field.tag, to);
      head.writeUInt16LE(field.type, to + 2);
      pointer(field.values.length / (field.type === TYPE.rational ? 2 : 1), to + 4);
      const slot = to + sizes.entry - sizes.pointer;
      const place = values.get(`${index} ${field.tag}`);
      if (place !== undefined) pointer(place, slot);
      writeValues(head, field, place ?? slot);
      to += sizes.entry;
    }
    pointer(places[index + 1] ?? 0, to);
  }
  return head;
}

function fieldsOf(
  level: PyramidLevel,
  { index, isBig, start, micronsPerPixel, profile }: HeadOptions & { index: number; isBig: boolean; start: number },
): Field[] {
  const isYcc = level.colour === 'ycc';
  const [[x = 1, y = 1] = []] = level.sampling;
  const perCentimetre = micronsPerPixel === null ? null : MICRONS_PER_CENTIMETRE / (micronsPerPixel * 2 ** index);
  const resolution = (tag: number): Field[] =>
    perCentimetre === null
      ? []
      : [{ tag, type: TYPE.rational, values: [Math.round(perCentimetre * RATIONAL_PARTS), RATIONAL_PARTS] }];
  const offsets = level.offsets.map((offset, i) => (level.counts[i] === 0 ? 0 : start + offset));
  const short = (tag: number, ...values: number[]): Field => ({ tag, type: TYPE.short, values });
  const long = (tag: number, ...values: number[]): Field => ({ tag, type: TYPE.long, values });
  return [
    long(TAG.subfileType, index === 0 ? 0 : 1),
    long(TAG.width, level.width),
    long(TAG.height, level.height),
    short(TAG.bitsPerSample, 8, 8, 8),
    short(TAG.compression, 7),
    short(TAG.photometric, isYcc ? 6 : 2),
    short(TAG.samplesPerPixel, 3),
    ...resolution(TAG.xResolution),
    ...resolution(TAG.yResolution),
    short(TAG.planarConfiguration, 1),
    ...(perCentimetre === null ? [] : [short(TAG.resolutionUnit, CENTIMETRE)]),
    long(TAG.tileWidth, level.tile.width),
    long(TAG.tileHeight, level.tile.height),
    { tag: TAG.tileOffsets, type: isBig ? TYPE.long8 : TYPE.long, values: offsets },
    { tag: TAG.tileByteCounts, type: TYPE.long, values: level.counts },
    ...(isYcc ? [short(TAG.yCbCrSubsampling, x, y)] : []),
    ...(profile && index === 0 ? [{ tag: TAG.iccProfile, type: TYPE.undefined, values: profile }] : []),
  ];
}

const even = (size: number) => size + (size % 2);
const bytesOf = ({ type, values }: Field) => (values.length / (type === TYPE.rational ? 2 : 1)) * (SIZE[type] ?? 1);

function writeValues(head: Buffer, { type, values }: Field, at: number): void {
  if (values instanceof Buffer) {
    values.copy(head, at);
    return;
  }
  const size = type === TYPE.rational ? 4 : (SIZE[type] ?? 1);
  for (const [i, value] of values.entries()) {
    if (size === 2) head.writeUInt16LE(value, at + i * 2);
    else if (size === 4) head.writeUInt32LE(value, at + i * 4);
    else head.writeBigUInt64LE(BigInt(value), at + i * 8);
  }
}
