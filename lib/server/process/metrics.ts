import 'server-only';
import { timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { COMMIT, getEnv } from '@/lib/server/env';
import { leaveUnguarded } from '@/lib/server/http/listener';
import { sendResponse } from '@/lib/server/http/node-answers';
import { startEngine } from '@/lib/server/inference/engine';
import { getJobQueue, getOwnQueue, isShared, knownQueues } from '@/lib/server/jobs';
import type { JobQueue } from '@/lib/server/jobs/queue';
import { getLog } from '@/lib/server/log';
import { getMetrics, watchGauge } from '@/lib/server/metrics';
import { isRedisAway } from '@/lib/server/redis/redis';
import { scoringLanes } from '@/lib/server/slides/scoring/scoring-pin';
import packageJson from '@/package.json';
import { PROBES } from './probes';

const METRICS = '/metrics';

/** Where work may wait: what is posted to this process, and all that is stored. */
async function watchedQueues(): Promise<ReturnType<typeof knownQueues>> {
  getOwnQueue();
  for (const lane of ['images', 'ingests', 'scorings', ...(await scoringLanes())] as const) getJobQueue(lane);
  return knownQueues();
}

/** Gauges that are read when somebody asks. */
function watchGauges(): void {
  type Read = (queue: JobQueue<unknown>) => Promise<number>;
  const perQueue = (name: string, help: string, join: (a: number, b: number) => number, read: Read) =>
    watchGauge({ name, help, labels: ['queue', 'lane'] }, async (set) => {
      const sums = new Map<string, { value: number; labels: { queue: string; lane: string } }>();
      for (const { lane, isShared: isElsewhere, queue } of await watchedQueues()) {
        const labels = { queue: isElsewhere ? 'shared' : 'own', lane: lane.startsWith('cells-') ? 'cells' : lane };
        const key = `${labels.queue} ${labels.lane}`;
        sums.set(key, { value: join(sums.get(key)?.value ?? 0, await read(queue)), labels });
      }
      for (const { value, labels } of sums.values()) set(value, labels);
    });
  const sum = (a: number, b: number) => a + b;
  perQueue(
    'restain_jobs_waiting',
    'Jobs that wait; every process tells the same of the queues that are shared',
    sum,
    async (queue) => (await queue.load()).waiting,
  );
  perQueue('restain_jobs_running', 'Jobs that are worked on', sum, async (queue) => (await queue.load()).running);
  perQueue('restain_queue_age_seconds', 'How long the first in line has waited', Math.max, (queue) => queue.age());
  watchGauge({ name: 'restain_redis_up', help: '1 while Redis answers; absent where it is not needed' }, (set) => {
    if (isShared()) set(isRedisAway() ? 0 : 1);
  });
  watchGauge({ name: 'restain_pool_threads', help: 'Threads that infer and score' }, async (set) => {
    set((await startEngine()).pool.threads);
  });
  watchGauge({ name: 'restain_pool_waiting', help: 'Tasks that wait for a thread' }, async (set) => {
    set((await startEngine()).pool.queueSize);
  });
  const info = ['version', 'commit', 'provider', 'role', 'jobs'];
  watchGauge({ name: 'restain_info', help: 'What this process is; always 1', labels: info }, async (set) => {
    const { provider } = await startEngine();
    const { process, jobs } = getEnv();
    set(1, { version: packageJson.version, commit: COMMIT, provider, role: process.role, jobs: jobs.provider });
  });
}

/** Answers who may read the metrics: with METRICS_TOKEN whoever has it. */
export async function answerMetrics(request: Request): Promise<Response> {
  const { token } = getEnv().metrics;
  if (token !== undefined && !isSame(request.headers.get('authorization') ?? '', `Bearer ${token}`))
    return new Response('The token is missing or wrong.\n', { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } });
  watchGauges();
  const { registry } = getMetrics();
  return new Response(await registry.metrics(), {
    headers: { 'Content-Type': registry.contentType, 'Cache-Control': 'no-store' },
  });
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** What the server's own port answers besides its pages and its API. Without a token nobody may read metrics there. */
export const metricsByToken = () => (getEnv().metrics.token === undefined ? {} : { [METRICS]: answerMetrics });

/**
 * Opens the port for whoever watches this process, where METRICS_PORT names one: metrics and probes, nothing else.
 *
 * @throws where the port cannot be had
 */
export async function openMetricsPort(): Promise<void> {
  const { port, host } = getEnv().metrics;
  if (port === undefined) return;
  const params = { params: Promise.resolve({}) };
  const server = createServer((incoming, response) => {
    const path = incoming.url?.split('?')[0] ?? '';
    const probe = Object.hasOwn(PROBES, path) ? PROBES[path as keyof typeof PROBES] : undefined;
    if (path === METRICS) sendResponse(incoming, response, answerMetrics);
    else if (probe) sendResponse(incoming, response, (request) => probe(request, params));
    else response.writeHead(404, { 'Content-Type': 'text/plain' }).end('Here are /metrics and the probes alone.\n');
  });
  // Whoever watches knows an address alone, which is in no `ALLOWED_HOSTS`, and asks until the process ends.
  leaveUnguarded(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  // It never keeps the process from ending.
  server.unref();
  getLog().info({ host, port }, 'metrics and probes');
}
