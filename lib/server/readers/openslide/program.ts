import 'server-only';
import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { Refusal } from '@/lib/server/readers/slide-source';
import type { Program } from '@/lib/server/readers/walled/wall';
import { assertOpenslide, INSTALL_OPENSLIDE } from './installation';

/** The index of 200,000 photos takes 270 MB, the photos that are kept decoded 32 MB, a part that is read 17 MB. */
const RESIDENT_BYTES = 600 * 2 ** 20;
const ADDRESS_BYTES = 2 * 2 ** 30;
const ASK_MS = 20_000;
const FOLDER = '/reader';
const LIBRARY = `${FOLDER}/libopenslide.so.1`;
const READER = `${FOLDER}/reader.py`;
const CANNOT =
  'its process cannot be isolated on this server, which needs bubblewrap and user namespaces, or Linux 5.13 or newer with Landlock. `npm run doctor` looks';

const PYTHONS = ['python3', 'python'];
/** Without the user's folders and variables. */
const FLAGS = ['-I', '-S', '-B'];

/** What Python says of itself: the files that it needs behind a wall. */
const Python = z.object({ executable: z.string(), runtime: z.array(z.string()) });
type Python = z.infer<typeof Python>;
const TELL = `
import json, os, sys, sysconfig
value = sysconfig.get_config_var
paths = [os.path.realpath(sys.executable), sysconfig.get_path('stdlib'), sysconfig.get_path('platstdlib')]
if value('Py_ENABLE_SHARED'): paths.append(os.path.join(value('LIBDIR'), value('INSTSONAME')))
print(json.dumps({'executable': paths[0], 'runtime': sorted(set(filter(os.path.exists, paths)))}))
`;

/**
 * How OpenSlide is run: our program in Python calls the library.
 *
 * @param options - `isUnconfined`: without the wall that it builds around itself, for tests of the other one
 * @throws Refusal where it is not installed
 */
export async function openslideProgram({ isUnconfined = false } = {}): Promise<Program> {
  const { library, programs } = assertOpenslide();
  const { executable, runtime } = await findPython();
  const command: Program['command'] = ({ at, slides, isWalled }) => [
    ...[executable, ...FLAGS, at(READER), at(LIBRARY), slides],
    isUnconfined ? 'unconfined' : isWalled ? 'walled' : 'alone',
  ];
  return {
    name: `OpenSlide with ${executable}`,
    runtime,
    files: {
      [LIBRARY]: library,
      ...Object.fromEntries(programs.map((path) => [`${FOLDER}/${basename(path)}`, path])),
    },
    env: {},
    addressBytes: ADDRESS_BYTES,
    residentBytes: RESIDENT_BYTES,
    cannotStart: CANNOT,
    command,
    probe: (seen) => [...command(seen), 'probe'],
  };
}

let found: Promise<Python> | null = null;

function findPython(): Promise<Python> {
  found ??= askPythons();
  // It may be installed later.
  found.catch(() => {
    found = null;
  });
  return found;
}

async function askPythons(): Promise<Python> {
  for (const command of PYTHONS) {
    try {
      const { stdout } = await promisify(execFile)(command, [...FLAGS, '-c', TELL], { timeout: ASK_MS });
      return Python.parse(JSON.parse(stdout));
    } catch {
      // The other name may be known here.
    }
  }
  throw new Refusal(`there is no Python 3, which it needs. ${INSTALL_OPENSLIDE}`);
}
