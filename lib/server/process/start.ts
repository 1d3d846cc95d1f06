import 'server-only';
// One of the jobs that this process works on: the others are defined by what sweeps.
import '@/lib/server/tasks/remote-infer';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { watchConnections } from '@/lib/server/http/connections';
import { guardListener } from '@/lib/server/http/listener';
import { getLog } from '@/lib/server/log';
import { getLocalStorage } from '@/lib/server/storage';
import { getHealth } from './answer-health';
import { begin } from './begin';
import { metricsByToken, openMetricsPort } from './metrics';
import { noteStarted, PROBES } from './probes';
import { endBySignal } from './stop';
import { startSweeper } from './sweeper';

const EXPOSED_SECRET =
  'Change STORAGE_SECRET: in an earlier version a crafted slide could read it. Links that were given out before will stop working.';

/** Reads the settings and opens the models. A server that cannot analyse ends, with the reason in its log. */
export async function startServer(): Promise<void> {
  try {
    if (getEnv().process.role === 'worker')
      throw new AppError('invalid_configuration', 'RESTAIN_ROLE is worker, which serves no pages: npm run worker.');
    watchConnections();
    // biome-ignore lint/style/noProcessEnv: Next replaces this very expression when it builds.
    const isDevelopment = process.env.NODE_ENV === 'development';
    const bare = (handler: typeof getHealth) => (request: Request) => handler(request, { params: Promise.resolve({}) });
    const probes = Object.fromEntries(Object.entries(PROBES).map(([path, handler]) => [path, bare(handler)]));
    guardListener({
      isDevelopment,
      health: bare(getHealth),
      probes: { ...probes, ...metricsByToken() },
      ...(!isDevelopment && { build: '.next' }),
    });
    await openMetricsPort();
    await begin();
    if (await getLocalStorage()?.hasExposedSecret()) getLog().warn(EXPOSED_SECRET);
    startSweeper();
    endBySignal();
    noteStarted();
  } catch (error) {
    // Not by the logger, whose settings may be wrong.
    console.error(`Restain cannot start: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}
