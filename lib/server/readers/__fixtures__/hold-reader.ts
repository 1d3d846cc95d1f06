import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, vi } from 'vitest';
import { descendantsOf } from '@/lib/server/readers/walled/process-usage';
import { ourFolders } from './drawn-slide';

const commandOf = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
const stopped = new Set<number>();

/** The numbers of the reading processes, which are children of the programs that build the walls. */
export function readerPids(): number[] {
  return descendantsOf(process.pid).filter((pid) => {
    const command = commandOf(pid);
    return basename(command[0] ?? '') === 'java' && command.includes('restain.Main');
  });
}

/** Waits for a reading process that has a slide, and stops it. */
export async function holdReader(): Promise<number> {
  const isShown = () => ourFolders().some((name) => existsSync(join(tmpdir(), name, 'slides', 'slide')));
  const held = await vi.waitFor(() => {
    const pid = readerPids().find((candidate) => isShown() && !stopped.has(candidate));
    expect(pid).toBeDefined();
    return pid as number;
    // A small file is read in a few milliseconds, so it looks often.
  }, { timeout: 30_000, interval: 2 });
  process.kill(held, 'SIGSTOP');
  stopped.add(held);
  return held;
}

/** Kills this many reading processes of a slide, one after the other, as a system without memory does. */
export async function killReaders(count: number): Promise<void> {
  for (let i = 0; i < count; i++) process.kill(await holdReader(), 'SIGKILL');
}
