import sharp from 'sharp';
import { bytes, type DrawnPage, type DrawnTag, drawTiff, long, rational, short, text } from '@/lib/server/readers/__fixtures__/draw-tiff';

/** What is planted wherever a file has room for it. The copy must not have it. */
export const PLANTED = 'PATIENT-4711';

export type Picture = { width: number; height: number; pixels: Buffer };

/** How the tiles of a drawn slide are stored. */
export type TileForm = {
  side: number;
  colour: 'rgb' | 'ycc';
  sampling: '4:4:4' | '4:2:0';
  /** Whether quantisation and Huffman tables stand in a tag of the page. */
  hasTables: boolean;
  /** Whether identifiers are planted in markers of the tiles. */
  isPlanted?: boolean;
  /** Numbers of tiles of the full resolution that are left out, or cut in half. */
  missing?: readonly number[];
  damaged?: readonly number[];
};

/**
 * Grey-violet grain. Its red, green and blue are also luma and chroma of some colour, so that an encoder of YCbCr can be
 * made to store them as they are.
 */
export function drawGrain(width: number, height: number): Picture {
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      pixels.set(
        [110 + ((x * 3 + y) % 37), 118 + ((x + y * 5) % 23), 122 + (((x >> 3) * 7 + (y >> 2)) % 19)],
        (y * width + x) * 3,
      );
  return { width, height, pixels };
}

/** The picture whose YCbCr is the red, green and blue of another. */
function asIfYcc({ width, height, pixels }: Picture): Picture {
  const turned = Buffer.alloc(pixels.length);
  for (let i = 0; i < pixels.length; i += 3) {
    const [y = 0, cb = 0, cr = 0] = pixels.subarray(i, i + 3);
    const [b, r] = [1.772 * (cb - 128), 1.402 * (cr - 128)];
    const g = -0.344136 * (cb - 128) - 0.714136 * (cr - 128);
    turned.set([y + r, y + g, y + b].map((value) => Math.max(0, Math.min(255, Math.round(value)))), i);
  }
  return { width, height, pixels: turned };
}

const segment = (marker: number, body: Buffer | string) => {
  const value = Buffer.from(body);
  return Buffer.concat([Buffer.from([0xff, marker, (value.length + 2) >> 8, (value.length + 2) & 255]), value]);
};

/** All markers for applications, a comment, and bytes where no segment is. */
const planted = Buffer.concat([
  ...Array.from({ length: 16 }, (_, i) => segment(0xe0 + i, `${i === 1 ? 'Exif\0\0' : ''}${PLANTED} in APP${i}`)),
  segment(0xfe, `${PLANTED} in a comment`),
  Buffer.from(`${PLANTED} between segments`),
]);

/** The segments of a stream from the encoder, which has no coded 0xff before its scan but markers. */
function segmentsOf(jpeg: Buffer): { marker: number; bytes: Buffer }[] {
  const found: { marker: number; bytes: Buffer }[] = [];
  for (let at = 2; at < jpeg.length; ) {
    const marker = jpeg.readUInt8(at + 1);
    const end = marker === 0xda ? jpeg.length - 2 : at + 2 + jpeg.readUInt16BE(at + 2);
    found.push({ marker, bytes: jpeg.subarray(at, end) });
    if (marker === 0xda) break;
    at = end;
  }
  return found;
}

const isTable = ({ marker }: { marker: number }) => marker === 0xdb || marker === 0xc4;
const SOI = Buffer.from([0xff, 0xd8]);
const EOI = Buffer.from([0xff, 0xd9]);

/** The tiles of a picture, row by row, and their tables. */
async function encodeTiles(picture: Picture, form: TileForm) {
  const { width, height, pixels } = form.colour === 'rgb' ? asIfYcc(picture) : picture;
  const { side } = form;
  const tiles: Buffer[] = [];
  let tables: Buffer | null = null;
  for (let top = 0; top < height; top += side)
    for (let left = 0; left < width; left += side) {
      const jpeg = await sharp(pixels, { raw: { width, height, channels: 3 } })
        .extract({ left, top, width: Math.min(side, width - left), height: Math.min(side, height - top) })
        .extend({ right: Math.max(0, left + side - width), bottom: Math.max(0, top + side - height), background: '#fff' })
        .jpeg({ quality: 93, chromaSubsampling: form.sampling, optimiseCoding: false })
        .toBuffer();
      const segments = segmentsOf(jpeg).filter(({ marker }) => marker !== 0xe0);
      const own = segments.filter((one) => !form.hasTables || !isTable(one)).map((one) => one.bytes);
      tables ??= Buffer.concat([SOI, ...segments.filter(isTable).map((one) => one.bytes), EOI]);
      const extra = form.isPlanted ? planted : Buffer.alloc(0);
      const after = form.isPlanted ? Buffer.from(`${PLANTED} behind the end`) : Buffer.alloc(0);
      tiles.push(Buffer.concat([SOI, extra, ...own, EOI, after]));
    }
  return { tiles, tables: form.hasTables ? tables : null };
}

