import 'server-only';
import { cpuSeconds } from './process-usage';

const LOOK_MS = 250;
/** On a busy machine a process may take this many times its limit by the clock. */
const MAX_WAIT_FACTOR = 4;
/** A process that used no processor time for so long is stuck. */
const IDLE_MS = 2000;
const IDLE_CPU_SECONDS = 0.02;

/**
 * Calls `onOver` once when a process has used this many seconds of processor time from now on, or this many seconds by the
 * clock while it is stuck. Inference on the same machine makes every file slow, but must not make it unreadable.
 *
 * @returns a function that ends the limit
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
