import 'server-only';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { getEnv } from '@/lib/server/env';
import { areFormatsComing, formatsComing } from '@/lib/server/readers/bioformats/installation';
import { Refusal } from '@/lib/server/readers/slide-source';

/** The library, and the files of our program that reads slides with it. */
export type Openslide = { library: string; programs: readonly string[] };

const LIBRARY = 'libopenslide.so.1';
const PROGRAMS = ['reader.py', 'confine.py'];

export const INSTALL_OPENSLIDE =
  'The administrator of this server can install OpenSlide with `npm run formats:install` (it needs Linux and Python 3 with pip)';

/** @returns null when `npm run formats:install` has not been run here. */
export function findOpenslide(): Openslide | null {
  const { openslideDir } = getEnv().formats;
  // Not traced into the build, since this is installed and not imported.
  const pathOf = (name: string) => resolve(/*turbopackIgnore: true*/ openslideDir, name);
  const [library, ...programs] = [LIBRARY, ...PROGRAMS].map(pathOf) as [string, ...string[]];
  return [library, ...programs].every((path) => existsSync(path)) ? { library, programs } : null;
}

/** @throws Refusal where OpenSlide is not installed, AppError `reader_unavailable` while it is being installed */
export function assertOpenslide(): Openslide {
  const found = findOpenslide();
  if (found !== null) return found;
  if (areFormatsComing()) throw formatsComing();
  throw new Refusal(
    `This ZIP holds a MIRAX (MRXS) slide, which OpenSlide reads. It is not installed here. ${INSTALL_OPENSLIDE}.`,
    { isFinal: true },
  );
}
