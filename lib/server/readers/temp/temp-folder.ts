import 'server-only';
import { readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processWide } from '@/lib/server/process-wide';

/** A folder of random name for one upload; nothing of the user's is part of its path. */
export type TempFolder = {
  /** Removed with all below it. */
  root: string;
  /** Where files go, two levels down: readers look for companions in the folders above a file, and may find ours only. */
  files: string;
  remove(): Promise<void>;
};

/**
 * Whose a folder is: a process's number, when it started, and whose numbers these are (those of one container are not
 * another's). A number alone would be taken for alive as soon as any other program has it.
 */
type Owner = { pid: number; started: string; space: string };

const NAME = /^restain-(\d+)-(?:(\d+)-(\d+)-)?\w{6}$/;
/** Of an owner whom we cannot ask after: no work on a file takes as long. */
const MAX_IDLE_MS = 6 * 3_600_000;

/** A new folder of this process's, which a later one will know to be left over. */
export function makeOwnFolder(): Promise<string> {
  sweepTempFolders();
  const { pid, started, space } = ourselves();
  return mkdtemp(join(tmpdir(), `restain-${pid}-${started}-${space}-`));
}

export async function makeTempFolder(): Promise<TempFolder> {
  const root = await makeOwnFolder();
  const files = join(root, 'slide', 'files');
  await mkdir(files, { recursive: true, mode: 0o700 });
  return { root, files, remove: () => rm(root, { recursive: true, force: true, maxRetries: 3 }) };
}

/** Removes what servers that were killed have left behind: at our start, once. Another live server's folders stay. */
export const sweepTempFolders = (): void => processWide('temp-sweep', removeLeftOver);

function removeLeftOver(): void {
  for (const name of readdirSync(tmpdir())) {
    const [, pid, started = '', space = ''] = NAME.exec(name) ?? [];
    if (pid === undefined) continue;
    const path = join(tmpdir(), name);
    if (isLeftOver({ pid: Number(pid), started, space }, path)) rmSync(path, { recursive: true, force: true });
  }
}

function isLeftOver({ pid, started, space }: Owner, path: string): boolean {
  const own = ourselves();
  // An earlier version's name, which says no more.
  if (started === '') return pid === own.pid || startOf(pid) === null;
  if (space === own.space) return startOf(pid) !== started;
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > MAX_IDLE_MS;
}

function ourselves(): Owner {
  return { pid: process.pid, started: startOf(process.pid) ?? '0', space: pidSpace() };
}

/** In ticks since the machine's start; null for a process that is not, '0' where the system does not tell. */
function startOf(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return null;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
  } catch {
    return '0';
  }
}

/** The number of the system's name space of process numbers. */
function pidSpace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}
