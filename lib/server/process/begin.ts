import 'server-only';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { startEngine } from '@/lib/server/inference/engine';
import { getSharedQueue, isShared } from '@/lib/server/jobs';
import { getLog } from '@/lib/server/log';
import { findBioformats, getFormats, INSTALL_BIOFORMATS } from '@/lib/server/readers/bioformats/installation';
import { bioformatsProgram } from '@/lib/server/readers/bioformats/program';
import { findOpenslide, INSTALL_OPENSLIDE } from '@/lib/server/readers/openslide/installation';
import { openslideProgram } from '@/lib/server/readers/openslide/program';
import { sweepTempFolders } from '@/lib/server/readers/temp/temp-folder';
import { findWall } from '@/lib/server/readers/walled/wall';
import { checkPassingRedis, checkRedis } from '@/lib/server/redis/redis';
import { ownCellLanes } from '@/lib/server/slides/scoring/scoring-pin';

const WITHOUT_BIOFORMATS = `Microscope formats (SVS, NDPI, CZI, VSI, DICOM and more) will be refused: Bio-Formats is not installed. ${INSTALL_BIOFORMATS}.`;

const WITHOUT_OPENSLIDE = `MIRAX slides (MRXS in a ZIP) will be refused: OpenSlide is not installed. ${INSTALL_OPENSLIDE}.`;

const WITHOUT_WALL =
  'The operating system does not isolate the process that reads slides: only Java’s security manager does, and Landlock around OpenSlide. Install bubblewrap (apt-get install -y bubblewrap); in a container, allow user namespaces.';

const OPENSLIDE_FAILS =
  'MIRAX slides (MRXS in a ZIP) will be refused: OpenSlide does not start isolated here: neither bubblewrap nor Landlock works.';

/** Where Redis is away at the start, its settings are looked at later. */
const REDIS_AGAIN_MS = 10_000;

/** What every process needs, whatever its role: the engine, the reader of microscope formats, and a Redis that will do. */
export async function begin(): Promise<void> {
  sweepTempFolders();
  const started = performance.now();
  const { provider, passedOver, pool, models } = await startEngine();
  const ms = Math.round(performance.now() - started);
  getLog().info({ provider, passedOver, threads: pool.threads, models: [...models.keys()], ms }, 'engine started');
  // Not awaited: everything else is served meanwhile.
  void tellFormats().catch((err: unknown) => getLog().error({ err }, 'microscope formats'));
  if (!isShared()) return;
  await tellRedis().catch((error: unknown) => {
    // The site can still be read, and what is stored goes on when Redis is there.
    if (!(error instanceof AppError) || error.code !== 'queue_unavailable') throw error;
    setTimeout(() => void tellRedisLater(), REDIS_AGAIN_MS).unref();
  });
  if (getEnv().process.role === 'web') return;
  for (const lane of ['images', 'ingests', 'scorings', ...(await ownCellLanes())] as const) getSharedQueue(lane).work();
}

async function tellRedis(): Promise<void> {
  const { version, doubts } = await checkRedis();
  getLog().info({ redis: version, role: getEnv().process.role }, 'stored work goes through Redis');
  for (const doubt of [...doubts, ...(getEnv().jobs.isRemote ? await checkPassingRedis() : [])]) getLog().warn(doubt);
}

async function tellRedisLater(): Promise<void> {
  try {
    await tellRedis();
  } catch (error) {
    if (error instanceof AppError && error.code === 'queue_unavailable')
      setTimeout(() => void tellRedisLater(), REDIS_AGAIN_MS).unref();
    else getLog().error({ err: error }, 'Redis will not do');
  }
}

async function tellFormats(): Promise<void> {
  const isWanted = process.platform === 'linux';
  if (findBioformats() === null || (isWanted && findOpenslide() === null)) await getFormats();
  if (findBioformats() === null) getLog().warn(WITHOUT_BIOFORMATS);
  else await tellWall();
  if (findOpenslide() === null) getLog().warn(WITHOUT_OPENSLIDE);
  else if (!(await findWall(await openslideProgram())).works) getLog().warn(OPENSLIDE_FAILS);
}

async function tellWall(): Promise<void> {
  const { kind, hasOwnUid } = await findWall(await bioformatsProgram());
  if (kind === 'none') getLog().warn(WITHOUT_WALL);
  else getLog().info({ wall: kind, hasOwnUid }, 'slides are read behind a wall');
}
