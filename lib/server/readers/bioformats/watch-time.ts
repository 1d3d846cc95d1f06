import 'server-only';
import { readFileSync } from 'node:fs';

const LOOK_MS = 250;
/** Of `/proc`, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** How many times its limit a process may take by the clock while a busy machine lets it work now and then. */
const MAX_WAIT_FACTOR = 4;
/** A process that did nothing for so long is not starved but stuck. */
const IDLE_MS = 2000;
const IDLE_CPU_SECONDS = 0.02;

/**
 * Calls `onOver` once when a process has used so many seconds of processor time since now, or has taken them by the clock
 * and sleeps: inference beside it makes every file slow, and must not make them unreadable.
 *
 * @returns what ends the watch.
 */
export function watchTime(pid: number | undefined, seconds: number, onOver: () => void): () => void {
  const started = performance.now();
  const before = cpuSeconds(pid);
  let [lastCpu, lastMoved] = [before ?? 0, started];
  const timer = setInterval(() => {
    const elapsed = (performance.now() - started) / 1000;
    const cpu = cpuSeconds(pid);
    if (cpu !== null && cpu - lastCpu > IDLE_CPU_SECONDS) [lastCpu, lastMoved] = [cpu, performance.now()];
    const isIdle = cpu === null || performance.now() - lastMoved > IDLE_MS;
    const isOverworked = cpu !== null && before !== null && cpu - before >= seconds;
    if (isOverworked || (elapsed >= seconds && isIdle) || elapsed >= seconds * MAX_WAIT_FACTOR) {
      clearInterval(timer);
      onOver();
    }
  }, LOOK_MS);
  return () => clearInterval(timer);
}

/** User and system time of a process and all below it; null where the system does not tell. */
function cpuSeconds(pid: number | undefined): number | null {
  // The second field of `stat` is the program's name and may hold spaces; it ends at the last bracket.
  return sumOf(pid, 'stat', (stat) => {
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  });
}

/** Memory of a process and all below it; 0 where the system does not tell. */
export const residentBytes = (pid: number | undefined): number =>
  sumOf(pid, 'status', (status) => 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0)) ?? 0;

/** The program that counts may stand behind those that built the wall around it. */
function sumOf(pid: number | undefined, file: string, read: (text: string) => number): number | null {
  if (process.platform !== 'linux' || pid === undefined) return null;
  try {
    const pids = [pid, ...descendantsOf(pid)];
    return pids.reduce((sum, each) => sum + read(readFileSync(`/proc/${each}/${file}`, 'latin1')), 0);
  } catch {
    return null;
  }
}

/** All processes below one. */
export const descendantsOf = (pid: number): number[] =>
  childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);

/** By the first thread, which starts them. */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
