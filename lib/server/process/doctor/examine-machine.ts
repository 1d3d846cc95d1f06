import 'server-only';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { startEngine, stopEngine } from '@/lib/server/inference/engine';
import { findBioformats, INSTALL_BIOFORMATS } from '@/lib/server/readers/bioformats/installation';
import { bioformatsProgram } from '@/lib/server/readers/bioformats/program';
import { findOpenslide, INSTALL_OPENSLIDE } from '@/lib/server/readers/openslide/installation';
import { openslideProgram } from '@/lib/server/readers/openslide/program';
import { findWall } from '@/lib/server/readers/walled/wall';
import { checkPassingRedis, checkRedis, closeRedis, whyRedisIsAway } from '@/lib/server/redis/redis';
import { getLocalStorage } from '@/lib/server/storage';
import { doubt, type Finding, fault, ok, reasonOf } from './finding';

/** Of one slide while it is taken in: docs/deploy.md. */
const COPIES = 3;
const LEAST_FREE = 2e9;
/** For a program that holds a port and says nothing. */
const PATIENCE_MS = 3_000;

/** The ports that the server opens. @param wanted - that of pages and API, as `npm start` takes it */
export async function examinePorts(wanted: string): Promise<Finding[]> {
  const { metrics, process } = getEnv();
  const port = Number(wanted);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    return [fault(`PORT is ${wanted}: expected a whole number from 1 to 65535.`)];
  const findings: Finding[] = [];
  if (process.role !== 'worker') {
    findings.push(await examinePort(port, undefined, 'PORT'));
    if (metrics.port === port)
      return [...findings, fault(`METRICS_PORT is ${port}, too: choose another one than PORT.`)];
  }
  if (metrics.port !== undefined) findings.push(await examinePort(metrics.port, metrics.host, 'METRICS_PORT'));
  if (metrics.port !== undefined && metrics.host !== '127.0.0.1' && metrics.token === undefined)
    findings.push(
      doubt(
        `Whoever reaches port ${metrics.port} of ${metrics.host} reads the metrics. Set METRICS_TOKEN, or let no stranger reach it.`,
      ),
    );
  return findings;
}

async function examinePort(port: number, host: string | undefined, name: string): Promise<Finding> {
  const taken = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
  if (taken === null) return ok(`Port ${port} is free (${name}).`);
  if (taken.code !== 'EADDRINUSE') return fault(`Port ${port} cannot be opened (${name}): ${reasonOf(taken)}.`);
  const health = await fetch(`http://127.0.0.1:${port}/api/health/live`, {
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch(() => null);
  if (health?.ok) return ok(`Port ${port} is taken by a server that answers as ours does (${name}).`);
  return fault(`Port ${port} is taken by another program: choose another one with ${name}.`);
}

export async function examineRedis(): Promise<Finding[]> {
  const { jobs } = getEnv();
  if (jobs.provider === 'local')
    return [ok('Redis is not needed: this process does all work itself (JOBS_PROVIDER=local).')];
  try {
    const { version, doubts } = await checkRedis();
    const findings = [ok(`${version} answers.`), ...doubts.map(doubt)];
    return jobs.isRemote ? [...findings, ...(await examinePassingRedis())] : findings;
  } catch (error) {
    return [fault(`Redis (REDIS_URL) cannot be used: ${whyNoRedis(error)}.`)];
  } finally {
    closeRedis();
  }
}

async function examinePassingRedis(): Promise<Finding[]> {
  try {
    return (await checkPassingRedis()).map(doubt);
  } catch (error) {
    return [fault(`The Redis of posted images (REMOTE_REDIS_URL) cannot be used: ${whyNoRedis(error)}.`)];
  }
}

function whyNoRedis(error: unknown): string {
  const why = whyRedisIsAway();
  if (!(error instanceof AppError) || error.code !== 'queue_unavailable' || why === '') return reasonOf(error);
  return why.startsWith('NOAUTH') ? 'it asks for a password, and the address has none' : why.replace(/\.$/, '');
}

export const examineReaders = async (): Promise<Finding[]> => [
  ...(await examineBioformats()),
  await examineOpenslide(),
];

async function examineBioformats(): Promise<Finding[]> {
  const installation = findBioformats();
  if (installation === null) {
    const says = `Microscope formats (SVS, NDPI, CZI and more) cannot be read: ${whyMissing()}. ${INSTALL_BIOFORMATS}.`;
    return [doubt(says)];
  }
  const { kind } = await findWall(await bioformatsProgram());
  return [
    ok(`Microscope formats are read by Bio-Formats with ${installation.java}.`),
    kind === 'none'
      ? doubt(
          'The process that reads slides is not isolated: install bubblewrap, and in a container allow user namespaces.',
        )
      : ok(`The process that reads slides is isolated (${kind}).`),
  ];
}

async function examineOpenslide(): Promise<Finding> {
  const cannot = 'MIRAX slides (MRXS in a ZIP) cannot be read';
  if (findOpenslide() === null) return doubt(`${cannot}: ${whyMissing()}. ${INSTALL_OPENSLIDE}.`);
  try {
    const program = await openslideProgram();
    const { kind, works } = await findWall(program);
    if (works)
      return ok(`MIRAX slides are read by ${program.name}, isolated (${kind === 'none' ? 'Landlock' : kind}).`);
    return doubt(`${cannot}: ${program.cannotStart}.`);
  } catch (error) {
    return doubt(`${cannot}: ${reasonOf(error)}.`);
  }
}

const whyMissing = () => (getEnv().formats.isFetched ? 'the first start installs their reader' : 'FORMATS is off');

/** Opens the models, as a start does. */
export async function examineEngine(): Promise<Finding[]> {
  try {
    const { provider, passedOver, models, pool } = await startEngine();
    const others = passedOver.map((one) => `${one.provider} was passed over: ${one.reason.split('\n')[0]}`);
    return [
      ok(`The models (${[...models.keys()].join(', ')}) run on ${provider} with ${pool.threads} threads.`),
      ...(provider === 'cpu' && getEnv().pool.provider === undefined
        ? [ok(`No GPU is used. ${others.join('; ')}.`)]
        : []),
    ];
  } catch (error) {
    return [fault(`The models cannot be run: ${reasonOf(error)}.`)];
  } finally {
    await stopEngine();
  }
}

export async function examineDisks(): Promise<Finding[]> {
  const local = getLocalStorage();
  const folders = [
    { name: 'temporary folder', path: tmpdir() },
    ...(local ? [{ name: 'storage', path: dirname(await local.makeRoot()) }] : []),
  ];
  const { slideBytes } = getEnv().limits;
  return Promise.all(folders.map(({ name, path }) => examineDisk(name, path, slideBytes)));
}

async function examineDisk(name: string, path: string, slideBytes: number): Promise<Finding> {
  const room = await statfs(path).catch((error: unknown) => reasonOf(error));
  if (typeof room === 'string') return fault(`The ${name} (${path}) cannot be used: ${room}.`);
  const free = room.bavail * room.bsize;
  const says = `The disk of the ${name} (${path}) has ${(free / 1e9).toFixed(1)} GB free`;
  if (free < LEAST_FREE) return fault(`${says}, which is too little.`);
  if (free < COPIES * slideBytes)
    return doubt(
      `${says}. A slide of ${(slideBytes / 1e9).toFixed(0)} GB (MAX_SLIDE_BYTES) needs ${COPIES} times its size while it is taken in.`,
    );
  return ok(`${says}.`);
}
