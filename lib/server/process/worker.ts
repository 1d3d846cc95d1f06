// The process of `npm run worker`: it takes analyses and slides out of the shared queue, and serves no pages.
// workers/build.mjs bundles it, without Next.
import 'server-only';
// What it works on. Each of these modules defines its jobs.
import '@/lib/server/analyses/run-owner';
import '@/lib/server/slides/run-owner';
import '@/lib/server/slides/scoring/scoring-owner';
import '@/lib/server/tasks/remote-infer';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { getLog } from '@/lib/server/log';
import { begin } from './begin';
import { openMetricsPort } from './metrics';
import { noteStarted } from './probes';
import { endBySignal } from './stop';

try {
  if (getEnv().process.role !== 'worker')
    throw new AppError('invalid_configuration', 'This process only works: set RESTAIN_ROLE=worker.');
  endBySignal();
  await openMetricsPort();
  await begin();
  noteStarted();
  getLog().info('worker ready');
} catch (error) {
  // Not by the logger, whose settings may be wrong.
  console.error(`The worker cannot start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
