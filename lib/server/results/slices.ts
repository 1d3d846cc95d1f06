import 'server-only';

const SLICE_BYTES = 2 ** 18;

/** Copies of the parts of a large array, one at a time: streams do not take shared memory. */
export function* slicesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.byteLength; start += SLICE_BYTES)
    yield new Uint8Array(bytes.subarray(start, start + SLICE_BYTES));
}

/** A body that is made as fast as it is read. */
export function bodyOf(chunks: Iterator<Uint8Array> | AsyncIterator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return?.();
    },
  });
}
