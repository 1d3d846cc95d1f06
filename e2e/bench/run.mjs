// `npm run bench`: posts images to the built server and prints the time of each stage.
// `--save FILE` keeps the numbers, `--against FILE` compares with those that were kept on the same machine.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
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

/** The best of some runs of every case, by the case's name; the peak of memory is the highest. */
async function measureAll(server) {
  const results = {};
  for (const { name, side, query } of CASES) {
    const file = await drawField(side);
    const runs = [];
    for (let i = 0; i < RUNS; i++) runs.push(await measure(server, file, query));
    const best = runs.reduce((a, b) => (b.wall < a.wall ? b : a));
    results[name] = { ...best, peak: Math.max(...runs.map((run) => run.peak)) };
  }
  return results;
}

const seconds = (value) => value.toFixed(2);

function printTimes(results) {
  const rows = Object.entries(results).map(([name, { nuclei, stages, wall, cpu, peak }]) => [
    name,
    {
      nuclei,
      ...Object.fromEntries(STAGES.map((stage, i) => [stage, seconds(stages[i] / 1000)])),
      wall: seconds(wall),
      cpu: seconds(cpu),
      'peak MB': Math.round(peak / 1e6),
    },
  ]);
  console.table(Object.fromEntries(rows));
}

/** What each case takes now as a share of what it took then: below 1 is faster, or less memory. */
function printRatios(results, base) {
  console.log(`\nAs a share of ${base.commit}, ${base.date.slice(0, 10)}:\n`);
  if (base.machine !== machine()) console.log(`That was on another machine (${base.machine}): the ratios say little.`);
  const rows = Object.entries(results).flatMap(([name, { nuclei, wall, cpu, peak }]) => {
    const then = base.results[name];
    if (!then) return [];
    const ratios = { wall: wall / then.wall, cpu: cpu / then.cpu, peak: peak / then.peak };
    const shares = Object.fromEntries(Object.entries(ratios).map(([what, ratio]) => [what, seconds(ratio)]));
    return [[name, { ...shares, nuclei: `${then.nuclei} -> ${nuclei}` }]];
  });
  console.table(Object.fromEntries(rows));
}

const machine = () => `${os.cpus()[0].model}, ${os.availableParallelism()} cores`;

const { values: options } = parseArgs({ options: { save: { type: 'string' }, against: { type: 'string' } } });
// Read first: a wrong path must not cost a measurement.
const base = options.against ? JSON.parse(readFileSync(options.against, 'utf8')) : null;
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const server = await startServer();
try {
  console.log(`${machine()}, Node ${process.version}, provider ${server.health.provider}`);
  console.log(`commit ${commit}; best of ${RUNS} runs, seconds\n`);
  const results = await measureAll(server);
  printTimes(results);
  if (base) printRatios(results, base);
  if (options.save) {
    const kept = { machine: machine(), commit, date: new Date().toISOString(), results };
    writeFileSync(options.save, `${JSON.stringify(kept, null, 2)}\n`);
  }
} finally {
  server.stop();
}
