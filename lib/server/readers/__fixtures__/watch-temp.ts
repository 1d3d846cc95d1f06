import { type FSWatcher, mkdtempSync, readdirSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, vi } from 'vitest';

/** A temporary folder of the test file's own. */
export type WatchedTemp = {
  /** What lies in it now. */
  names(): string[];
  /** How many folders were made in it since this was last asked, those that are gone among them. */
  made(): Promise<number>;
};

/** Has the server use a temporary folder in which every joined, placed or unpacked slide and every reader shows. */
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
      // The system's word of the last ones may still be on its way.
      await new Promise((resolve) => setTimeout(resolve, 50));
      const count = seen.size - told;
      told = seen.size;
      return count;
    },
  };
}
