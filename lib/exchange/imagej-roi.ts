import type { Polygon } from '@/lib/scoring/gate/roi';
import { type PictureFrame, type Point, toFrame } from './coordinate-frame';
import type { ExportedNucleus } from './nuclei';
import { stateFrame } from './qupath-geojson';

const HEADER_BYTES = 64;
const HEADER2_BYTES = 64;
const VERSION = 228;
/** Type of the outlines that ImageJ's wand tool makes, which follow pixel edges. */
const TRACED = 8;
/** Type of a composite of paths, when `shapeSize` is set. */
const RECTANGLE = 1;
/** Option bit: floats follow the integer coordinates and replace them. */
const SUB_PIXEL_RESOLUTION = 128;
const POSITIVE_ARGB = 0xffff9f1c;
const NEGATIVE_ARGB = 0xff5b5bff;
/** The integers of the format are 16 bits wide. */
const LARGEST_INTEGER = 32_767;

/** Byte offsets of the header's fields; big-endian throughout. */
const AT = {
  version: 4,
  type: 6,
  top: 8,
  left: 10,
  bottom: 12,
  right: 14,
  points: 16,
  shapeSize: 36,
  strokeColor: 40,
  options: 50,
  header2: 60,
} as const;

/** Byte offsets of the second header's fields. */
const AT2 = { nameOffset: 16, nameLength: 20, propertiesOffset: 40, propertiesLength: 44 } as const;

/** Codes of a composite's segments; x and y follow the first two. */
const [MOVE_TO, LINE_TO, CLOSE] = [0, 1, 4];

export type RoiOptions = { frame: PictureFrame /** Of the picture. */; micronsPerPixel: number };

/**
 * Writes one nucleus as an ImageJ ROI: a traced outline, or a composite if it has holes or several parts. The ROI's
 * properties state the coordinate frame.
 *
 * @see https://imagej.net/ij/developer/source/ij/io/RoiDecoder.java.html (the layout)
 */
export function writeImagejRoi(nucleus: ExportedNucleus, { frame, micronsPerPixel }: RoiOptions): Uint8Array {
  const polygons = nucleus.outline.polygons.map((rings) =>
    rings.map((ring) => ring.slice(0, -1).map(([x, y]): Point => toFrame(frame, x, y))),
  );
  const [[outer]] = polygons;
  const isOneRing = polygons.length === 1 && polygons[0].length === 1;
  const bounds = boundsOf(polygons);
  const body = isOneRing ? tracedBody(outer, bounds) : compositeBody(polygons);
  const name = imagejRoiName(nucleus);
  const { coordinates, level, downsample, region } = stateFrame(frame, micronsPerPixel);
  const properties = Object.entries({ coordinates, level, downsample, region: Object.values(region).join(',') })
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');

  const header2 = HEADER_BYTES + body.bytes.length;
  const strings = header2 + HEADER2_BYTES;
  const bytes = new Uint8Array(strings + 2 * (name.length + properties.length));
  const view = new DataView(bytes.buffer);
  bytes.set([...'Iout'].map((letter) => letter.charCodeAt(0)));
  view.setInt16(AT.version, VERSION);
  view.setUint8(AT.type, isOneRing ? TRACED : RECTANGLE);
  view.setInt16(AT.top, bounds.top);
  view.setInt16(AT.left, bounds.left);
  view.setInt16(AT.bottom, bounds.bottom);
  view.setInt16(AT.right, bounds.right);
  view.setUint16(AT.points, isOneRing ? outer.length : 0);
  view.setInt32(AT.shapeSize, isOneRing ? 0 : body.bytes.length / 4);
  view.setUint32(AT.strokeColor, nucleus.isPositive ? POSITIVE_ARGB : NEGATIVE_ARGB);
  view.setInt16(AT.options, body.isSubPixel ? SUB_PIXEL_RESOLUTION : 0);
  view.setInt32(AT.header2, header2);
  bytes.set(body.bytes, HEADER_BYTES);
  view.setInt32(header2 + AT2.nameOffset, strings);
  view.setInt32(header2 + AT2.nameLength, name.length);
  view.setInt32(header2 + AT2.propertiesOffset, strings + 2 * name.length);
  view.setInt32(header2 + AT2.propertiesLength, properties.length);
  for (const [i, letter] of [...name, ...properties].entries()) view.setUint16(strings + 2 * i, letter.charCodeAt(0));
  return bytes;
}

type Body = { bytes: Uint8Array; isSubPixel: boolean };

/** Integers, relative to the corner of the bounds. Fractions and numbers above 16 bits need floats as well. */
function tracedBody(points: readonly Point[], { left, top, right, bottom }: Bounds): Body {
  const isWhole = points.every(([x, y]) => Number.isInteger(x) && Number.isInteger(y));
  const isSubPixel = Math.max(right, bottom) > LARGEST_INTEGER || !isWhole;
  const count = points.length;
  const bytes = new Uint8Array(count * (isSubPixel ? 12 : 4));
  const view = new DataView(bytes.buffer);
  points.forEach(([x, y], i) => {
    view.setInt16(2 * i, Math.floor(x) - left);
    view.setInt16(2 * (count + i), Math.floor(y) - top);
    if (!isSubPixel) return;
    view.setFloat32(4 * (count + i), x);
    view.setFloat32(4 * (2 * count + i), y);
  });
  return { bytes, isSubPixel };
}

function compositeBody(polygons: readonly Polygon[]): Body {
  const numbers = polygons
    .flat()
    .flatMap((ring) => [...ring.flatMap((p, i) => [i === 0 ? MOVE_TO : LINE_TO, ...p]), CLOSE]);
  const bytes = new Uint8Array(4 * numbers.length);
  const view = new DataView(bytes.buffer);
  for (const [i, number] of numbers.entries()) view.setFloat32(4 * i, number);
  return { bytes, isSubPixel: false };
}

type Bounds = { left: number; top: number; right: number; bottom: number };

/** The smallest box of whole pixels around all points. */
function boundsOf(polygons: readonly Polygon[]): Bounds {
  let [left, top, right, bottom] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  for (const polygon of polygons)
    for (const ring of polygon)
      for (const [x, y] of ring) {
        left = Math.min(left, Math.floor(x));
        top = Math.min(top, Math.floor(y));
        right = Math.max(right, Math.ceil(x));
        bottom = Math.max(bottom, Math.ceil(y));
      }
  return { left, top, right, bottom };
}

/** Name in ImageJ: sorts by number and states the class. */
export const imagejRoiName = ({ id, isPositive }: Pick<ExportedNucleus, 'id' | 'isPositive'>): string =>
  `${String(id).padStart(6, '0')}-${isPositive ? 'positive' : 'negative'}`;
