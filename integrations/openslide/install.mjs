// Part of `npm run formats:install`: puts libopenslide and our program into .restain/openslide. It needs Node and Python 3;
// pip is installed by apt where the user is root.
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { downloadWheel, ensureWall, readZipEntry, Stop, sha256 } from '../install-tools.mjs';

/** Builds of OpenSlide 4.0.1 by its makers. A wheel also holds the licences of all that is in the library. */
const WHEELS = {
  x64: {
    requirement: 'openslide-bin==4.0.1.2',
    name: 'openslide_bin-4.0.1.2-py3-none-manylinux_2_28_x86_64.whl',
    sha256: '8ac4aa3a2277ed5e218ca0019db65bdd6e853f865eb4edd3da00e2f4acf0c923',
  },
  arm64: {
    requirement: 'openslide-bin==4.0.1.2',
    name: 'openslide_bin-4.0.1.2-py3-none-manylinux_2_28_aarch64.whl',
    sha256: '0dff14807e1b7ccfd476ca5b6945edf46908b76ec61777d35acb2a514e205c30',
  },
};
const ENTRY = 'openslide_bin/libopenslide.so.1';
const LIBRARY = 'libopenslide.so.1';
const PROGRAMS = ['confine.py', 'reader.py'];

const here = fileURLToPath(new URL('.', import.meta.url));
const target = resolve(here, '../..', process.env.OPENSLIDE_DIR || '.restain/openslide');

const isThere = (name, hash) => existsSync(join(target, name)) && sha256(readFileSync(join(target, name))) === hash;

/** Written beside and renamed, so that a server never loads half of a file. */
function put(name, bytes) {
  writeFileSync(join(target, `${name}.part`), bytes);
  renameSync(join(target, `${name}.part`), join(target, name));
}

function ensureLibrary(wheel) {
  if (!isThere(wheel.name, wheel.sha256)) {
    console.log('Downloading OpenSlide 4.0.1 (3 MB)');
    put(wheel.name, downloadWheel(wheel, target));
  }
  const library = readZipEntry(readFileSync(join(target, wheel.name)), ENTRY);
  if (!isThere(LIBRARY, sha256(library))) put(LIBRARY, library);
}

function install(wheel) {
  mkdirSync(target, { recursive: true });
  ensureWall();
  ensureLibrary(wheel);
  for (const name of PROGRAMS) copyFileSync(join(here, name), join(target, name));
  console.log('OpenSlide is ready.');
}

try {
  // Elsewhere there are no walls to put around it.
  const wheel = process.platform === 'linux' ? WHEELS[process.arch] : undefined;
  if (wheel) install(wheel);
  else console.log('OpenSlide runs on Linux alone (x64, arm64): MIRAX slides will be refused.');
} catch (error) {
  console.error(error instanceof Stop ? error.message : error);
  process.exitCode = 1;
}
