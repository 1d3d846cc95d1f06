// `npm run formats:install`: installs the readers of microscope formats, each by its own script. One that cannot be
// installed does not keep the others away.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));

/** `sign` is there once the reader is installed. */
const READERS = [
  {
    name: 'Bio-Formats',
    script: join(here, 'bioformats/install.mjs'),
    folder: process.env.BIOFORMATS_DIR || '.restain/bioformats',
    sign: 'reader.json',
  },
  {
    name: 'OpenSlide',
    script: join(here, 'openslide/install.mjs'),
    folder: process.env.OPENSLIDE_DIR || '.restain/openslide',
    sign: 'reader.py',
  },
];

/** @returns whether all are installed */
function install() {
  const failed = READERS.filter(({ script }) => spawnSync(process.execPath, [script], { stdio: 'inherit' }).status !== 0);
  return failed.length === 0;
}

/** Compiles or copies our parts of the installed readers again, where they have changed. Vitest calls it before the tests. */
export default function refreshFormats() {
  for (const { name, script, folder, sign } of READERS) {
    if (!existsSync(join(resolve(here, '..', folder), sign))) continue;
    const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
    if (status !== 0) console.error(`${name}, a reader of microscope formats, could not be updated: ${stderr}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = install() ? 0 : 1;
