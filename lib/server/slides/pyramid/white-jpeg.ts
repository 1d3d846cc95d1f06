import 'server-only';
import type { JpegColour } from '@/lib/server/readers/codecs/jpeg-colour';
import { adobeMarker, type Frame } from './clean-jpeg';

/** Every quantum is 8, so that the mean of a block, eight times its samples, is stored as the sample itself. */
const QUANTUM = 8;
/** White less the level shift of 128, in 7 bits. */
const WHITE = 127;
const WHITE_BITS = 7;

/**
 * A tile of pure white, in the frame of the other tiles of its page: some decoders read no others. Each block is its mean
 * alone, and all means but the first are equal to the one before, which takes two bits.
 */
export function whiteJpeg({ width, height, sampling }: Frame, colour: JpegColour): Buffer {
  const across = Math.max(...sampling.map(([x]) => x));
  const down = Math.max(...sampling.map(([, y]) => y));
  const units = Math.ceil(width / (8 * across)) * Math.ceil(height / (8 * down));
  const segment = (marker: number, bytes: readonly number[]) => {
    const length = bytes.length + 2;
    return Buffer.from([0xff, marker, length >> 8, length & 255, ...bytes]);
  };
  const sizes = [height >> 8, height & 255, width >> 8, width & 255];
  const components = sampling.flatMap(([x, y], i) => [i + 1, (x << 4) | y, 0]);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    adobeMarker(colour),
    segment(0xdb, [0, ...Array<number>(64).fill(QUANTUM)]),
    segment(0xc0, [8, ...sizes, 3, ...components]),
    // Means: "0" = no change, "10" = a change of 7 bits. Other coefficients: "0" = none.
    segment(0xc4, [0x00, 1, 1, ...Array<number>(14).fill(0), 0, WHITE_BITS]),
    segment(0xc4, [0x10, 1, ...Array<number>(15).fill(0), 0]),
    segment(0xda, [3, 1, 0, 2, 0, 3, 0, 0, 63, 0]),
    codedBlocks(units, sampling, colour),
    Buffer.from([0xff, 0xd9]),
  ]);
}

function codedBlocks(units: number, sampling: Frame['sampling'], colour: JpegColour): Buffer {
  const first: string[] = [];
  const perUnit = sampling.reduce((sum, [x, y]) => sum + x * y, 0);
  for (const [i, [x, y]] of sampling.entries()) {
    // In YCbCr white has no colour: both differences are at their middle, which is 0 here.
    const isFull = i === 0 || colour === 'rgb';
    first.push(isFull ? `10${WHITE.toString(2).padStart(WHITE_BITS, '1')}0` : '00', '00'.repeat(x * y - 1));
  }
  const bits = first.join('') + '00'.repeat(perUnit * (units - 1));
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  const bytes: number[] = [];
  for (let at = 0; at < padded.length; at += 8) {
    const byte = Number.parseInt(padded.slice(at, at + 8), 2);
    bytes.push(byte);
    // A coded 0xff is followed by a stuffed 0.
    if (byte === 0xff) bytes.push(0);
  }
  return Buffer.from(bytes);
}
