import 'server-only';
import { readdirSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of random name for one upload; nothing of the user's is part of its path. */
export type TempFolder = {
  /** Removed with all below it. */
  root: string;
  /** Where files go, two levels down: readers look for companions in the folders above a file, and may find ours only. */
  files: string;
  remove(): Promise<void>;
};

const PREFIX = 'restain-';
// Once a server, not once for each bundle of a route: the second would remove what the first has open.
const holder = globalThis as { restainTempIsSwept?: boolean };

export async function makeTempFolder(): Promise<TempFolder> {
  sweep();
  const root = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const files = join(root, 'slide', 'files');
  await mkdir(files, { recursive: true, mode: 0o700 });
  return { root, files, remove: () => rm(root, { recursive: true, force: true, maxRetries: 3 }) };
}

/** Removes what servers that were killed have left behind, once. */
function sweep(): void {
  if (holder.restainTempIsSwept) return;
  holder.restainTempIsSwept = true;
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-\\w{6}$`).exec(name)?.[1] ?? 0);
    // Our own number before our first folder: a server of an earlier life, as in a restarted container.
    if (pid > 0 && (pid === process.pid || !isAlive(pid)))
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
