import { type FSWatcher, mkdtempSync, readdirSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, vi } from 'vitest';

/** A temporary folder of the test file's own. */
export type WatchedTemp = {
  /** The folders of this process in it now. */
  names(): string[];
  /** The number of folders that were made since the last call, including removed ones. */
  made(): Promise<number>;
};

/** Sets and watches a temporary folder. Each joined, placed or unpacked slide has a folder in it, and each reading process. */
export function watchTemp(): WatchedTemp {
  const folder = mkdtempSync(join(tmpdir(), 'watched-'));
  const isOurs = (name: string) => name.startsWith(`restain-${process.pid}-`);
  const seen = new Set<string>();
  let told = 0;
  let watcher: FSWatcher;
  beforeAll(() => {
    vi.stubEnv('TMPDIR', folder);
    watcher = watch(folder, (_, name) => name && isOurs(name) && seen.add(name));
  });
  afterAll(() => {
    watcher.close();
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  return {
    names: () => readdirSync(folder).filter(isOurs),
    made: async () => {
      // The system reports folders with a delay.
      await new Promise((resolve) => setTimeout(resolve, 50));
      const count = seen.size - told;
      told = seen.size;
      return count;
    },
  };
}
