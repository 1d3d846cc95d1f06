import { imagejRoiName, type RoiOptions, writeImagejRoi } from '@/lib/exchange/imagej-roi';
import type { ExportedNucleus } from '@/lib/exchange/nuclei';

/** A file whose content may still be loading. */
type Content = Blob | Uint8Array | string;
export type ArchivedFile = { name: string; content: Content | Promise<Content> };

/** These are compressed already. */
const COMPRESSED = /\.(png|zip|pdf)$/;
const compressionOf = (name: string) => (COMPRESSED.test(name) ? 'STORE' : 'DEFLATE');

/** Packs files in order, each when its content is there. */
export async function zipFiles(
  files: readonly ArchivedFile[],
  onProgress?: (fraction: number) => void,
): Promise<Uint8Array> {
  const { default: JSZip } = await import('jszip');
  const zip = new JSZip();
  for (const { name, content } of files)
    zip.file(name, toBytes(content), { compression: compressionOf(name), compressionOptions: { level: 4 } });
  return zip.generateAsync({ type: 'uint8array', streamFiles: true }, ({ percent }) => onProgress?.(percent / 100));
}

/** JSZip takes text that arrives late for bytes, and would write it in Latin-1. */
async function toBytes(content: ArchivedFile['content']): Promise<Blob | Uint8Array> {
  const arrived = await content;
  return typeof arrived === 'string' ? new TextEncoder().encode(arrived) : arrived;
}

/** A ZIP file for ImageJ's ROI Manager. */
export async function zipRois(nuclei: readonly ExportedNucleus[], options: RoiOptions): Promise<Uint8Array> {
  return zipFiles(
    nuclei.map((nucleus) => ({
      name: `${imagejRoiName(nucleus)}.roi`,
      content: writeImagejRoi(nucleus, options),
    })),
  );
}

/** A file that is read while the archive is sent. */
export type StreamedFile = { name: string; content: NodeJS.ReadableStream & { destroy: () => unknown } };

/**
 * Adds files to an archive and returns it as a stream. Files that are in the archive are not compressed again. The new
 * ones are stored uncompressed, one after the other.
 */
export async function streamArchive(
  archive: Uint8Array,
  files: readonly StreamedFile[],
): Promise<ReadableStream<Uint8Array>> {
  const { default: JSZip } = await import('jszip');
  const zip = await JSZip.loadAsync(archive);
  for (const { name, content } of files) zip.file(name, content, { compression: 'STORE' });
  const packed = zip.generateInternalStream({ type: 'uint8array', compression: 'DEFLATE', streamFiles: true });
  return new ReadableStream<Uint8Array>({
    start(controller) {
      packed.on('data', (chunk) => {
        // A copy, because streams refuse shared memory.
        controller.enqueue(new Uint8Array(chunk));
        if ((controller.desiredSize ?? 0) <= 0) packed.pause();
      });
      packed.on('end', () => controller.close());
      packed.on('error', (error) => controller.error(error));
    },
    pull() {
      packed.resume();
    },
    cancel() {
      packed.pause();
      for (const { content } of files) content.destroy();
    },
  });
}
