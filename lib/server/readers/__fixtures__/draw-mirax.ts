import sharp, { type OverlayOptions } from 'sharp';
import type { DrawnEntry } from './draw-zip';

/** Drawn to the description of MIRAX at https://openslide.org/formats/mirax/. */
export type DrawnMirax = {
  picture: { width: number; height: number; pixels: Buffer };
  /** Side of a photo of the camera. */
  side?: number;
  /** Pixels that a photo shares with the next one. */
  overlap?: number;
  /** Rows and columns of photos around the picture that were not taken. */
  margin?: number;
  /** Photos of the picture that were not taken, as `column,row`. */
  missing?: readonly string[];
  levels?: number;
  micronsPerPixel?: number;
  /** Written wherever there is room for text. */
  planted?: string;
  quality?: number;
};

const ID = 'F0E1D2C3B4A5968778695A4B3C2D1E0F';
const u32 = (...values: number[]) => Buffer.from(new Uint32Array(values).buffer);

/** Where photos and levels lie. The picture must be made of whole photos. */
function layOut({ picture, side = 128, overlap = 0, margin = 0, missing = [] }: DrawnMirax) {
  const step = side - overlap;
  const [across, down] = [picture.width, picture.height].map((length) => (length - overlap) / step);
  if (!Number.isInteger(across) || !Number.isInteger(down)) throw new Error('The picture must be made of whole photos.');
  const [columns, rows] = [across! + 2 * margin, down! + 2 * margin];
  const isTaken = (column: number, row: number) => {
    const [x, y] = [column - margin, row - margin];
    return x >= 0 && y >= 0 && x < across! && y < down! && !missing.includes(`${x},${y}`);
  };
  return { side, overlap, step, margin, columns, rows, isTaken };
}

/** The files of a slide, for `drawZip`. */
export async function drawMirax(drawn: DrawnMirax): Promise<DrawnEntry[]> {
  const { picture, levels = 3, planted = 'text', quality = 98 } = drawn;
  const { side, overlap, step, margin, columns, rows, isTaken } = layOut(drawn);
  const data: Buffer[] = [Buffer.from(`01.02${ID}001${' '.repeat(256)}`, 'latin1')];
  let end = data[0]!.length;
  const append = (bytes: Buffer) => {
    const place = { offset: end, length: bytes.length };
    data.push(bytes);
    end += bytes.length;
    return place;
  };

  const shot = (column: number, row: number) =>
    sharp(picture.pixels, { raw: { width: picture.width, height: picture.height, channels: 3 } })
      .extract({ left: (column - margin) * step, top: (row - margin) * step, width: side, height: side })
      .raw()
      .toBuffer();
  /** An image of a level: photos side by side, each halved. What was not taken is white. */
  const imageOf = async (level: number, column: number, row: number): Promise<Buffer | null> => {
    const count = 2 ** level;
    const part = side / count;
    const layers: OverlayOptions[] = [];
    for (let y = 0; y < count; y++)
      for (let x = 0; x < count; x++) {
        if (!isTaken(column + x, row + y)) continue;
        const input = await sharp(await shot(column + x, row + y), { raw: { width: side, height: side, channels: 3 } })
          .resize(part, part)
          .raw()
          .toBuffer();
        layers.push({ input, raw: { width: part, height: part, channels: 3 }, left: x * part, top: y * part });
      }
    if (layers.length === 0) return null;
    const background = { r: 255, g: 255, b: 255 };
    return sharp({ create: { width: side, height: side, channels: 3, background } })
      .composite(layers)
      .jpeg({ quality, chromaSubsampling: '4:4:4' })
      .withExif({ IFD0: { ImageDescription: planted } })
      .toBuffer();
  };

  const hierarchical: number[][] = [];
  for (let level = 0; level < levels; level++) {
    const items: number[] = [];
    for (let row = 0; row < rows; row += 2 ** level)
      for (let column = 0; column < columns; column += 2 ** level) {
        const image = await imageOf(level, column, row);
        if (image === null) continue;
        const { offset, length } = append(image);
        items.push(row * columns + column, offset, length, 0);
      }
    hierarchical.push(items);
  }

  const label = await sharp({ create: { width: 32, height: 32, channels: 3, background: 'red' } })
    .jpeg()
    .withExif({ IFD0: { ImageDescription: planted } })
    .toBuffer();
  const positions = Buffer.alloc(columns * rows * 9);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const at = (row * columns + column) * 9;
      positions.writeUInt8(Number(isTaken(column, row)), at);
      positions.writeInt32LE(column * step, at + 1);
      positions.writeInt32LE(row * step, at + 5);
    }
  const others = [label, positions].map(append).map(({ offset, length }) => [0, 0, offset, length, 0]);

  return [
    { name: 'slide.mrxs', bytes: label },
    { name: 'slide/Slidedat.ini', bytes: Buffer.from(`\ufeff${slidedat(drawn, { side, overlap, columns, rows })}`) },
    { name: 'slide/Index.dat', bytes: drawIndex([hierarchical, others], [4, 5]) },
    { name: 'slide/Data0001.dat', bytes: Buffer.concat(data) },
  ];
}

