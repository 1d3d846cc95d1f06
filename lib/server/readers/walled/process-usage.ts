import 'server-only';
import { readFileSync } from 'node:fs';

/** The unit of `/proc` on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** User and system time of a process and its descendants; null where the system does not tell. */
export function cpuSeconds(pid: number | undefined): number | null {
  // The second field of `stat` is the program's name and may hold spaces; it ends at the last bracket.
  return sumOf(pid, 'stat', (stat) => {
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  });
}

/** Resident memory of a process and its descendants; 0 where the system does not tell. */
export const residentBytes = (pid: number | undefined): number =>
  sumOf(pid, 'status', (status) => 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0)) ?? 0;

/** The reader itself may be a child of the programs that build the wall around it. */
function sumOf(pid: number | undefined, file: string, read: (text: string) => number): number | null {
  if (process.platform !== 'linux' || pid === undefined) return null;
  try {
    const pids = [pid, ...descendantsOf(pid)];
    return pids.reduce((sum, each) => sum + read(readFileSync(`/proc/${each}/${file}`, 'latin1')), 0);
  } catch {
    return null;
  }
}

/** All descendants of a process. */
export const descendantsOf = (pid: number): number[] =>
  childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);

/** As `/proc` lists them for the first thread, which starts them. */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
