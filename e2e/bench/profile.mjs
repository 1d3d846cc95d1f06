// Posts one image several times to the built server and prints which functions of each of its threads take the time.
// Arguments: side of the image in px (3000), and the query (resolution=40x).
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { drawField } from './fields.mjs';
import { startServer } from './server.mjs';

const side = Number(process.argv[2] ?? 3000);
const query = process.argv[3] ?? 'resolution=40x';
const RUNS = 5;
/** Functions that are printed of each thread. */
const SHOWN = 20;
/** What a thread does while it waits. */
const WAITING = '(idle)';

/** Milliseconds in each function itself, by its name and place. */
function sumFunctions({ nodes, samples, timeDeltas }) {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
      id,
      `${functionName || '(anonymous)'} ${url.split('/').slice(-2).join('/')}:${lineNumber + 1}`,
    ]),
  );
  const sums = new Map();
  samples.forEach((id, i) => {
    const name = names.get(id);
    if (!name.startsWith(WAITING)) sums.set(name, (sums.get(name) ?? 0) + timeDeltas[i] / 1000);
  });
  return sums;
}

const folder = mkdtempSync(join(os.tmpdir(), 'restain-profile-'));
const server = await startServer({}, '.', folder);
try {
  const file = await drawField(side);
  for (let i = 0; i < RUNS; i++) {
    const body = new FormData();
    body.append('img', new Blob([file], { type: 'image/png' }), 'field.png');
    const response = await fetch(`${server.url}/api/infer?${query}`, { method: 'POST', body });
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    await response.arrayBuffer();
  }
} finally {
  // The profiles are written when the server ends.
  server.stop();
}
for (let waited = 0; waited < 100 && readdirSync(folder).length === 0; waited++) await setTimeout(100);
await setTimeout(1000);
for (const name of readdirSync(folder).sort()) {
  const sums = sumFunctions(JSON.parse(readFileSync(join(folder, name), 'utf8')));
  const total = [...sums.values()].reduce((sum, value) => sum + value, 0);
  console.log(`\n${name}: ${(total / RUNS).toFixed(0)} ms a picture, the start of the server included`);
  for (const [what, ms] of [...sums].sort((a, b) => b[1] - a[1]).slice(0, SHOWN))
    console.log(`${(ms / RUNS).toFixed(0).padStart(6)} ms ${((100 * ms) / total).toFixed(1).padStart(5)} %  ${what}`);
}
rmSync(folder, { recursive: true });