/** Two trees of records. A record is a list of pages, of which the first is empty. */
function drawIndex(trees: number[][][], valuesOfItem: number[]): Buffer {
  const head = Buffer.from(`01.02${ID}`, 'latin1');
  const parts: Buffer[] = [];
  let end = head.length + 8;
  const append = (bytes: Buffer) => {
    const at = end;
    parts.push(bytes);
    end += bytes.length;
    return at;
  };
  const roots = trees.map((records, tree) => {
    const pointers = records.map((items) => {
      const page = append(u32(items.length / valuesOfItem[tree]!, 0, ...items));
      return append(u32(0, page));
    });
    return append(u32(...pointers));
  });
  return Buffer.concat([head, u32(...roots), ...parts]);
}

type Grid = { side: number; overlap: number; columns: number; rows: number };

function slidedat(
  { levels = 3, micronsPerPixel = 0.25, planted = 'text' }: DrawnMirax,
  { side, overlap, columns, rows }: Grid,
): string {
  const numbers = Array.from({ length: levels }, (_, i) => i);
  const sections = numbers.map((level) => ({
    [`LAYER_0_LEVEL_${level}_SECTION`]: {
      OVERLAP_X: overlap / 2 ** level,
      OVERLAP_Y: overlap / 2 ** level,
      MICROMETER_PER_PIXEL_X: micronsPerPixel * 2 ** level,
      MICROMETER_PER_PIXEL_Y: micronsPerPixel * 2 ** level,
      IMAGE_FORMAT: 'JPEG',
      IMAGE_FILL_COLOR_BGR: 0xffffff,
      DIGITIZER_WIDTH: side,
      DIGITIZER_HEIGHT: side,
      IMAGE_CONCAT_FACTOR: level === 0 ? 0 : 1,
    },
  }));
  const ini = {
    GENERAL: {
      SLIDE_ID: ID,
      SLIDE_NAME: planted,
      PROJECT_NAME: planted,
      SLIDE_VERSION: '01.02',
      CURRENT_SLIDE_VERSION: '01.09',
      IMAGENUMBER_X: columns,
      IMAGENUMBER_Y: rows,
      OBJECTIVE_MAGNIFICATION: 20,
    },
    HIERARCHICAL: {
      HIER_COUNT: 1,
      NONHIER_COUNT: 2,
      INDEXFILE: 'Index.dat',
      HIER_0_NAME: 'Slide zoom level',
      HIER_0_COUNT: levels,
      ...Object.fromEntries(
        numbers.flatMap((level) => [
          [`HIER_0_VAL_${level}`, `ZoomLevel_${level}`],
          [`HIER_0_VAL_${level}_SECTION`, `LAYER_0_LEVEL_${level}_SECTION`],
        ]),
      ),
      NONHIER_0_NAME: 'Scan data layer',
      NONHIER_0_COUNT: 1,
      NONHIER_0_VAL_0: 'ScanDataLayer_SlideBarcode',
      NONHIER_0_VAL_0_SECTION: 'NONHIERLAYER_0_LEVEL_0_SECTION',
      NONHIER_1_NAME: 'VIMSLIDE_POSITION_BUFFER',
      NONHIER_1_COUNT: 1,
      NONHIER_1_VAL_0: 'default',
      NONHIER_1_VAL_0_SECTION: 'NONHIERLAYER_1_LEVEL_0_SECTION',
    },
    ...Object.assign({}, ...sections),
    NONHIERLAYER_0_LEVEL_0_SECTION: { BARCODE_IMAGE_TYPE: 'JPEG', BARCODE_VALUE: planted },
    NONHIERLAYER_1_LEVEL_0_SECTION: {},
    DATAFILE: { FILE_COUNT: 1, FILE_0: 'Data0001.dat' },
  } as Record<string, Record<string, string | number>>;
  return Object.entries(ini)
    .map(([name, keys]) => `[${name}]\r\n${Object.entries(keys).map(([key, value]) => `${key} = ${value}\r\n`).join('')}`)
    .join('\r\n');
}
