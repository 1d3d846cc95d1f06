import 'server-only';
import { isHarmless, wordsOf } from './find-damage';
import { walkJpeg } from './jpeg-scans';
import sharp from './limited-sharp';

/**
 * Data that is left over behind a scan's last block. Changed bytes in the middle of a scan make a decoder read fewer blocks
 * than there are: the following ones are shifted, and some data is left over. Decoders stop at the last block and do not
 * warn, unless they must read all scans first.
 */
const SURPLUS = /(\d+) extraneous bytes before marker 0x(c4|da|d9)/;
/** Cameras pad up to a word of 8 bytes, or with any number of equal bytes. */
const MOST_FILLED = 7;

/** Markers of frames in sequential Huffman coding. */
const SEQUENTIAL = [0xc0, 0xc1];
const START_OF_SCAN = 0xda;
const ADOBE = 0xee;
const FULL_SIZE = 0x11;

/** The number of bytes that a decoder says are left over; 0 where they are padding. */
export function surplusIn(messages: readonly string[], jpeg: Uint8Array): number {
  for (const message of messages) {
    const [, count, marker] = SURPLUS.exec(message) ?? [];
    if (Number(count ?? 0) <= MOST_FILLED) continue;
    const { end } = walkJpeg(jpeg);
    const rest = jpeg.subarray(Math.max(0, end - Number(count)), end);
    if (marker !== 'd9' || rest.some((byte) => byte !== rest[0])) return Number(count);
  }
  return 0;
}

/** The number of bytes that are left over in a sequential JPEG of one or three components; 0 for others. */
export async function countSurplus(jpeg: Uint8Array, seconds: number): Promise<number> {
  const twin = withUnseenComponents(Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength));
  return twin === null ? 0 : surplusIn(await warningsOf(twin, seconds, { isCornerEnough: true }), jpeg);
}

/** Whether a JPEG decodes to its last block without a warning that matters, with nothing left over behind it. */
export async function isWholeJpeg(jpeg: Uint8Array, seconds: number): Promise<boolean> {
  const twin = withUnseenComponents(Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength));
  const messages = await warningsOf(twin ?? jpeg, seconds, { isCornerEnough: twin !== null });
  // These are judged by `surplusIn`, as padding or lost blocks.
  const others = messages.filter((message) => !SURPLUS.test(message));
  return surplusIn(messages, jpeg) === 0 && (others.length === 0 || isHarmless(others));
}

/** @param isCornerEnough - whether the decoder reads all scans before it gives the first pixel */
async function warningsOf(
  jpeg: Uint8Array,
  seconds: number,
  { isCornerEnough }: { isCornerEnough: boolean },
): Promise<string[]> {
  const image = sharp(jpeg, { failOn: 'warning', limitInputPixels: false }).timeout({ seconds });
  const part = isCornerEnough ? image.extract({ left: 0, top: 0, width: 1, height: 1 }) : image;
  return part
    .raw()
    .toBuffer()
    .then(
      () => [],
      (error: Error) => wordsOf(error.message),
    );
}

/**
 * The same picture with two more components that no scan has: a decoder reads to the end marker in search of them. One more
 * would make four, which are taken for CMYK and need thirty times as long to convert. Adobe's marker is left out, since its
 * transform is for three components.
 */
function withUnseenComponents(jpeg: Buffer): Buffer | null {
  const kept: Buffer[] = [jpeg.subarray(0, 2)];
  for (let at = 2; at + 10 <= jpeg.length; ) {
    const marker = jpeg.readUInt8(at + 1);
    if (jpeg[at] !== 0xff || marker === 0xff) {
      at++;
      continue;
    }
    const end = at + 2 + jpeg.readUInt16BE(at + 2);
    const segment = Buffer.from(jpeg.subarray(at, end));
    at = end;
    if (marker === START_OF_SCAN) return null;
    if (marker !== ADOBE) kept.push(segment);
    if (!SEQUENTIAL.includes(marker)) continue;
    const components = segment[9];
    if (components !== 1 && components !== 3) return null;
    const unseen = Array.from({ length: 2 }, (_, i) => [250 + i, FULL_SIZE, segment[12] ?? 0]);
    segment.writeUInt16BE(segment.length - 2 + 3 * unseen.length, 2);
    segment[9] = components + unseen.length;
    return Buffer.concat([...kept, Buffer.from(unseen.flat()), jpeg.subarray(end)]);
  }
  return null;
}
