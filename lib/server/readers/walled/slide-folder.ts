import 'server-only';
import { constants } from 'node:fs';
import { copyFile, link, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SlideInput } from '@/lib/server/readers/random-access';
import { makeTempFolder, type TempFolder } from '@/lib/server/readers/temp/temp-folder';
import { PHOTOMETRIC } from '@/lib/server/readers/tiff/tiff-tags';

/** A temporary folder with the files of a slide, and the path of the file to open. */
export type SlideFolder = {
  folder: TempFolder;
  main: string;
  /** A file in it by which the slide is known again, where its main file is like others. */
  known?: string;
};

/**
 * Puts a file into a new temporary folder, under a name of the server's: no name that a user gave becomes a path.
 *
 * A path is linked hard, since the reader follows no symbolic link out of its folder. It is copied where it is on another
 * disk.
 *
 * @param isChanged - whether the file will be changed, and so must be a copy
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

/** Marks pages as RGB that say YCbCr, so that Bio-Formats gives the samples as they are stored. */
export async function markPagesRgb(main: string, places: readonly number[]): Promise<void> {
  if (places.length === 0) return;
  const file = await open(main, 'r+');
  try {
    for (const at of places) await file.write(Buffer.of(PHOTOMETRIC.rgb), 0, 1, at);
  } finally {
    await file.close();
  }
}
