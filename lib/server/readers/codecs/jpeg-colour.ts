import 'server-only';

/** What the three components of a JPEG stream are. */
export type JpegColour = 'rgb' | 'ycc';

export type JpegHead = {
  /** Transform of the Adobe marker (0 = none); null without the marker. */
  adobe: number | null;
  isJfif: boolean;
  /** Component ids, in order. */
  ids: number[];
  isSubsampled: boolean;
};

const SOI = Buffer.from([0xff, 0xd8]);
const MARKER = { sof0: 0xc0, sof2: 0xc2, sos: 0xda, eoi: 0xd9, app0: 0xe0, app14: 0xee, app15: 0xef } as const;
const RGB_IDS = 'RGB'.split('').map((letter) => letter.charCodeAt(0));
const PLAIN_IDS = [1, 2, 3];

type Segment = { marker: number; start: number; end: number };

/** The marker segments before the pixels of a stream; none when it is no JPEG. */
function segmentsOf(jpeg: Buffer): Segment[] {
  const segments: Segment[] = [];
  if (!jpeg.subarray(0, 2).equals(SOI)) return segments;
  for (let at = 2; at + 4 <= jpeg.length; ) {
    const marker = jpeg.readUInt8(at + 1);
    // Before a marker there may be any number of 0xff. Other bytes between segments are skipped, as decoders do.
    if (jpeg[at] !== 0xff || marker === 0xff || marker === 0) {
      at++;
      continue;
    }
    const end = at + 2 + jpeg.readUInt16BE(at + 2);
    if (marker === MARKER.eoi || end > jpeg.length) break;
    segments.push({ marker, start: at, end });
    if (marker === MARKER.sos) break;
    at = end;
  }
  return segments;
}

/** @returns null when it is no JPEG of three components */
export function readJpegHead(jpeg: Buffer): JpegHead | null {
  const head: JpegHead = { adobe: null, isJfif: false, ids: [], isSubsampled: false };
  for (const { marker, start, end } of segmentsOf(jpeg)) {
    const body = jpeg.subarray(start + 4, end);
    if (marker === MARKER.app0 && body.toString('latin1', 0, 5) === 'JFIF\0') head.isJfif = true;
    if (marker === MARKER.app14 && body.toString('latin1', 0, 5) === 'Adobe' && body.length >= 12)
      head.adobe = body.readUInt8(11);
    if (marker < MARKER.sof0 || marker > MARKER.sof2 || body[5] !== 3 || body.length < 15) continue;
    head.ids = [6, 9, 12].map((at) => body.readUInt8(at));
    head.isSubsampled = body[7] !== body[10] || body[7] !== body[13];
  }
  return head.ids.length === 3 ? head : null;
}

/**
 * Finds the colour of a stream. An Adobe marker states it; else a JFIF marker means YCbCr; else components with the ids R,
 * G and B are RGB; else subsampled colour is YCbCr; else the container is right.
 */
export function jpegColour({ adobe, isJfif, ids, isSubsampled }: JpegHead, byContainer: JpegColour): JpegColour {
  if (adobe !== null) return adobe === 0 ? 'rgb' : 'ycc';
  if (isJfif) return 'ycc';
  if (isSameIds(ids, RGB_IDS)) return 'rgb';
  return isSubsampled ? 'ycc' : byContainer;
}

/** Whether a stream has no marker of its colour, and components 1, 2 and 3: decoders take it for YCbCr. */
export const isBare = ({ adobe, isJfif, ids }: JpegHead) => adobe === null && !isJfif && isSameIds(ids, PLAIN_IDS);

const isSameIds = (one: number[], other: number[]) => one.every((id, i) => id === other[i]);

/**
 * Makes a stream that every decoder reads the same: with the tables of its container, and with an Adobe marker that states
 * the colour in place of all application markers.
 */
export function declareColour(jpeg: Buffer, tables: Buffer | null, colour: JpegColour): Buffer {
  const adobe = Buffer.from('ffee000e41646f626500640000000000', 'hex');
  adobe[15] = colour === 'rgb' ? 0 : 1;
  const kept = (stream: Buffer) =>
    segmentsOf(stream)
      .filter(({ marker }) => marker !== MARKER.sos && (marker < MARKER.app0 || marker > MARKER.app15))
      .map(({ start, end }) => stream.subarray(start, end));
  const scan = segmentsOf(jpeg).find(({ marker }) => marker === MARKER.sos);
  const pixels = scan ? jpeg.subarray(scan.start) : Buffer.alloc(0);
  return Buffer.concat([SOI, adobe, ...(tables ? kept(tables) : []), ...kept(jpeg), pixels]);
}