/** Means of n by n pixels; what is left at the edges is cut, as Aperio does. */
export function reduce({ width, height, pixels }: Picture, n: number): Picture {
  const [w, h] = [Math.floor(width / n), Math.floor(height / n)];
  const reduced = Buffer.alloc(w * h * 3);
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++)
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let dy = 0; dy < n; dy++)
          for (let dx = 0; dx < n; dx++) sum += pixels[((y * n + dy) * width + x * n + dx) * 3 + c] ?? 0;
        reduced[(y * w + x) * 3 + c] = Math.round(sum / n / n);
      }
  return { width: w, height: h, pixels: reduced };
}

/** Texts in every tag that has room for one. */
const plantedTags: Record<number, DrawnTag> = {
  271: text(`${PLANTED} make`),
  272: text(`${PLANTED} model`),
  285: text(`${PLANTED} page name`),
  305: text(`${PLANTED} software`),
  306: text('2026:11:29 12:00:00'),
  315: text(`${PLANTED} artist`),
  316: text(`${PLANTED} computer`),
  700: bytes(Buffer.from(`<x:xmpmeta>${PLANTED}</x:xmpmeta>`)),
  33432: text(`${PLANTED} copyright`),
  65000: bytes(Buffer.from(`${PLANTED} private`)),
};

/**
 * A slide as Aperio writes it: tiled levels of 1, 4 and 16, then a label and a macro picture, all with identifiers.
 *
 * @param description - of the first page; by default Aperio's
 */
export async function drawSlide(
  picture: Picture,
  form: TileForm,
  { steps = [1, 4, 16], description, profile }: { steps?: number[]; description?: string; profile?: Buffer } = {},
): Promise<{ file: Buffer; levels: Picture[] }> {
  const levels = steps.map((step) => (step === 1 ? picture : reduce(picture, step)));
  const encoded = await Promise.all(levels.map((level) => encodeTiles(level, form)));
  const parts: Buffer[] = [];
  let at = 8;
  const pages: DrawnPage[] = encoded.map(({ tiles, tables }, i) => {
    const { width, height } = levels[i] as Picture;
    const [offsets, counts] = [[] as number[], [] as number[]];
    for (const [k, tile] of tiles.entries()) {
      const isMissing = i === 0 && form.missing?.includes(k);
      const stored = i === 0 && form.damaged?.includes(k) ? tile.subarray(0, tile.length >> 1) : tile;
      offsets.push(isMissing ? 0 : at);
      counts.push(isMissing ? 0 : stored.length);
      if (isMissing) continue;
      parts.push(stored);
      at += stored.length;
    }
    const head = `Aperio Image Library v12.0.0\n${width}x${height} [0,0 ${width}x${height}] (${form.side}x${form.side}) JPEG/RGB Q=93`;
    const aperio = `${head}|AppMag = 20|MPP = 0.5|Filename = ${PLANTED}|User = ${PLANTED}|Date = 11/29/26`;
    return {
      ...{ width, height, samples: 3, pixels: Buffer.alloc(0), photometric: form.colour === 'rgb' ? 2 : 6 },
      tags: {
        ...(i === 0 ? plantedTags : {}),
        259: short(7),
        ...((description ?? aperio) === '' ? {} : { 270: text(description ?? aperio) }),
        282: rational(20_000),
        283: rational(20_000),
        296: short(3),
        322: short(form.side),
        323: short(form.side),
        324: long(...offsets),
        325: long(...counts),
        ...(tables && { 347: bytes(form.isPlanted ? Buffer.concat([SOI, planted, tables.subarray(2)]) : tables) }),
        ...(form.colour === 'ycc' && { 530: short(...(form.sampling === '4:2:0' ? [2, 2] : [1, 1])) }),
        ...(profile && i === 0 && { 34675: bytes(profile) }),
      },
    };
  });
  const [first] = pages;
  if (first) first.pixels = Buffer.concat(parts);
  const side = (name: string): DrawnPage => ({
    ...{ width: 80, height: 60, samples: 3, pixels: Buffer.alloc(80 * 60 * 3, `${PLANTED} ${name} `) },
    tags: { 254: long(1), 270: text(`Aperio Image Library v12.0.0\n${name} 80x60 ${PLANTED}`) },
  });
  const others = description === undefined ? [side('label'), side('macro')] : [];
  return { file: drawTiff([...pages, ...others]), levels };
}
