import 'server-only';
import { cpuSeconds } from './process-usage';

const LOOK_MS = 250;
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
export function limitTime(pid: number | undefined, seconds: number, onOver: () => void): () => void {
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
