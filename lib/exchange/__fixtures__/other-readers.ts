import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const ROOT = join(import.meta.dirname, '../../..');
const INSTALL_MS = 240_000;
/** For a test's set-up: a first run installs the readers. */
export const READERS_MS = 2 * INSTALL_MS;

/** A Python that has geopandas, pandas, roifile and pypdf, made once; a string is the reason why there is none. */
export function ensurePython(): { python: string } | string {
  const version = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const folder = join(ROOT, '.restain', `readers-${version}`);
  const run = (file: string, ...args: string[]) => execFileSync(file, args, { stdio: 'pipe', timeout: INSTALL_MS });
  try {
    if (!existsSync(folder)) {
      // Two test files may install at once: each in a folder of its own, and the first one stays.
      mkdirSync(join(ROOT, '.restain'), { recursive: true });
      const made = mkdtempSync(join(ROOT, '.restain', 'making-'));
      run('python3', '-m', 'venv', made);
      const pip = [join(made, 'bin/python'), '-m', 'pip', 'install', '-q', '--timeout', '10', '--retries', '1'] as const;
      run(...pip, '-r', REQUIREMENTS);
      if (existsSync(folder)) rmSync(made, { recursive: true });
      else renameSync(made, folder);
    }
    const python = join(folder, 'bin/python');
    return { python };
  } catch (error) {
    return (
      String((error as { stderr?: Buffer }).stderr || error)
        .trim()
        .split('\n')
        .at(-1) ?? 'unknown'
    );
  }
}

/** What `read_exports.py` sees in a folder. */
export function readExports(python: string, folder: string) {
  return JSON.parse(execFileSync(python, [join(import.meta.dirname, 'read_exports.py'), folder], { encoding: 'utf8' }));
}
