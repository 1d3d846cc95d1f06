/** A tag: its type (2 text, 3 short, 4 long, 5 rational of a number times 1000, 7 bytes) and values. */
export type DrawnTag =
  | { type: 2; text: string }
  | { type: 3 | 4 | 5; values: number[] }
  | { type: 7; bytes: Buffer };

export type DrawnPage = {
  width: number;
  height: number;
  samples: number;
  bits?: 8 | 16 | 32;
  /** Sample format: 1 unsigned, 3 float. */
  format?: 1 | 3;
  photometric?: number;
  /** Interleaved, little-endian. */
  pixels: Buffer;
  /** null = left out. */
  tags?: Record<number, DrawnTag | null>;
};

const TILE_OFFSETS = 324;
const BYTES = { 2: 1, 3: 2, 4: 4, 5: 8, 7: 1 } as const;

/** A little-endian TIFF with any tags. A page is one uncompressed strip unless its tags say otherwise. */
export function drawTiff(pages: DrawnPage[]): Buffer {
  const header = Buffer.from('II*\0\0\0\0\0', 'latin1');
  const parts: Buffer[] = [header];
  let size = 8;
  const append = (bytes: Buffer) => {
    const at = size;
    const padded = bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)]);
    parts.push(padded);
    size += padded.length;
    return at;
  };
  /** Where the offset of the next directory is to be written. */
  let link = { part: header, at: 4 };
  for (const page of pages) {
    const strip = append(page.pixels);
    const bits = Array<number>(page.samples).fill(page.bits ?? 8);
    const tags: Record<number, DrawnTag | null> = {
      256: long(page.width),
      257: long(page.height),
      258: { type: 3, values: bits },
      259: short(1),
      262: short(page.photometric ?? (page.samples >= 3 ? 2 : 1)),
      277: short(page.samples),
      // A page whose tags place its tiles has no strips.
      ...(!page.tags?.[TILE_OFFSETS] && {
        273: long(strip),
        278: long(page.height),
        279: long(page.pixels.length),
      }),
      ...(page.samples === 4 && { 338: short(2) }),
      339: { type: 3, values: bits.map(() => page.format ?? 1) },
      ...page.tags,
    };
    const entries = Object.entries(tags).flatMap(([number, tag]) => {
      if (tag === null) return [];
      const value = encode(tag);
      const entry = Buffer.alloc(12);
      entry.writeUInt16LE(Number(number), 0);
      entry.writeUInt16LE(tag.type, 2);
      entry.writeUInt32LE(value.length / BYTES[tag.type], 4);
      if (value.length <= 4) value.copy(entry, 8);
      else entry.writeUInt32LE(append(value), 8);
      return entry;
    });
    const count = Buffer.alloc(2);
    count.writeUInt16LE(entries.length);
    const directory = Buffer.concat([count, ...entries, Buffer.alloc(4)]);
    link.part.writeUInt32LE(append(directory), link.at);
    link = { part: directory, at: directory.length - 4 };
  }
  return Buffer.concat(parts);
}

export const text = (value: string): DrawnTag => ({ type: 2, text: value });
export const short = (...values: number[]): DrawnTag => ({ type: 3, values });
export const long = (...values: number[]): DrawnTag => ({ type: 4, values });
export const rational = (...values: number[]): DrawnTag => ({ type: 5, values });
export const bytes = (value: Buffer): DrawnTag => ({ type: 7, bytes: value });

function encode(tag: DrawnTag): Buffer {
  if (tag.type === 2) return Buffer.from(`${tag.text}\0`, 'utf8');
  if (tag.type === 7) return tag.bytes;
  const bytes = Buffer.alloc(tag.values.length * BYTES[tag.type]);
  for (const [i, value] of tag.values.entries()) {
    if (tag.type === 3) bytes.writeUInt16LE(value, i * 2);
    else if (tag.type === 4) bytes.writeUInt32LE(value, i * 4);
    else {
      bytes.writeUInt32LE(Math.round(value * 1000), i * 8);
      bytes.writeUInt32LE(1000, i * 8 + 4);
    }
  }
  return bytes;
}

/** Bytes of a picture in which every pixel is different from its neighbours. */
export function drawRgb(width: number, height: number): Buffer {
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      pixels[at] = (x * 7) % 256;
      pixels[at + 1] = (y * 5) % 256;
      pixels[at + 2] = (x + y * 3) % 256;
    }
  return pixels;
}

/** OME-XML of one image. @param channels - names; a single one has 3 samples */
export function omeXml(
  size: { width: number; height: number },
  channels: string[],
  pixels: { type?: string; samples?: number; z?: number; micrometres?: number } = {},
): DrawnTag {
  return text(`${OME_HEAD}${omeImage(0, size, channels, pixels)}</OME>`);
}

/** OME-XML of several RGB images, one page each. */
export const omeXmlOf = (images: { width: number; height: number; micrometres?: number; name?: string }[]): DrawnTag =>
  text(`${OME_HEAD}${images.map((image, i) => omeImage(i, image, ['RGB'], { samples: 3, ...image }, false)).join('')}</OME>`);

const OME_HEAD =
  '<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">';

function omeImage(
  index: number,
  { width, height }: { width: number; height: number },
  channels: string[],
  pixels: { type?: string; samples?: number; z?: number; micrometres?: number; name?: string },
  /** Whether the image has all pages; else it has the page with its number. */
  isAlone = true,
): string {
  const { type = 'uint8', samples = 1, z = 1, micrometres = 0.25, name } = pixels;
  const list = channels.map((name, i) => `<Channel ID="Channel:${index}:${i}" Name="${name}" SamplesPerPixel="${samples}"/>`);
  return (
    `<Image ID="Image:${index}"${name === undefined ? '' : ` Name="${name}"`}>` +
      `<Pixels ID="Pixels:${index}" DimensionOrder="XYCZT" Type="${type}" SizeX="${width}" SizeY="${height}" SizeC="${channels.length * samples}" SizeZ="${z}" SizeT="1" ` +
      `PhysicalSizeX="${micrometres}" PhysicalSizeXUnit="µm" PhysicalSizeY="${micrometres}" PhysicalSizeYUnit="µm">${list.join('')}<TiffData${isAlone ? '' : ` IFD="${index}"`}/></Pixels></Image>`
  );
}
