import 'server-only';
import { open, stat } from 'node:fs/promises';

/** A slide as it arrives: bytes in memory, or a temporary file of the server. */
export type SlideInput = Uint8Array | { path: string };

/** A file that is read at any place, without holding all of it in memory. */
export type RandomAccess = {
  readonly size: number;
  /** Gives fewer bytes than asked for at the end of the file, and none beyond it. */
  read(offset: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
};

export async function openRandomAccess(input: SlideInput): Promise<RandomAccess> {
  if (input instanceof Uint8Array) {
    const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
    return {
      size: bytes.length,
      read: async (offset, length) => bytes.subarray(Math.min(offset, bytes.length), offset + length),
      close: async () => {},
    };
  }
  const { size } = await stat(input.path);
  const file = await open(input.path, 'r');
  return {
    size,
    read: async (offset, length) => {
      const wanted = Math.max(0, Math.min(length, size - offset));
      const buffer = Buffer.allocUnsafe(wanted);
      const { bytesRead } = await file.read(buffer, 0, wanted, offset);
      return buffer.subarray(0, bytesRead);
    },
    close: () => file.close(),
  };
}
