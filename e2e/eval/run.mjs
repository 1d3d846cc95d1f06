// `npm run eval`: starts the built server, posts every labelled image to it and prints the scores of the answers.
// Posting and scoring is done in Python (training/src/restain_training/figures), because it needs the simulator and SciPy.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { startServer } from '../bench/server.mjs';

const PACKAGES = 'import numpy, scipy, skimage, PIL';
const SOURCES = 'training/src';

/** The Python that has the packages for the scoring. */
function findPython() {
  const candidates = ['training/.venv/bin/python', '/usr/bin/python3', 'python3'];
  const found = candidates.find(
    (python) =>
      (existsSync(python) || !python.includes('/')) &&
      spawnSync(python, ['-c', PACKAGES], { stdio: 'ignore' }).status === 0,
  );
  if (!found)
    throw new Error('The evaluation needs Python with numpy, scipy, scikit-image and pillow. Run training/setup.sh.');
  return found;
}

const run = (command, args, env) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });

const args = process.argv.slice(2);
const python = findPython();
const figures = ['-m', 'restain_training.figures'];
const env = { PYTHONPATH: SOURCES, OMP_NUM_THREADS: '1' };

if (args.includes('--help') || args.includes('-h')) {
  process.exitCode = await run(python, [...figures, '--help'], env);
} else {
  // The limit of requests per address is raised, since all pictures come from one.
  const server = await startServer({ REQUESTS_PER_MINUTE: '1000000' });
  try {
    process.exitCode = await run(python, [...figures, '--url', server.url, ...args], env);
  } finally {
    server.stop();
  }
}
