import type { ExportedNucleus } from './exported-result';

const HEADER_BYTES = 64;
const VERSION = 227;
const POLYGON = 0;
/** Option bit: the integer coordinates are followed by floats, which count. */
const SUB_PIXEL_RESOLUTION = 128;
const POSITIVE_ARGB = 0xffff9f1c;
const NEGATIVE_ARGB = 0xff5b5bff;

/** Byte offsets of the header's fields; big-endian throughout. */
const AT = {
  version: 4,
  type: 6,
  top: 8,
  left: 10,
  bottom: 12,
  right: 14,
  points: 16,
  strokeColor: 40,
  options: 50,
} as const;

/**
 * One nucleus as an ImageJ polygon ROI.
 *
 * Coordinates of pixels are stored twice, as ImageJ does: as integers from the corner of the bounds, and as floats.
 *
 * @see https://imagej.net/ij/developer/source/ij/io/RoiDecoder.java.html (the layout)
 */
export function writeImagejRoi({ outline, isPositive }: Pick<ExportedNucleus, 'outline' | 'isPositive'>): Uint8Array {
  const xs = outline.map(([x]) => x);
  const ys = outline.map(([, y]) => y);
  const count = outline.length;
  const left = Math.floor(Math.min(...xs));
  const top = Math.floor(Math.min(...ys));
  const bytes = new Uint8Array(HEADER_BYTES + count * 12);
  const view = new DataView(bytes.buffer);
  bytes.set([...'Iout'].map((letter) => letter.charCodeAt(0)));
  view.setInt16(AT.version, VERSION);
  view.setUint8(AT.type, POLYGON);
  view.setInt16(AT.top, top);
  view.setInt16(AT.left, left);
  view.setInt16(AT.bottom, Math.ceil(Math.max(...ys)));
  view.setInt16(AT.right, Math.ceil(Math.max(...xs)));
  view.setUint16(AT.points, count);
  view.setUint32(AT.strokeColor, isPositive ? POSITIVE_ARGB : NEGATIVE_ARGB);
  view.setInt16(AT.options, SUB_PIXEL_RESOLUTION);
  for (let i = 0; i < count; i++) {
    view.setInt16(HEADER_BYTES + 2 * i, Math.floor(xs[i]) - left);
    view.setInt16(HEADER_BYTES + 2 * (count + i), Math.floor(ys[i]) - top);
    view.setFloat32(HEADER_BYTES + 4 * count + 4 * i, xs[i]);
    view.setFloat32(HEADER_BYTES + 8 * count + 4 * i, ys[i]);
  }
  return bytes;
}

/** What ImageJ shows as its name: sorts by number, says the class. */
export const imagejRoiName = ({ id, isPositive }: Pick<ExportedNucleus, 'id' | 'isPositive'>): string =>
  `${String(id).padStart(6, '0')}-${isPositive ? 'positive' : 'negative'}.roi`;
