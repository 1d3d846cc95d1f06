import 'server-only';
import { watchConnections } from '@/lib/server/http/connections';
import { guardListener } from '@/lib/server/http/listener';
import { startEngine } from '@/lib/server/inference/engine';
import { getLog } from '@/lib/server/log';
import {
  findBioformats,
  getFormats,
  INSTALL_BIOFORMATS,
  type Installation,
} from '@/lib/server/readers/bioformats/installation';
import { findWall } from '@/lib/server/readers/bioformats/wall';
import { sweepTempFolders } from '@/lib/server/readers/temp/temp-folder';
import { getLocalStorage } from '@/lib/server/storage';
import { getHealth } from './answer-health';
import { releaseRunsBeforeEnd } from './stop';
import { startSweeper } from './sweeper';

const WITHOUT_BIOFORMATS = `Microscope formats (SVS, NDPI, CZI, VSI, DICOM and more) will be refused: Bio-Formats is not installed. ${INSTALL_BIOFORMATS}.`;

const WITHOUT_WALL =
  'The operating system does not isolate the process that reads slides: only Java’s security manager does. Install bubblewrap (apt-get install -y bubblewrap); in a container, allow user namespaces.';
const EXPOSED_SECRET =
  'Change STORAGE_SECRET: in an earlier version a crafted slide could read it. Links that were given out before will stop working.';

async function tellFormats(): Promise<void> {
  const installation = findBioformats() ?? (await getFormats());
  if (installation === null) getLog().warn(WITHOUT_BIOFORMATS);
  else await tellWall(installation);
}

async function tellWall(installation: Installation): Promise<void> {
  const { kind, hasOwnUid } = await findWall(installation);
  if (kind === 'none') getLog().warn(WITHOUT_WALL);
  else getLog().info({ wall: kind, hasOwnUid }, 'slides are read behind a wall');
}

/** Reads the settings and opens the models. A server that cannot analyse ends, with the reason in its log. */
export async function startServer(): Promise<void> {
  try {
    watchConnections();
    sweepTempFolders();
    // biome-ignore lint/style/noProcessEnv: Next replaces this very expression when it builds.
    const isDevelopment = process.env.NODE_ENV === 'development';
    guardListener({ isDevelopment, health: (request) => getHealth(request, { params: Promise.resolve({}) }) });
    const started = performance.now();
    const { provider, passedOver, pool, models } = await startEngine();
    const ms = Math.round(performance.now() - started);
    getLog().info({ provider, passedOver, threads: pool.threads, models: [...models.keys()], ms }, 'engine started');
    // Not awaited: everything else is served meanwhile.
    void tellFormats().catch((err: unknown) => getLog().error({ err }, 'microscope formats'));
    if (await getLocalStorage()?.hasExposedSecret()) getLog().warn(EXPOSED_SECRET);
    startSweeper();
    releaseRunsBeforeEnd();
  } catch (error) {
    // Not by the logger, whose settings may be wrong.
    console.error(`Restain cannot start: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}
