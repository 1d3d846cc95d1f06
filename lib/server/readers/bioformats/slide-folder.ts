import 'server-only';
import { constants } from 'node:fs';
import { copyFile, link, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SlideInput } from '@/lib/server/readers/random-access';
import { makeTempFolder, type TempFolder } from '@/lib/server/readers/temp/temp-folder';
import { PHOTOMETRIC } from '@/lib/server/readers/tiff/tiff-tags';

/** The files of an unpacked archive, and the one to open. */
export type SlideFolder = { folder: TempFolder; main: string };

/**
 * Under a name of ours: what the user called it becomes no path. As a second name of the same file, since the reader
 * follows no link out of its folder; as a copy where the file lies on another disk, or
 * is changed.
 */
export async function placeInFolder(input: SlideInput, extension: string, isChanged: boolean): Promise<SlideFolder> {
  const folder = await makeTempFolder();
  const main = join(folder.files, `slide.${extension}`);
  try {
    if (input instanceof Uint8Array) await writeFile(main, input, { mode: 0o600 });
    else {
      const copy = () => copyFile(input.path, main, constants.COPYFILE_FICLONE);
      await (isChanged ? copy() : link(input.path, main).catch(copy));
    }
    return { folder, main };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

/** Makes the pages of our copy say RGB where they say YCbCr, so that the samples come as they are stored. */
export async function markPagesRgb(main: string, places: readonly number[]): Promise<void> {
  if (places.length === 0) return;
  const file = await open(main, 'r+');
  try {
    for (const at of places) await file.write(Buffer.of(PHOTOMETRIC.rgb), 0, 1, at);
  } finally {
    await file.close();
  }
}
