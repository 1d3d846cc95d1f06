import { imagejRoiName, type RoiOptions, writeImagejRoi } from '@/lib/exchange/imagej-roi';
import type { ExportedNucleus } from '@/lib/exchange/nuclei';

/** A file, or the promise of one that is still on its way. */
export type ArchivedFile = { name: string; content: Blob | Uint8Array | string | Promise<Blob> };

/** What is compressed already gains nothing and costs seconds. */
const COMPRESSED = /\.(png|zip|pdf)$/;

/** Packs files one after the other as they arrive. */
export async function zipFiles(files: readonly ArchivedFile[], onProgress?: (fraction: number) => void): Promise<Blob> {
  const { default: JSZip } = await import('jszip');
  const zip = new JSZip();
  for (const { name, content } of files)
    zip.file(name, content, {
      compression: COMPRESSED.test(name) ? 'STORE' : 'DEFLATE',
      compressionOptions: { level: 4 },
    });
  return zip.generateAsync({ type: 'blob', streamFiles: true, mimeType: 'application/zip' }, ({ percent }) =>
    onProgress?.(percent / 100),
  );
}

/** What ImageJ's ROI Manager opens. */
export async function zipRois(nuclei: readonly ExportedNucleus[], options: RoiOptions): Promise<Blob> {
  return zipFiles(
    nuclei.map((nucleus) => ({
      name: `${imagejRoiName(nucleus)}.roi`,
      content: writeImagejRoi(nucleus, options),
    })),
  );
}
