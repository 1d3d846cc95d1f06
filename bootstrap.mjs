// `npm start`, `npm test` and others, on a fresh clone too. It needs only Node and npm: it installs and builds what is
// missing or has changed, then runs the verb.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
// Turns off the usage reports that Next sends to its makers.
process.env.NEXT_TELEMETRY_DISABLED ??= '1';
// glibc keeps freed memory in an arena for each of many threads; with two, a scoring of slides takes less (docs/speed.md).
process.env.MALLOC_ARENA_MAX ??= '2';

const NEXT = 'node_modules/next/dist/bin/next';
const CUDA_LIBRARY = 'node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so';
const FORMATS = 'integrations/formats.mjs';
const CHROMIUM = '/usr/bin/chromium';
const REDIS = '/usr/bin/redis-server';

/** Settings in a file, which Next reads by itself. */
const ENV_FILE = existsSync('.env') ? ['--env-file=.env'] : [];

/** Files and folders that a build depends on. */
const SOURCES = [
  'app',
  'lib',
  'public',
  'workers',
  'instrumentation.ts',
  'next.config.mjs',
  'package-lock.json',
  'postcss.config.mjs',
  'proxy.ts',
  'tsconfig.json',
];
/** Not part of a build: tests, documents, and the browser workers, which the build itself writes. */
const NOT_BUILT = /\.(test|bench|spec)\.tsx?$|__fixtures__|\.md$|^public\/workers$/;
/** Lies inside the build, so that it is deleted together with it. */
const STAMP = '.next/sources.sha256';

/** A reason to stop that the user can act on. It is printed without a stack trace. */
class Stop extends Error {}

/** npm passes a signal only to the shell between npm and us, so we watch for the end of that shell. */
function watchParent(onOrphaned) {
  if (!process.env.npm_lifecycle_event || process.platform === 'win32') return undefined;
  const parent = process.ppid;
  return setInterval(() => process.ppid !== parent && onOrphaned(), 250);
}

/** Runs a command to its end and passes our signals on to it. If it fails, we end with its exit code or signal. */
function run(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    const pass = (signal) => child.kill(signal);
    for (const signal of signals) process.on(signal, pass);
    const orphanWatch = watchParent(() => pass('SIGTERM'));
    child.on('error', (error) => reject(new Stop(`Could not run ${command}: ${error.message}`)));
    child.on('exit', (code, signal) => {
      clearInterval(orphanWatch);
      for (const name of signals) process.off(name, pass);
      if (signal) process.kill(process.pid, signal);
      else if (code !== 0) process.exit(code);
      else resolve();
    });
  });
}

/**
 * Runs a command beside others. It ends with us.
 *
 * @returns how to wait for its end: what it has printed comes then, in one piece
 */
function runBeside(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => said.push(bytes));
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'exit'];
  const end = () => child.kill();
  for (const name of signals) process.on(name, end);
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) => resolve(code));
  }).finally(() => {
    for (const name of signals) process.off(name, end);
  });
  return async () => {
    const code = await ended;
    process.stdout.write(Buffer.concat(said));
    if (code !== 0) throw new Stop(`${[command, ...args].join(' ')} ended with ${code}`);
  };
}

const node = (args, env) => run(process.execPath, args, env);

function npm(args, env) {
  const cli = process.env.npm_execpath;
  return cli?.endsWith('npm-cli.js') ? node([cli, ...args], env) : run('npm', args, env);
}

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Why packages must be installed, or null if node_modules has what the lockfile lists. */
function whyInstall() {
  if (!existsSync('node_modules/.package-lock.json')) return 'node_modules is missing';
  const wanted = readJson('package-lock.json').packages;
  const present = readJson('node_modules/.package-lock.json').packages;
  // Optional packages are builds for different systems; npm has chosen among them.
  const stale = Object.keys(wanted).find(
    (path) => path && !wanted[path].optional && wanted[path].version !== present[path]?.version,
  );
  return stale ? `${stale.replace(/^.*node_modules\//, '')} is not at ${wanted[stale].version}` : null;
}

