import 'server-only';
import type { Health } from '@/lib/contracts/health';
import { COMMIT, getEnv } from '@/lib/server/env';
import { json, route } from '@/lib/server/http/route';
import { startEngine } from '@/lib/server/inference/engine';
import type { InstalledModel } from '@/lib/server/inference/load-models';
import { getJobQueue, getOwnQueue, isShared } from '@/lib/server/jobs';
import { findBioformats } from '@/lib/server/readers/bioformats/installation';
import packageJson from '@/package.json';

/** The route's handler. The listener below Next calls it, too, so that a probe does not wait behind other requests. */
export const getHealth = route({ name: 'GET /api/health', limit: 'reads' }, answerHealth);

/** How much waits and runs, here and, where the queue is shared, in it. */
async function describeQueues(): Promise<Pick<Health, 'queue' | 'jobs'>> {
  const own = await getOwnQueue().load();
  if (!isShared()) return { queue: own, jobs: { provider: 'local', is_reachable: true } };
  const shared = await getJobQueue()
    .load()
    .catch(() => null);
  const { waiting = 0, running = 0 } = shared ?? {};
  return {
    queue: { waiting: own.waiting + waiting, running: own.running + running, limit: own.limit },
    jobs: { provider: 'bullmq', is_reachable: shared !== null },
  };
}

function describeCoarse({ manifest }: InstalledModel): Health['models'][number]['coarse'] {
  if (!manifest.coarse) return null;
  const { micronsPerPixel, sha256, pictures } = manifest.coarse;
  return { microns_per_pixel: micronsPerPixel, sha256, pictures };
}

/** Waits for the engine, so a server that answers can analyse. */
async function answerHealth(): Promise<Response> {
  const { pool, models, defaultModel, provider, passedOver } = await startEngine();
  const { limits } = getEnv();
  return json({
    status: 'ok',
    version: packageJson.version,
    commit: COMMIT,
    provider,
    providers_passed_over: [...passedOver],
    threads: pool.threads,
    models: [...models.values()].map((model) => ({
      name: model.manifest.name,
      version: model.manifest.version,
      sha256: model.manifest.sha256,
      microns_per_pixel: model.manifest.micronsPerPixel,
      coarse: describeCoarse(model),
      is_default: model === defaultModel,
    })),
    reads_microscope_formats: findBioformats() !== null,
    ...(await describeQueues()),
    limits: {
      upload_bytes: limits.uploadBytes,
      slide_bytes: limits.slideBytes,
      pixels: limits.pixels,
      requests_per_minute: limits.requestsPerMinute,
      sync_seconds: limits.syncSeconds,
    },
  } satisfies Health);
}
