import 'server-only';
import { readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processWide } from '@/lib/server/process-wide';

/** A folder of random name for one upload. No text of the user is part of its path. */
export type TempFolder = {
  /** Removed with everything in it. */
  root: string;
  /** Where files go, two levels down: readers look for companions in the folders above a file, and find only these. */
  files: string;
  remove(): Promise<void>;
};

/**
 * The process that made a folder: its number, its start time, and the name space of its number (each container has its
 * own). The number alone is not enough, since another program may have it later.
 */
type Owner = { pid: number; started: string; space: string };

const NAME = /^restain-(\d+)-(?:(\d+)-(\d+)-)?\w{6}$/;
/** Age of a folder of another name space at which it is left over: no work on a file takes as long. */
const MAX_IDLE_MS = 6 * 3_600_000;

/** Makes a folder whose name says which process made it, so that a later server knows when it is left over. */
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

/** Removes folders that killed servers left behind, once, at the start. Folders of other live servers stay. */
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
  // The name of an earlier version, which has the process number alone.
  if (started === '') return pid === own.pid || startOf(pid) === null;
  if (space === own.space) return startOf(pid) !== started;
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > MAX_IDLE_MS;
}

function ourselves(): Owner {
  return { pid: process.pid, started: startOf(process.pid) ?? '0', space: pidSpace() };
}

/** When a process started, in ticks since the start of the machine; null = no such process, '0' = not known. */
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

/** The number of the name space that process numbers belong to; '0' = not known. */
function pidSpace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}