async function install() {
  const reason = whyInstall();
  // onnxruntime-node's install script downloads CUDA libraries from a host that may be unreachable: only on request.
  const cuda = process.env.ONNXRUNTIME_NODE_INSTALL ?? 'skip';
  if (reason) {
    console.log(`Installing packages: ${reason}`);
    // Not `npm ci`: it refuses the lockfile if the registry lacks a package's builds for other systems.
    const flags = ['--no-save', '--include=dev', '--prefer-offline', '--no-audit', '--no-fund'];
    await npm(['install', ...flags], { ONNXRUNTIME_NODE_INSTALL: cuda });
  }
  if (cuda !== 'skip' && !existsSync(CUDA_LIBRARY)) await node(['node_modules/onnxruntime-node/script/install.js']);
}

function* filesBelow(path) {
  if (!existsSync(path) || NOT_BUILT.test(path)) return;
  if (statSync(path).isFile()) yield path;
  else for (const name of readdirSync(path).sort()) yield* filesBelow(`${path}/${name}`);
}

function hashSources() {
  const hash = createHash('sha256');
  for (const source of SOURCES)
    for (const file of filesBelow(source)) hash.update(file).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

/** The stamp of a build from these sources. It includes the build's id, to notice a later `next build` by hand. */
function stampOf(sources) {
  return existsSync('.next/BUILD_ID') ? `${sources} ${readFileSync('.next/BUILD_ID', 'utf8')}` : null;
}

const buildWorkers = () => node(['workers/build.mjs']);

async function build() {
  const sources = hashSources();
  const isFresh = existsSync(STAMP) && existsSync('.workers') && readFileSync(STAMP, 'utf8') === stampOf(sources);
  if (isFresh) return;
  console.log('Building workers and pages');
  await buildWorkers();
  await node([NEXT, 'build']);
  await node(['deploy/compress-static.mjs']);
  writeFileSync(STAMP, stampOf(sources));
}

/** Compiles or copies our parts of the readers of microscope formats again, where they have changed since the installation. */
const refreshFormats = async () => (await import(`./${FORMATS}`)).default();

/** Path of the browser for page tests: CHROMIUM_PATH, else Debian's, which is installed if we are root. */
async function ensureChromium() {
  const path = process.env.CHROMIUM_PATH || CHROMIUM;
  if (existsSync(path)) return path;
  if (process.env.CHROMIUM_PATH) throw new Stop(`CHROMIUM_PATH is ${path}, which does not exist.`);
  if (!existsSync('/usr/bin/apt-get'))
    throw new Stop(
      `Page tests and benchmarks need Chromium. Install it at ${CHROMIUM}, or set CHROMIUM_PATH to its path, and run this again.`,
    );
  if (process.getuid() !== 0)
    throw new Stop(
      'Page tests and benchmarks need Chromium. Run:\n\n  sudo apt-get update && sudo apt-get install -y chromium\n\nand then this again, or set CHROMIUM_PATH to another Chromium.',
    );
  console.log('Installing chromium, which page tests and benchmarks need');
  await run('apt-get', ['update', '-q']);
  await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'], {
    DEBIAN_FRONTEND: 'noninteractive',
  });
  return path;
}

/** Redis for the tests of the shared queue: Debian's, where we may install it. Without it they are skipped, and say so. */
async function ensureRedis() {
  if (existsSync(REDIS) || !existsSync('/usr/bin/apt-get')) return;
  if (process.getuid() !== 0) {
    console.log('Tests of several processes are left out. For them: sudo apt-get install -y redis-server');
    return;
  }
  console.log('Installing redis-server, which tests of several processes need');
  await run('apt-get', ['update', '-q']);
  await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'redis-server'], {
    DEBIAN_FRONTEND: 'noninteractive',
  });
}

const hasTraining = existsSync('training/test.sh');

/** The tests in Python, and a script beside them: most wait for servers. */
async function testPython(options, beside) {
  const training = hasTraining ? runBeside('bash', ['training/test.sh', ...options]) : async () => {};
  const other = beside ? runBeside('bash', [beside]) : async () => {};
  await run('bash', ['integrations/python/test.sh', ...options]);
  await other();
  await training();
}

