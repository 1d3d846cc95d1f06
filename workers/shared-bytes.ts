/** Text or bytes in shared memory, which another thread reads without a copy. */
export function toShared(content: string | Uint8Array): Uint8Array {
  const length = typeof content === 'string' ? Buffer.byteLength(content) : content.length;
  const shared = Buffer.from(new SharedArrayBuffer(length));
  if (typeof content === 'string') shared.write(content);
  else shared.set(content);
  return new Uint8Array(shared.buffer);
}
