import sharp from 'sharp';

const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
const EXPLICIT_JPEG_BASELINE = '1.2.840.10008.1.2.4.50';
const WHOLE_SLIDE_IMAGE = '1.2.840.10008.5.1.4.1.1.77.1.6';

type DrawnDicom = {
  /** Multiples of `tile`. */
  width: number;
  height: number;
  tile: number;
  rgb: Buffer;
  imageType?: string;
  /** TILED_FULL. Without it the file does not state the places of its tiles. */
  isTiledFull?: boolean;
  /** Millimetres. */
  pixelSpacing?: number;
  /** What the file calls the colour of its JPEG tiles. */
  photometric?: string;
  /** One stored frame, in place of JPEG tiles. */
  raw?: { photometric: string; planar: 0 | 1; pixels: Buffer };
};

/** A whole-slide DICOM file: JPEG tiles, explicit little-endian. */
export async function drawDicom(drawn: DrawnDicom): Promise<Buffer> {
  const { width, height, tile, rgb, imageType = 'ORIGINAL\\PRIMARY\\VOLUME\\NONE', isTiledFull = true } = drawn;
  const tiles: Buffer[] = [];
  for (let top = 0; top < height && !drawn.raw; top += tile)
    for (let left = 0; left < width; left += tile)
      tiles.push(
        await sharp(rgb, { raw: { width, height, channels: 3 } })
          .extract({ left, top, width: tile, height: tile })
          .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
          .toBuffer(),
      );
  const spacing = drawn.pixelSpacing ?? 0.0005;
  const measures = item(element(0x0028, 0x0030, 'DS', ascii(`${spacing}\\${spacing}`)));
  const groups = item(element(0x0028, 0x9110, 'SQ', measures));
  const body = [
    element(0x0008, 0x0008, 'CS', ascii(imageType)),
    element(0x0008, 0x0016, 'UI', uid(WHOLE_SLIDE_IMAGE)),
    element(0x0008, 0x0018, 'UI', uid('1.2.3.4')),
    element(0x0008, 0x0060, 'CS', ascii('SM')),
    element(0x0020, 0x000d, 'UI', uid('1.2.3.1')),
    element(0x0020, 0x000e, 'UI', uid('1.2.3.2')),
    element(0x0020, 0x0013, 'IS', ascii('1')),
    ...(isTiledFull ? [element(0x0020, 0x9311, 'CS', ascii('TILED_FULL'))] : []),
    element(0x0028, 0x0002, 'US', uint16(3)),
    element(0x0028, 0x0004, 'CS', ascii(drawn.raw?.photometric ?? drawn.photometric ?? 'YBR_FULL')),
    element(0x0028, 0x0006, 'US', uint16(drawn.raw?.planar ?? 0)),
    element(0x0028, 0x0008, 'IS', ascii(String(drawn.raw ? 1 : tiles.length))),
    element(0x0028, 0x0010, 'US', uint16(drawn.raw ? height : tile)),
    element(0x0028, 0x0011, 'US', uint16(drawn.raw ? width : tile)),
    element(0x0028, 0x0100, 'US', uint16(8)),
    element(0x0028, 0x0101, 'US', uint16(8)),
    element(0x0028, 0x0102, 'US', uint16(7)),
    element(0x0028, 0x0103, 'US', uint16(0)),
    element(0x0048, 0x0006, 'UL', uint32(width)),
    element(0x0048, 0x0007, 'UL', uint32(height)),
    element(0x5200, 0x9229, 'SQ', groups),
    drawn.raw ? element(0x7fe0, 0x0010, 'OW', drawn.raw.pixels) : pixelData(tiles),
  ];
  const syntax = element(0x0002, 0x0010, 'UI', uid(drawn.raw ? EXPLICIT_LITTLE_ENDIAN : EXPLICIT_JPEG_BASELINE));
  const media = Buffer.concat([element(0x0002, 0x0002, 'UI', uid(WHOLE_SLIDE_IMAGE)), syntax]);
  const head = element(0x0002, 0x0000, 'UL', uint32(media.length));
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), head, media, ...body]);
}

function element(group: number, number: number, vr: string, value: Buffer): Buffer {
  const isLong = vr === 'SQ' || vr === 'OW';
  const head = Buffer.alloc(isLong ? 12 : 8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4, 'latin1');
  if (isLong) head.writeUInt32LE(value.length, 8);
  else head.writeUInt16LE(value.length, 6);
  return Buffer.concat([head, value]);
}

function item(value: Buffer, tag = 0xe000): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(0xfffe, 0);
  head.writeUInt16LE(tag, 2);
  head.writeUInt32LE(value.length, 4);
  return Buffer.concat([head, value]);
}

/** An empty offset table, then one fragment for each frame. */
function pixelData(frames: Buffer[]): Buffer {
  const head = Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff]);
  const end = Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);
  return Buffer.concat([head, item(Buffer.alloc(0)), ...frames.map((frame) => item(even(frame, 0))), end]);
}

const even = (bytes: Buffer, padding: number) =>
  bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from([padding])]);
const ascii = (text: string) => even(Buffer.from(text, 'latin1'), 0x20);
const uid = (text: string) => even(Buffer.from(text, 'latin1'), 0);
function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
