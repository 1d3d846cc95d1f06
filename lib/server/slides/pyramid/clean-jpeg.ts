import 'server-only';
import type { JpegColour } from '@/lib/server/readers/codecs/jpeg-colour';

/** The frame header of a JPEG stream of three components, as far as the tiles of a page must agree. */
export type Frame = {
  width: number;
  height: number;
  /** Of each component, blocks across and down in a minimum coded unit. */
  sampling: readonly (readonly [across: number, down: number])[];
};

/**
 * What becomes of a stored tile. `odd` is a stream that decoders may read and that is not copied: a rare coding, or segments
 * whose length is not that of what they hold.
 */
export type CleanTile = { kind: 'clean'; jpeg: Buffer; frame: Frame } | { kind: 'damaged' } | { kind: 'odd' };

const SOI = Buffer.from([0xff, 0xd8]);
const EOI = Buffer.from([0xff, 0xd9]);
const MARKER = {
  sof0: 0xc0,
  sof2: 0xc2,
  dht: 0xc4,
  rst0: 0xd0,
  rst7: 0xd7,
  soi: 0xd8,
  eoi: 0xd9,
  sos: 0xda,
  dqt: 0xdb,
  dri: 0xdd,
  app0: 0xe0,
  app15: 0xef,
  com: 0xfe,
} as const;

type Segment = { marker: number; start: number; bodyEnd: number; end: number };

/** Adobe's marker, the one application marker that the copy has: it states the colour to every decoder. */
export const adobeMarker = (colour: JpegColour): Buffer =>
  Buffer.from([0xff, 0xee, 0, 14, ...Buffer.from('Adobe', 'latin1'), 0, 100, 0, 0, 0, 0, colour === 'rgb' ? 0 : 1]);

/**
 * Makes of a stored tile a complete JPEG stream that every decoder reads the same, without decoding it: coefficients and
 * tables are copied byte by byte. Application markers, comments, bytes between segments and behind the end are left out.
 *
 * @param tables - the page's own, for a stream without tables
 * @param colour - what its components are
 */
export function cleanJpeg(stored: Buffer, tables: Buffer | null, colour: JpegColour): CleanTile {
  if (!stored.subarray(0, 2).equals(SOI)) return { kind: 'damaged' };
  const parts: Buffer[] = [SOI, adobeMarker(colour)];
  for (const { marker, start, end } of tables ? segmentsOf(tables) : []) {
    if (marker === MARKER.dqt || marker === MARKER.dht) {
      const segment = tables?.subarray(start, end) ?? SOI;
      if (!isExact(marker, segment.subarray(4))) return { kind: 'odd' };
      parts.push(segment);
    } else if (!isLeftOut(marker) && marker !== MARKER.dri && marker !== MARKER.eoi) return { kind: 'odd' };
  }
  let frame: Frame | null = null;
  let hasScan = false;
  for (const { marker, start, bodyEnd, end } of segmentsOf(stored)) {
    if (isLeftOut(marker)) continue;
    if (marker === MARKER.eoi) {
      if (frame === null || !hasScan) return { kind: 'damaged' };
      parts.push(EOI);
      return { kind: 'clean', jpeg: Buffer.concat(parts), frame };
    }
    const body = stored.subarray(start + 4, bodyEnd);
    if (!isExact(marker, body)) return { kind: 'odd' };
    if (marker <= MARKER.sof2 && marker !== MARKER.dht) {
      frame = frameOf(body);
      if (frame === null) return { kind: 'odd' };
    }
    hasScan ||= marker === MARKER.sos;
    parts.push(stored.subarray(start, end));
  }
  // The end is missing.
  return { kind: 'damaged' };
}

const isLeftOut = (marker: number) => (marker >= MARKER.app0 && marker <= MARKER.app15) || marker === MARKER.com;

/** The segments of a stream; a scan's end is where its coded samples end. A broken stream ends the list. */
function* segmentsOf(jpeg: Buffer): Generator<Segment> {
  for (let at = 2; at + 2 <= jpeg.length; ) {
    const marker = jpeg.readUInt8(at + 1);
    // Before a marker there may be any number of 0xff. Other bytes between segments are skipped, as decoders do.
    if (jpeg[at] !== 0xff || marker === 0xff || marker === 0) {
      at++;
      continue;
    }
    if (marker === MARKER.eoi) {
      yield { marker, start: at, bodyEnd: at + 2, end: at + 2 };
      return;
    }
    if (at + 4 > jpeg.length) return;
    const bodyEnd = at + 2 + jpeg.readUInt16BE(at + 2);
    if (bodyEnd > jpeg.length) return;
    const end = marker === MARKER.sos ? endOfSamples(jpeg, bodyEnd) : bodyEnd;
    yield { marker, start: at, bodyEnd, end };
    at = end;
  }
}

/** Where coded samples end: before the first marker that is neither a restart nor a stuffed byte. */
function endOfSamples(jpeg: Buffer, from: number): number {
  for (let at = jpeg.indexOf(0xff, from); at >= 0 && at + 1 < jpeg.length; at = jpeg.indexOf(0xff, at + 1)) {
    const next = jpeg.readUInt8(at + 1);
    if (next !== 0 && next !== 0xff && (next < MARKER.rst0 || next > MARKER.rst7)) return at;
  }
  return jpeg.length;
}

/** Whether a segment is one that is copied, and holds nothing but what it is for. */
function isExact(marker: number, body: Buffer): boolean {
  switch (marker) {
    case MARKER.sof0:
    case MARKER.sof0 + 1:
    case MARKER.sof2:
      return body.length === 6 + 3 * (body[5] ?? 0);
    case MARKER.sos:
      return body.length === 4 + 2 * (body[0] ?? 0);
    case MARKER.dri:
      return body.length === 2;
    case MARKER.dqt:
      return endsExactly(body, (at) => 1 + 64 * ((body.readUInt8(at) >> 4) + 1));
    case MARKER.dht:
      return endsExactly(body, (at) => 17 + body.subarray(at + 1, at + 17).reduce((sum, count) => sum + count, 0));
    default:
      return false;
  }
}

/** Whether tables one behind the other fill a segment. */
function endsExactly(body: Buffer, lengthAt: (at: number) => number): boolean {
  let at = 0;
  while (at < body.length) at += lengthAt(at);
  return at === body.length;
}

function frameOf(body: Buffer): Frame | null {
  if (body.length !== 15 || body[0] !== 8 || body[5] !== 3) return null;
  const sampling = [7, 10, 13].map((at) => [body.readUInt8(at) >> 4, body.readUInt8(at) & 15] as const);
  if (sampling.some(([across, down]) => across < 1 || across > 4 || down < 1 || down > 4)) return null;
  return { width: body.readUInt16BE(3), height: body.readUInt16BE(1), sampling };
}
