import { imageFiles, LITTER } from './image-files';

/** Formats of which one file is one picture. Other archives hold the parts of a slide, and are sent as they are. */
const PICTURE = /\.(png|jpe?g|webp|avif|gif|heic|heif|bmp|tiff?)$/i;
const PART_OF_SEVERAL = /\.ome\.tiff?$/i;

export const isZip = ({ name, type }: File) => /\.zip$/i.test(name) || type === 'application/zip';

/**
 * Takes the pictures out of an archive, in this browser.
 *
 * @returns null where it is no archive of several pictures, or cannot be opened: the server says what it is
 */
export async function unzipImages(archive: File): Promise<File[] | null> {
  if (!isZip(archive)) return null;
  const { Unzip, UnzipInflate } = await import('fflate');
  const files: File[] = [];
  let isOther = false;
  let unfinished = 0;
  const unzip = new Unzip((entry) => {
    const name = entry.name.split('/').at(-1) ?? '';
    if (name === '' || LITTER.test(name) || entry.name.startsWith('__MACOSX/')) return;
    if (!PICTURE.test(name) || PART_OF_SEVERAL.test(name)) {
      isOther = true;
      return;
    }
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    unfinished++;
    entry.ondata = (error, chunk, isLast) => {
      if (error) throw error;
      chunks.push(chunk as Uint8Array<ArrayBuffer>);
      if (!isLast) return;
      unfinished--;
      files.push(new File(chunks, entry.name));
    };
    entry.start();
  });
  unzip.register(UnzipInflate);
  try {
    const reader = archive.stream().getReader();
    for (;;) {
      const { done, value } = await reader.read();
      unzip.push(value ?? new Uint8Array(0), done);
      if (isOther) {
        await reader.cancel();
        return null;
      }
      if (done) break;
    }
  } catch {
    return null;
  }
  return files.length > 1 && unfinished === 0 ? imageFiles(files) : null;
}
