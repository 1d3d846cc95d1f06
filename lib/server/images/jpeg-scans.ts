import 'server-only';

const MARKER = 0xff;
const START_OF_SCAN = 0xda;
const END = 0xd9;
const END_BYTES = Buffer.of(MARKER, END);
/** Whether a marker starts a frame: all SOF markers, without the tables and the extension between them. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
const PROGRESSIVE = [0xc2, 0xc6, 0xca, 0xce];
const isRestart = (marker: number) => marker >= 0xd0 && marker <= 0xd7;
const COEFFICIENTS = 64;

export type JpegScans = {
  isProgressive: boolean;
  /** Whether the end marker is there. */
  isClosed: boolean;
  /** Where the end marker is, else the end of the file. */
  end: number;
  /** Whether some coefficients of a progressive picture have no scan. */
  isIncomplete: boolean;
  /** Whether some coefficients of a progressive picture lack their last bits. */
  isCoarse: boolean;
};

/**
 * Reads the segments of a JPEG. Decoders do not warn when the last scans of a progressive picture are missing; they show it
 * blurred.
 */
export function walkJpeg(bytes: Uint8Array): JpegScans {
  const jpeg = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let isProgressive = false;
  let isClosed = false;
  let end = jpeg.length;
  /** By component, the lowest bit that each coefficient has; null = none yet. */
  const bits = new Map<number, (number | null)[]>();
  for (let at = 2; at + 4 <= jpeg.length; ) {
    if (jpeg[at] !== MARKER) break;
    const marker = jpeg.readUInt8(at + 1);
    if (marker === MARKER) at++;
    else if (marker === END) {
      isClosed = true;
      end = at;
      break;
    } else {
      const body = jpeg.subarray(at + 4, at + 2 + jpeg.readUInt16BE(at + 2));
      if (isFrame(marker)) {
        isProgressive = PROGRESSIVE.includes(marker);
        for (let i = 0; i < (body[5] ?? 0); i++) bits.set(body[6 + 3 * i] ?? -1, Array(COEFFICIENTS).fill(null));
      }
      at += 2 + jpeg.readUInt16BE(at + 2);
      if (marker !== START_OF_SCAN) continue;
      noteScan(body, bits);
      at = endOfScan(jpeg, at);
    }
  }
  if (!isClosed && jpeg.subarray(-2).equals(END_BYTES)) [isClosed, end] = [true, jpeg.length - 2];
  const all = isProgressive ? [...bits.values()].flat() : [];
  return {
    isProgressive,
    isClosed,
    end,
    isIncomplete: all.includes(null),
    isCoarse: all.some((lowest) => lowest !== null && lowest > 0),
  };
}

function noteScan(body: Buffer, bits: ReadonlyMap<number, (number | null)[]>): void {
  const components = body[0] ?? 0;
  const [from = 0, to = -1, approximation = 0] = body.subarray(1 + 2 * components);
  for (let i = 0; i < components; i++) bits.get(body[1 + 2 * i] ?? -1)?.fill(approximation & 15, from, to + 1);
}

/** Where the next segment starts. */
function endOfScan(jpeg: Buffer, start: number): number {
  for (let at = jpeg.indexOf(MARKER, start); at >= 0; at = jpeg.indexOf(MARKER, at + 1)) {
    const next = jpeg[at + 1];
    if (next !== 0 && next !== undefined && next !== MARKER && !isRestart(next)) return at;
  }
  return jpeg.length;
}

/** The same picture with an end marker, without which a decoder warns. */
export const closedJpeg = (bytes: Uint8Array): Uint8Array => Buffer.concat([bytes, END_BYTES]);
