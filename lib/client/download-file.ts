import { AppError } from '@/lib/errors';
import { doubtConnection } from './connection';
import { request } from './http';

type DownloadOptions = {
  signal: AbortSignal;
  /** Called with the bytes that have come. */
  onBytes: (bytes: number) => void;
};

/**
 * Reads a file that the server writes while it sends it. However large, the browser keeps it outside of the page's memory.
 *
 * @throws AppError as `request` does, and `unreachable` where the file ends before its end; the signal's reason when aborted
 */
export async function downloadFile(url: string, { signal, onBytes }: DownloadOptions): Promise<Blob> {
  const response = await request(url, { signal });
  const type = response.headers.get('Content-Type') ?? '';
  if (!response.body) return response.blob();
  let bytes = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      onBytes(bytes);
      controller.enqueue(chunk);
    },
  });
  try {
    return await new Response(response.body.pipeThrough(counted), { headers: { 'Content-Type': type } }).blob();
  } catch (cause) {
    signal.throwIfAborted();
    doubtConnection();
    throw new AppError('unreachable', 'The connection broke while the file was sent. Save it again.', { cause });
  }
}
