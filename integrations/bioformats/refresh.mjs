// Runs before the tests. If Bio-Formats is installed, our sources are compiled again when they have changed.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export default function refresh() {
  const folder = join(root, process.env.BIOFORMATS_DIR || '.restain/bioformats');
  if (existsSync(join(folder, 'reader.json')))
    execFileSync(process.execPath, [join(root, 'integrations/bioformats/install.mjs')], { stdio: 'ignore' });
}
