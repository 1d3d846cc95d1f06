import 'server-only';
import { execFile } from 'node:child_process';
import { lstatSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { Refusal } from '@/lib/server/readers/slide-source';
import type { Program } from '@/lib/server/readers/walled/wall';
import { findBioformats, INSTALL_BIOFORMATS, NOT_INSTALLED, RETRY_SECONDS } from './installation';

/** Address space beside the heap: code, threads, libraries, archives of classes. */
const BESIDE_HEAP_BYTES = 2 * 2 ** 30;
/** Resident memory that the virtual machine takes beside its heap. */
const RESIDENT_BESIDE_HEAP_BYTES = 600 * 2 ** 20;
const ASK_MS = 20_000;
const CLASSES = '/reader/classes';
const JAR = '/reader/bioformats_package.jar';

/**
 * How Bio-Formats is run.
 *
 * @throws Refusal where it is not installed, AppError `reader_unavailable` where Java does not start
 */
export async function bioformatsProgram({ isUnconfined = false } = {}): Promise<Program> {
  const installation = findBioformats();
  if (installation === null) throw new Refusal(NOT_INSTALLED);
  const { heapBytes } = getEnv().formats;
  const home = await findJavaHome(installation.java);
  const java = join(home, 'bin', 'java');
  return {
    name: `Bio-Formats with ${home}`,
    runtime: [home, ...targetsOfLinks(home)],
    files: { [CLASSES]: installation.classes, [JAR]: installation.jar },
    // Without /proc the runtime has to be told where its own libraries are.
    env: { LD_LIBRARY_PATH: join(home, 'lib') },
    addressBytes: heapBytes + BESIDE_HEAP_BYTES,
    residentBytes: heapBytes + RESIDENT_BESIDE_HEAP_BYTES,
    cannotStart: `its process did not start. ${INSTALL_BIOFORMATS}`,
    probe: () => [java, '-XX:+UseSerialGC', '-Xmx64m', '-version'],
    command: ({ scratch, at }) => [
      java,
      `-Xmx${Math.max(64, Math.floor(heapBytes / 2 ** 20))}m`,
      '-XX:+UseSerialGC',
      '-XX:MinHeapFreeRatio=10',
      '-XX:MaxHeapFreeRatio=30',
      '-XX:CompressedClassSpaceSize=96m',
      '-XX:ReservedCodeCacheSize=96m',
      '-XX:ActiveProcessorCount=2',
      '-XX:-UsePerfData',
      '-XX:+DisableAttachMechanism',
      `-XX:ErrorFile=${scratch}/crash.log`,
      '-Djava.awt.headless=true',
      '-Djava.security.manager=allow',
      `-Djava.io.tmpdir=${scratch}`,
      `-Duser.home=${scratch}`,
      `-Duser.dir=${scratch}`,
      '-cp',
      `${at(CLASSES)}:${at(JAR)}`,
      'restain.Main',
      ...(isUnconfined ? ['unconfined'] : []),
    ],
  };
}

const homes = new Map<string, Promise<string>>();

/** Asks the runtime for its folder: the command may be a link, or a script that chooses among several runtimes. */
function findJavaHome(java: string): Promise<string> {
  const known = homes.get(java);
  if (known) return known;
  const asked = askJavaHome(java);
  homes.set(java, asked);
  // A machine that is too busy now may not be later.
  asked.catch(() => homes.delete(java));
  return asked;
}

async function askJavaHome(java: string): Promise<string> {
  try {
    const { stdout, stderr } = await promisify(execFile)(java, ['-XshowSettings:properties', '-version'], {
      timeout: ASK_MS,
    });
    const [, home = ''] = /java\.home = (.+)/.exec(stdout + stderr) ?? [];
    return realpathSync(home.trim());
  } catch (cause) {
    throw new AppError(
      'reader_unavailable',
      `Java, which the reader of microscope formats needs, did not start on this server. Try again in ${RETRY_SECONDS} s.`,
      { retryAfterSeconds: RETRY_SECONDS, cause },
    );
  }
}

/** Debian keeps the runtime's settings in /etc, with a link to each file. */
function targetsOfLinks(home: string): string[] {
  const entries = ['conf', 'lib'].flatMap((name) => {
    const folder = join(home, name);
    const names = readdirSync(folder, { withFileTypes: true, recursive: true });
    return names
      .filter((entry) => entry.isSymbolicLink())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  });
  const targets = entries.flatMap((path) => {
    try {
      return [realpathSync(path)];
    } catch {
      return [];
    }
  });
  return [...new Set(targets)].filter((path) => lstatSync(path).isFile() && !path.startsWith(`${home}/`));
}
