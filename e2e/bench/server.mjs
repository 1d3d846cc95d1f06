// Starts the built server for a measurement and reads its CPU time and memory from /proc (Linux only).
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

const CLOCK_TICKS_PER_SECOND = 100;

/** A port that is free at the moment. */
const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

/**
 * The server at `url`, ready to answer. `stop` ends it.
 * `timings` are the logged times of the latest analysis, in milliseconds by stage; null before the first.
 *
 * @param folder - a checkout that is built
 * @param profiles - folder for profiles of the processor, one for each thread, written when the server ends; null = none
 */
export async function startServer(env = {}, folder = '.', profiles = null) {
  const port = await freePort();
  const profiling = profiles === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
  const child = spawn(
    process.execPath,
    [...profiling, 'node_modules/next/dist/bin/next', 'start', '-p', String(port)],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, LOG_LEVEL: 'info', REQUESTS_PER_MINUTE: '100000', SYNC_LIMIT_SECONDS: '3600', ...env },
    },
  );
  const server = { url: `http://127.0.0.1:${port}`, pid: child.pid, stop: () => child.kill(), timings: null };
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.includes('"image analysed"')) server.timings = JSON.parse(line);
  });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended with code ${child.exitCode}`);
    const health = await fetch(`${server.url}/api/health`).catch(() => null);
    if (health?.ok) return Object.assign(server, { health: await health.json() });
    await setTimeout(100);
  }
}

/** Resets the peak of resident memory, so that the next reading covers only what follows. */
export function resetPeakMemory(pid) {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** CPU seconds of the process, and its peak resident memory in bytes since the last reset. */
export function readUsage(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Fields 14 and 15 of proc(5), counted after the command's name, which is in parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND,
    peakBytes: Number(/VmHWM:\s+(\d+)/.exec(status)[1]) * 1024,
  };
}