const verbs = {
  async start() {
    await install();
    await build();
    await refreshFormats();
    await node([NEXT, 'start']);
  },
  /** A process that works on stored analyses and slides, and serves no pages. It needs JOBS_PROVIDER=bullmq. */
  async worker() {
    await install();
    await buildWorkers();
    await refreshFormats();
    await node([...ENV_FILE, '.workers/worker.mjs'], { RESTAIN_ROLE: 'worker' });
  },
  /** Looks whether a server or a worker could start here, and says in plain sentences what is wrong. */
  async doctor() {
    await install();
    await buildWorkers();
    // Warnings of libraries about themselves would stand between its sentences.
    await node([...ENV_FILE, '--no-warnings', '.workers/doctor.mjs'], { LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent' });
  },
  async dev() {
    await install();
    await buildWorkers();
    await node([NEXT, 'dev']);
  },
  async build() {
    await install();
    await build();
  },
  async test() {
    await install();
    const chromium = await ensureChromium();
    await ensureRedis();
    await node([FORMATS]);
    // Mostly downloads. One after the other, and after the others: two installations of Debian packages exclude each other.
    const setups = [...(hasTraining ? ['training'] : []), 'integrations/python', 'integrations/java'];
    const othersReady = runBeside('bash', ['-ec', setups.map((folder) => `bash ${folder}/setup.sh`).join('\n')]);
    for (const script of ['lint', 'typecheck', 'test:unit']) await npm(['run', script]);
    await build();
    await npm(['run', 'test:e2e'], { CHROMIUM_PATH: chromium });
    await othersReady();
    await testPython([], 'integrations/java/test.sh');
  },
  /** The tests that `test` leaves out because they take long. */
  async 'test:long'() {
    await install();
    const chromium = await ensureChromium();
    await ensureRedis();
    await node([FORMATS]);
    await npm(['run', 'test:unit:long']);
    await build();
    await npm(['run', 'test:e2e:long'], { CHROMIUM_PATH: chromium });
    await testPython(['-m', 'long']);
  },
  /** Kills workers, freezes them, and takes Redis away, for minutes; prints what came of it. */
  async chaos() {
    await install();
    await ensureRedis();
    await run('npx', ['vitest', 'run', '--tags-filter=chaos', 'lib/server/process/']);
  },
  async bench(...options) {
    await install();
    if (options[0] === '--scaling') {
      await ensureRedis();
      return run('npx', ['vitest', 'run', '--tags-filter=scaling', 'lib/server/process/scaling.test.ts']);
    }
    const chromium = await ensureChromium();
    await build();
    if (options[0] === '--slide-page')
      return node(['e2e/bench/slide-page.mjs', ...options.slice(1)], { CHROMIUM_PATH: chromium });
    if (options[0] === '--slow-line')
      return node(['e2e/bench/slow-line.mjs', ...options.slice(1)], { CHROMIUM_PATH: chromium });
    if (options[0] === '--slide') return node(['e2e/bench/slide.mjs', ...options.slice(1)]);
    await node(['e2e/bench/run.mjs', ...options]);
    await node(['e2e/bench/live.mjs'], { CHROMIUM_PATH: chromium });
  },
  async eval(...options) {
    await install();
    await build();
    await node(['e2e/eval/run.mjs', ...options]);
  },
};

try {
  const [verb = 'start', ...options] = process.argv.slice(2);
  const [major, minor] = process.versions.node.split('.').map(Number);
  const isOlderThan = (least) => major < 20 || (major === 20 && minor < least);
  if (isOlderThan(9)) throw new Stop(`Restain needs Node 20.9 or newer; this is ${process.versions.node}.`);
  if (verb.startsWith('test') && isOlderThan(19))
    throw new Stop(`The tests need Node 20.19 or newer, as Vite does; this is ${process.versions.node}.`);
  if (!Object.hasOwn(verbs, verb)) throw new Stop(`Unknown verb "${verb}". One of: ${Object.keys(verbs).join(', ')}.`);
  await verbs[verb](...options);
} catch (error) {
  console.error(error instanceof Stop ? error.message : error);
  process.exitCode = 1;
}
