import { AppError } from '@/lib/errors';
import type { Polygon } from '@/lib/scoring/gate/roi';

/**
 * Outlines of nuclei as bytes: about one byte for two corners, exact.
 *
 * An outline follows the edges of pixels, so its rings turn between a step along x and a step along y. Of each ring there
 * is the number of its pairs of steps less one, its first corner, then the pairs: `dx dy` in four bits each (-8 to 7,
 * never 0), or a byte 0 and both as numbers. The last pair leads back to the first corner and is not written. Numbers are
 * LEB128, signed ones in zigzag. Rings have no end mark: an outline has a length.
 *
 * Corners count from a base in whole pixels, which is not in the bytes. Outer rings are clockwise on the screen, holes the
 * other way and after their outer ring, as in `lib/exchange/outlines.ts`.
 */
export type OutlineSink = { bytes: Uint8Array; length: number };

export const outlineSink = (): OutlineSink => ({ bytes: new Uint8Array(1024), length: 0 });

/** What a corner is handed to; a canvas path is one. */
export type OutlinePath = {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  closePath(): void;
};

/** A zigzag number of 32 bits takes five bytes. */
const LONGEST_NUMBER = 5;
const LONGEST_PAIR = 1 + 2 * LONGEST_NUMBER;

/**
 * Appends the outline of one nucleus.
 *
 * @param polygons - closed rings along pixel edges, in whole pixels, as `traceOutlines` makes them.
 * @param shift - added to the corners before they are written: minus the base.
 * @throws AppError `shape_mismatch` when a ring is not such a ring
 */
export function writeOutline(sink: OutlineSink, polygons: readonly Polygon[], shift: { x: number; y: number }): void {
  for (const rings of polygons) for (const ring of rings) writeRing(sink, ring, shift);
}

function writeRing(sink: OutlineSink, ring: Polygon[number], shift: { x: number; y: number }): void {
  const corners = ring.length - 1;
  const refuse = () => new AppError('shape_mismatch', `an outline of ${corners} corners does not follow pixel edges`);
  if (corners < 4 || corners % 2 === 1) throw refuse();
  // The first step goes along x.
  const first = ring[0][1] === ring[1][1] ? 0 : 1;
  const at = (i: number) => ring[(i + first) % corners];
  reserve(sink, 3 * LONGEST_NUMBER + (corners / 2) * LONGEST_PAIR);
  writeNumber(sink, corners / 2 - 1);
  writeSigned(sink, at(0)[0] + shift.x);
  writeSigned(sink, at(0)[1] + shift.y);
  for (let i = 0; i < corners; i += 2) {
    const [[ax, ay], [bx, by], [cx, cy]] = [at(i), at(i + 1), at(i + 2)];
    const [dx, dy] = [bx - ax, cy - by];
    if (ay !== by || bx !== cx || dx === 0 || dy === 0 || !Number.isInteger(dx) || !Number.isInteger(dy))
      throw refuse();
    if (i < corners - 2) writePair(sink, dx, dy);
  }
}

function writePair(sink: OutlineSink, dx: number, dy: number): void {
  if (dx >= -8 && dx <= 7 && dy >= -8 && dy <= 7) {
    sink.bytes[sink.length++] = ((dx & 15) << 4) | (dy & 15);
    return;
  }
  sink.bytes[sink.length++] = 0;
  writeSigned(sink, dx);
  writeSigned(sink, dy);
}

function reserve(sink: OutlineSink, more: number): void {
  if (sink.length + more <= sink.bytes.length) return;
  const larger = new Uint8Array(2 * sink.bytes.length + more);
  larger.set(sink.bytes.subarray(0, sink.length));
  sink.bytes = larger;
}

function writeNumber(sink: OutlineSink, value: number): void {
  let rest = value;
  for (; rest > 127; rest >>>= 7) sink.bytes[sink.length++] = (rest & 127) | 128;
  sink.bytes[sink.length++] = rest;
}

