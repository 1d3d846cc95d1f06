import type { Polygon } from '@/lib/scoring/gate/roi';

const LITTLE_ENDIAN = 1;
const POLYGON = 3;
const MULTI_POLYGON = 6;
const HEAD_BYTES = 9;

/**
 * Polygons as well-known binary: a Polygon, or a MultiPolygon of several.
 *
 * @param polygons - closed rings, outer ones first.
 * @see ISO 19125-1, OGC 06-103r4, section 8
 */
export function polygonsToWkb(polygons: readonly Polygon[]): Uint8Array {
  const isOne = polygons.length === 1;
  const points = polygons.reduce((sum, rings) => sum + rings.reduce((all, ring) => all + ring.length, 0), 0);
  const rings = polygons.reduce((sum, polygon) => sum + polygon.length, 0);
  const bytes = new Uint8Array((isOne ? 0 : HEAD_BYTES) + HEAD_BYTES * polygons.length + 4 * rings + 16 * points);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const head = (type: number, count: number) => {
    view.setUint8(at, LITTLE_ENDIAN);
    view.setUint32(at + 1, type, true);
    view.setUint32(at + 5, count, true);
    at += HEAD_BYTES;
  };
  if (!isOne) head(MULTI_POLYGON, polygons.length);
  for (const polygon of polygons) {
    head(POLYGON, polygon.length);
    for (const ring of polygon) {
      view.setUint32(at, ring.length, true);
      at += 4;
      for (const [x, y] of ring) {
        view.setFloat64(at, x, true);
        view.setFloat64(at + 8, y, true);
        at += 16;
      }
    }
  }
  return bytes;
}
