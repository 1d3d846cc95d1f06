// The only file that imports prom-client.
import 'server-only';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ErrorCode } from '@/lib/errors';
import { processWide } from './process-wide';

/** Labels are fixed words of ours: routes by their patterns, jobs, stages, codes. No id, no address, nothing that was sent. */
function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const seconds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900];
  return {
    registry,
    requestSeconds: new Histogram({
      name: 'restain_request_seconds',
      help: 'Time until the answer to a request begins',
      labelNames: ['route', 'status'],
      buckets: seconds,
      registers,
    }),
    jobSeconds: new Histogram({
      name: 'restain_job_seconds',
      help: 'Time that a job was worked on',
      labelNames: ['job', 'outcome'],
      buckets: seconds,
      registers,
    }),
    stageSeconds: new Histogram({
      name: 'restain_stage_seconds',
      help: 'Time that a job spent in a stage',
      labelNames: ['job', 'stage'],
      buckets: seconds,
      registers,
    }),
    megapixels: new Counter({
      name: 'restain_megapixels_total',
      help: 'Megapixels of the images of jobs that were done',
      labelNames: ['job'],
      registers,
    }),
    errors: new Counter({
      name: 'restain_errors_total',
      help: 'Failures by their code: of requests, and of jobs',
      labelNames: ['of', 'code'],
      registers,
    }),
  };
}

export const getMetrics = () => processWide('metrics', createMetrics);

/** @param read - gives the values when somebody asks for them; what it throws leaves the gauge as it was */
export function watchGauge(
  { name, help, labels = [] }: { name: string; help: string; labels?: string[] },
  read: (set: (value: number, labels?: Record<string, string>) => void) => Promise<void> | void,
): void {
  const { registry } = getMetrics();
  if (registry.getSingleMetric(name) !== undefined) return;
  new Gauge({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    async collect() {
      try {
        await read((value, given = {}) => this.set(given, value));
      } catch {
        // A storage or a Redis that is away must not take the other numbers away.
      }
    },
  });
}

export function countError(of: 'request' | 'job', code: ErrorCode): void {
  getMetrics().errors.inc({ of, code });
}

export type MeasuredJob = ReturnType<typeof measureJob>;

/**
 * Measures a job from its start on.
 *
 * @returns `enter` is called with each stage; `end` once
 */
export function measureJob(job: string, pixels: number) {
  const { jobSeconds, stageSeconds, megapixels } = getMetrics();
  const began = performance.now();
  let stage: { name: string; since: number } | null = null;
  const leaveStage = () => {
    if (stage !== null) stageSeconds.observe({ job, stage: stage.name }, (performance.now() - stage.since) / 1000);
  };
  return {
    enter(name: string): void {
      if (stage?.name === name) return;
      leaveStage();
      stage = { name, since: performance.now() };
    },
    end(outcome: 'done' | 'failed' | 'cancelled' | 'given back'): void {
      leaveStage();
      jobSeconds.observe({ job, outcome }, (performance.now() - began) / 1000);
      if (outcome === 'done' && Number.isFinite(pixels)) megapixels.inc({ job }, pixels / 1e6);
    },
  };
}
