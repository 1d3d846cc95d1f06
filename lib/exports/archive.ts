import { imagejRoiName, type RoiOptions, writeImagejRoi } from '@/lib/exchange/imagej-roi';
import type { ExportedNucleus } from '@/lib/exchange/nuclei';

/** A file, or the promise of one that is still on its way. */
type Content = Blob | Uint8Array | string;
export type ArchivedFile = { name: string; content: Content | Promise<Content> };

/** What is compressed already gains nothing and costs seconds. */
const COMPRESSED = /\.(png|zip|pdf)$/;
const compressionOf = (name: string) => (COMPRESSED.test(name) ? 'STORE' : 'DEFLATE');

/** Packs files one after the other as they arrive. */
export async function zipFiles(
  files: readonly ArchivedFile[],
  onProgress?: (fraction: number) => void,
): Promise<Uint8Array> {
  const { default: JSZip } = await import('jszip');
  const zip = new JSZip();
  for (const { name, content } of files)
    zip.file(name, content, { compression: compressionOf(name), compressionOptions: { level: 4 } });
  return zip.generateAsync({ type: 'uint8array', streamFiles: true }, ({ percent }) => onProgress?.(percent / 100));
}

/** What ImageJ's ROI Manager opens. */
export async function zipRois(nuclei: readonly ExportedNucleus[], options: RoiOptions): Promise<Uint8Array> {
  return zipFiles(
    nuclei.map((nucleus) => ({
      name: `${imagejRoiName(nucleus)}.roi`,
      content: writeImagejRoi(nucleus, options),
    })),
  );
}

/** A file that is read while it is sent. */
export type StreamedFile = { name: string; content: NodeJS.ReadableStream & { destroy: () => unknown } };

/**
 * Adds files to an archive, and gives the whole as a stream. What the archive holds already is not compressed anew, and
 * the files are stored as they are, one after the other.
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
        // A copy: streams do not take shared memory.
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
