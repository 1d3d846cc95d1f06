// `npm run bench`: posts images to the built server and prints the time of each stage.
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { drawField } from './fields.mjs';
import { readUsage, resetPeakMemory, startServer } from './server.mjs';

const RUNS = 3;
const STAGES = ['decode', 'infer', 'score', 'encode'];
const CASES = [
  { name: '512 x 512, 40x', side: 512, query: 'resolution=40x' },
  { name: '1024 x 1024, 40x', side: 1024, query: 'resolution=40x' },
  { name: '3000 x 3000, 40x', side: 3000, query: 'resolution=40x' },
  { name: '3000 x 3000, 40x, slim', side: 3000, query: 'resolution=40x&slim' },
  { name: '3000 x 3000, 20x', side: 3000, query: 'resolution=20x' },
];

async function measure(server, file, query) {
  const body = new FormData();
  body.append('img', new Blob([file], { type: 'image/png' }), 'field.png');
  server.timings = null;
  resetPeakMemory(server.pid);
  const before = readUsage(server.pid);
  const started = performance.now();
  const response = await fetch(`${server.url}/api/infer?${query}`, { method: 'POST', body });
  const answer = await response.json();
  const wall = (performance.now() - started) / 1000;
  if (response.status !== 200) throw new Error(`${response.status}: ${answer.detail ?? JSON.stringify(answer)}`);
  const after = readUsage(server.pid);
  while (server.timings === null) await setTimeout(10);
  return {
    wall,
    cpu: after.cpuSeconds - before.cpuSeconds,
    peak: after.peakBytes,
    stages: STAGES.map((stage) => server.timings[`${stage}Ms`]),
    nuclei: answer.scoring.num_total,
  };
}

const seconds = (value) => value.toFixed(2);

const server = await startServer();
try {
  const { provider } = server.health;
  console.log(
    `${os.cpus()[0].model}, ${os.availableParallelism()} cores, Node ${process.version}, provider ${provider}`,
  );
  console.log(
    `commit ${execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()}; best of ${RUNS} runs, seconds\n`,
  );
  const rows = [];
  for (const { name, side, query } of CASES) {
    const file = await drawField(side);
    const runs = [];
    for (let i = 0; i < RUNS; i++) runs.push(await measure(server, file, query));
    const best = runs.reduce((a, b) => (b.wall < a.wall ? b : a));
    const inSeconds = Object.fromEntries(STAGES.map((stage, i) => [stage, seconds(best.stages[i] / 1000)]));
    rows.push({
      image: name,
      nuclei: best.nuclei,
      ...inSeconds,
      wall: seconds(best.wall),
      cpu: seconds(best.cpu),
      'peak MB': Math.round(Math.max(...runs.map((run) => run.peak)) / 1e6),
    });
  }
  console.table(Object.fromEntries(rows.map(({ image, ...row }) => [image, row])));
} finally {
  server.stop();
}
