import 'server-only';
import { setImmediate } from 'node:timers/promises';

/** Others are answered meanwhile. */
const LONGEST_WITHOUT_REST_MS = 20;

/** Pieces that are computed one after the other, with rests between them. */
export async function* rested<Piece>(
  pieces: Iterable<Piece> | AsyncIterable<Piece>,
  signal: AbortSignal,
): AsyncGenerator<Piece> {
  let since = performance.now();
  for await (const piece of pieces) {
    signal.throwIfAborted();
    yield piece;
    if (performance.now() - since < LONGEST_WITHOUT_REST_MS) continue;
    await setImmediate();
    since = performance.now();
  }
}
