import { describeOme, type OmeChannel, type OmeImage } from './ome-xml';

/** One level of a channel, in tiles row by row. */
export type OmeLevel = {
  readonly width: number;
  readonly height: number;
  /** Of its tiles, which are compressed by deflate; multiples of 16. */
  readonly tile: { readonly width: number; readonly height: number };
  /** Where each tile starts in the file. */
  readonly offsets: readonly number[];
  readonly counts: readonly number[];
};

/** A channel and its levels, the full resolution first, each half as wide and high as the one before. */
export type OmePage = OmeChannel & { readonly levels: readonly OmeLevel[] };

export type PyramidImage = Omit<OmeImage, 'channels' | 'type'> & { readonly pages: readonly OmePage[] };

/** Bytes before the first tile. */
export const OME_HEAD_BYTES = 16;

const [ASCII, SHORT, LONG, RATIONAL, LONG8, IFD8] = [2, 3, 4, 5, 16, 18];
const BYTES: Record<number, number> = { [ASCII]: 1, [SHORT]: 2, [LONG]: 4, [RATIONAL]: 8, [LONG8]: 8, [IFD8]: 8 };
const [ENTRY_BYTES, SLOT_BYTES] = [20, 8];
const DEFLATE = 8;
const CENTIMETRE = 3;
const MICRONS_PER_CENTIMETRE = 10_000;
const RATIONAL_PARTS = 10_000;

type Field = { readonly tag: number; readonly type: number; readonly values: readonly number[] | Uint8Array };

/**
 * What stands before and behind the tiles of an OME-TIFF of 8 bits: a BigTIFF with a page for each channel, the smaller
 * levels of which are its SubIFDs.
 *
 * @param end - of the tiles, which begin at `OME_HEAD_BYTES`
 * @see https://docs.openmicroscopy.org/ome-model/latest/ome-tiff/specification.html#sub-resolutions
 */
export function omeFrame(
  images: readonly PyramidImage[],
  end: number,
  facts: Readonly<Record<string, string | number>>,
): { head: Uint8Array; tail: Uint8Array } {
  const described = images.map(({ pages, ...image }) => ({ ...image, type: 'uint8' as const, channels: pages }));
  const text = new TextEncoder().encode(`${describeOme(described, facts)}\0`);
  const directories = new Directories(end);
  const pages = images.flatMap(({ pages: all, micronsPerPixel }) => all.map((page) => ({ page, micronsPerPixel })));
  const places = pages.map(({ page, micronsPerPixel }, i) => {
    const fieldsAt = (level: number) => describeLevel(page, level, micronsPerPixel);
    const smaller = page.levels.slice(1).map((_, n) => directories.add(fieldsAt(n + 1)).at);
    const more: Field[] = [
      ...(i === 0 ? [{ tag: 270, type: ASCII, values: text }] : []),
      ...(smaller.length > 0 ? [{ tag: 330, type: IFD8, values: smaller }] : []),
    ];
    return directories.add([...fieldsAt(0), ...more]);
  });
  for (const [i, { setNext }] of places.entries()) if (i + 1 < places.length) setNext(places[i + 1].at);
  const head = new Uint8Array(OME_HEAD_BYTES);
  const view = new DataView(head.buffer);
  head.set([0x49, 0x49, 43, 0, 8, 0, 0, 0]);
  view.setBigUint64(8, BigInt(places[0].at), true);
  return { head, tail: directories.bytes() };
}

function describeLevel({ samples, levels }: OmePage, index: number, micronsPerPixel: number): Field[] {
  const { width, height, tile, offsets, counts } = levels[index];
  const perCentimetre = MICRONS_PER_CENTIMETRE / (micronsPerPixel * 2 ** index);
  const resolution = [Math.round(perCentimetre * RATIONAL_PARTS), RATIONAL_PARTS];
  const short = (tag: number, ...values: number[]): Field => ({ tag, type: SHORT, values });
  const long = (tag: number, ...values: number[]): Field => ({ tag, type: LONG, values });
  return [
    long(254, index === 0 ? 0 : 1),
    long(256, width),
    long(257, height),
    short(258, ...Array<number>(samples).fill(8)),
    short(259, DEFLATE),
    short(262, samples === 3 ? 2 : 1),
    short(277, samples),
    { tag: 282, type: RATIONAL, values: resolution },
    { tag: 283, type: RATIONAL, values: resolution },
    short(284, 1),
    short(296, CENTIMETRE),
    long(322, tile.width),
    long(323, tile.height),
    { tag: 324, type: LONG8, values: offsets },
    { tag: 325, type: LONG, values: counts },
  ];
}

/** Directories one behind the other, each with its values behind it. */
class Directories {
  readonly #start: number;
  readonly #parts: Uint8Array[] = [];
  #bytes = 0;

  constructor(start: number) {
    this.#start = start;
  }

  add(fields: readonly Field[]): { at: number; setNext: (at: number) => void } {
    const sorted = [...fields].sort((a, b) => a.tag - b.tag);
    const directory = new Uint8Array(8 + sorted.length * ENTRY_BYTES + 8);
    const view = new DataView(directory.buffer);
    const at = this.#append(directory);
    view.setBigUint64(0, BigInt(sorted.length), true);
    for (const [i, field] of sorted.entries()) {
      const { tag, type, values } = field;
      const to = 8 + i * ENTRY_BYTES;
      view.setUint16(to, tag, true);
      view.setUint16(to + 2, type, true);
      view.setBigUint64(to + 4, BigInt(type === RATIONAL ? values.length / 2 : values.length), true);
      const written = writeValues(field);
      if (written.length <= SLOT_BYTES) directory.set(written, to + 12);
      else view.setBigUint64(to + 12, BigInt(this.#append(written)), true);
    }
    return { at, setNext: (next) => view.setBigUint64(directory.length - 8, BigInt(next), true) };
  }

  /** Everything starts at an even place. */
  #append(part: Uint8Array): number {
    if ((this.#start + this.#bytes) % 2 === 1) this.#push(new Uint8Array(1));
    const at = this.#start + this.#bytes;
    this.#push(part);
    return at;
  }

  #push(part: Uint8Array): void {
    this.#parts.push(part);
    this.#bytes += part.length;
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.#bytes);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

function writeValues({ type, values }: Field): Uint8Array {
  if (values instanceof Uint8Array) return values;
  const size = type === RATIONAL ? 4 : BYTES[type];
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) {
    if (size === 2) view.setUint16(i * 2, value, true);
    else if (size === 4) view.setUint32(i * 4, value, true);
    else view.setBigUint64(i * 8, BigInt(value), true);
  }
  return bytes;
}