function writeSigned(sink: OutlineSink, value: number): void {
  if (!Number.isInteger(value) || Math.abs(value) >= 2 ** 30)
    throw new AppError('shape_mismatch', `an outline has a corner ${value} px from its nucleus`);
  writeNumber(sink, value < 0 ? -2 * value - 1 : 2 * value);
}

/**
 * Hands the corners of one outline to a path.
 *
 * @param from - where the outline begins in `bytes`, and `to` where it ends.
 * @param x - the base, added to every corner; `y` too.
 * @throws AppError `shape_mismatch` when the bytes are no outline
 */
export function drawOutline(
  bytes: Uint8Array,
  from: number,
  to: number,
  { x, y }: { x: number; y: number },
  path: OutlinePath,
): void {
  let at = from;
  const refuse = () => new AppError('shape_mismatch', `no outline in bytes ${from} to ${to}`);
  const readNumber = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= to || shift > 28) throw refuse();
      const byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const readSigned = () => {
    const zigzag = readNumber();
    return zigzag % 2 === 1 ? -(zigzag + 1) / 2 : zigzag / 2;
  };
  while (at < to) {
    const pairs = readNumber();
    const startX = x + readSigned();
    const startY = y + readSigned();
    let [px, py] = [startX, startY];
    path.moveTo(px, py);
    for (let n = 0; n < pairs; n++) {
      if (at >= to) throw refuse();
      const byte = bytes[at++];
      // Four bits with their sign.
      let dx = (byte << 24) >> 28;
      let dy = (byte << 28) >> 28;
      if (byte === 0) {
        dx = readSigned();
        dy = readSigned();
      }
      if (dx === 0 || dy === 0) throw refuse();
      px += dx;
      path.lineTo(px, py);
      py += dy;
      path.lineTo(px, py);
    }
    if (pairs === 0 || px === startX || py === startY) throw refuse();
    path.lineTo(startX, py);
    path.closePath();
  }
}

type Point = [x: number, y: number];

/** The polygons of one outline: closed rings, outer ones first. Arguments and errors as in `drawOutline`. */
export function readOutline(bytes: Uint8Array, from: number, to: number, base: { x: number; y: number }): Polygon[] {
  const polygons: Point[][][] = [];
  let ring: Point[] = [];
  drawOutline(bytes, from, to, base, {
    moveTo: (x, y) => {
      ring = [[x, y]];
    },
    lineTo: (x, y) => {
      ring.push([x, y]);
    },
    closePath: () => {
      ring.push([...ring[0]]);
      const rings = polygons.at(-1);
      if (rings === undefined || turnsClockwise(ring)) polygons.push([ring]);
      else rings.push(ring);
    },
  });
  return polygons;
}

/** On the screen, of a closed ring along pixel edges. */
function turnsClockwise(ring: readonly Point[]): boolean {
  let area = 0;
  for (let i = 1; i < ring.length; i++) area += (ring[i][1] - ring[i - 1][1]) * ring[i][0];
  return area > 0;
}

/** Whether a point lies inside an odd number of the outline's rings. Arguments and errors as in `drawOutline`. */
export function outlineCovers(
  bytes: Uint8Array,
  from: number,
  to: number,
  base: { x: number; y: number },
  point: { x: number; y: number },
): boolean {
  let isInside = false;
  let [startX, startY, lastY] = [0, 0, 0];
  const step = (x: number, y: number) => {
    // A ray to the right of the point crosses steps along y; those along x keep y.
    if (x > point.x && y > point.y !== lastY > point.y) isInside = !isInside;
    lastY = y;
  };
  drawOutline(bytes, from, to, base, {
    moveTo: (x, y) => {
      [startX, startY, lastY] = [x, y, y];
    },
    lineTo: step,
    closePath: () => step(startX, startY),
  });
  return isInside;
}
