import 'server-only';
import { existsSync } from 'node:fs';
import { readFile, rename, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { notBrightfield, Refusal } from '@/lib/server/readers/slide-source';

const ENDING = '.mrxs';
const MAX_INI_BYTES = 2 ** 20;
const MAX_DATA_FILES = 5000;
/** Places of photos. The largest slides have about a million; memory is taken for each. */
const MAX_PLACES = 10e6;

/** Whether a file is the one that names a MIRAX slide. What is in it is a picture of the glass, which is never read. */
export const isMirax = (path: string): boolean => path.toLowerCase().endsWith(ENDING);

/** The name of the file that lists the others. */
export const isSlidedat = (path: string): boolean => basename(path).toLowerCase() === 'slidedat.ini';

/**
 * Checks that the files of a slide are there, so that a missing one is told at the start. Gives the main file the ending
 * that the library looks for.
 *
 * @param main - the .mrxs file, in a folder of its own
 * @returns its path, that of the index, and the bytes of the files
 * @throws Refusal
 */
export async function prepareMirax(main: string): Promise<{ main: string; known: string; bytes: number }> {
  const folder = main.slice(0, -ENDING.length);
  const list = join(folder, 'Slidedat.ini');
  if (!existsSync(list))
    throw refuse(
      'without the folder of the same name that has its Slidedat.ini. Put the .mrxs file and that folder into one ZIP',
    );
  if ((await stat(list)).size > MAX_INI_BYTES) throw refuse('whose Slidedat.ini is too long');
  const keys = keysOf(await readFile(list, 'utf8'));
  if (/fluorescence/i.test(keys.get('SLIDE_TYPE') ?? '')) throw notBrightfield('MIRAX', 3, 1);

  const [columns, rows] = ['IMAGENUMBER_X', 'IMAGENUMBER_Y'].map((name) => Number(keys.get(name)));
  if (!((columns ?? 0) * (rows ?? 0) <= MAX_PLACES))
    throw refuse('whose Slidedat.ini states no possible number of photos');
  const count = Number(keys.get('FILE_COUNT') ?? 0);
  if (!(count >= 1 && count <= MAX_DATA_FILES)) throw refuse('whose Slidedat.ini names no data files');
  const names = [keys.get('INDEXFILE'), ...Array.from({ length: count }, (_, i) => keys.get(`FILE_${i}`))];
  const paths = names.map((name) => {
    if (name === undefined || name !== basename(name) || /^\.*$/.test(name))
      throw refuse('whose Slidedat.ini names files that are not in its folder');
    return join(folder, name);
  });
  const missing = paths.filter((path) => !existsSync(path)).length;
  if (missing > 0)
    throw refuse(
      `of which ${missing} of ${paths.length} files are missing (Index.dat, Data*.dat). Pack the whole folder`,
    );

  const renamed = `${folder}${ENDING}`;
  if (renamed !== main) await rename(main, renamed);
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  return { main: renamed, known: paths[0] as string, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/** A ZIP of the folder alone. */
export const LONE_FOLDER = new Refusal(
  'This ZIP holds the folder of a MIRAX (MRXS) slide without its .mrxs file. Put both into one ZIP.',
  { isFinal: true },
);

const refuse = (what: string) => new Refusal(`This ZIP holds a MIRAX (MRXS) slide ${what}.`, { isFinal: true });

/** All keys of all sections. Those that are asked for are in one section only. */
function keysOf(text: string): Map<string, string> {
  const keys = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at < 0) continue;
    const key = line.slice(0, at).trim();
    if (!keys.has(key)) keys.set(key, line.slice(at + 1).trim());
  }
  return keys;
}
