import 'server-only';
import type { ComposedResult } from './compose-result';
import { bodyOf, slicesOf } from './slices';

/** A multiple of 3, so that slices of base64 join without padding between them. */
const SLICE_BYTES = 3 * 2 ** 18;

type Piece = Buffer | { png: Buffer } | { shared: Uint8Array };

/** A result as JSON, within whatever surrounds it: text in between, pictures where they stand. */
function piecesOf({ images, rest, lists }: ComposedResult, before: string, after: string): Piece[] {
  const pictures = images.flatMap(({ name, png }, i): Piece[] => [
    Buffer.from(`${i === 0 ? '' : '",'}"${name}":"`),
    { png },
  ]);
  const close = images.length === 0 ? '},' : '"},';
  // Two objects become one: the end of the first and the beginning of the second are left out.
  const members = lists ? [rest.subarray(1, -1), Buffer.from(','), { shared: lists.subarray(1) }] : [rest.subarray(1)];
  return [Buffer.from(`${before}{"images":{`), ...pictures, Buffer.from(close), ...members, Buffer.from(after)];
}

function* bytesOf(pieces: readonly Piece[]): Generator<Uint8Array> {
  for (const piece of pieces) {
    if (Buffer.isBuffer(piece)) yield piece;
    else if ('shared' in piece) yield* slicesOf(piece.shared);
    else
      for (let start = 0; start < piece.png.byteLength; start += SLICE_BYTES)
        yield Buffer.from(piece.png.toString('base64', start, start + SLICE_BYTES), 'latin1');
  }
}

/**
 * Sends a result of any size without ever holding its base64 as a whole: seven pictures of 3000 x 3000 are 60 to
 * 100 MB, and would otherwise lie in memory as PNG, as base64 and as JSON at the same time.
 */
export function resultResponse(result: ComposedResult, { before = '', after = '' } = {}): Response {
  const chunks = bytesOf(piecesOf(result, before, after));
  return new Response(bodyOf(chunks), {
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store, no-transform' },
  });
}
