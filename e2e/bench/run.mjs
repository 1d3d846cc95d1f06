// `npm run bench`: posts images to the built server and prints the time of each stage.
// `--save FILE` keeps the numbers, `--against FILE` compares with those that were kept on the same machine.
// `--beside FOLDER` runs another checkout, which is built, in turns with this one, and compares with that. It is the
// fairest comparison, since what else the machine does then slows both. `--cases TEXT` takes the cases with that text.
// `--provider NAME` runs the networks by cuda, webgpu or cpu, and by nothing else.
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

/**
 * The best of some runs of every case, by the case's name; the peak of memory is the highest, processor time the least.
 *
 * @returns results for each server; they take turns
 */
async function measureAll(servers) {
  const results = servers.map(() => ({}));
  for (const { name, side, query } of CASES.filter((each) => each.name.includes(options.cases))) {
    const file = await drawField(side);
    const runs = servers.map(() => []);
    for (let i = 0; i < RUNS; i++)
      for (const [n, server] of servers.entries()) runs[n].push(await measure(server, file, query));
    for (const [n, ofServer] of runs.entries()) {
      const best = ofServer.reduce((a, b) => (b.wall < a.wall ? b : a));
      const cpu = Math.min(...ofServer.map((run) => run.cpu));
      results[n][name] = { ...best, cpu, peak: Math.max(...ofServer.map((run) => run.peak)) };
    }
  }
  return results;
}

const seconds = (value) => value.toFixed(2);

function printTimes(results) {
  const megapixels = (name) => CASES.find((each) => each.name === name).side ** 2 / 1e6;
  const rows = Object.entries(results).map(([name, { nuclei, stages, wall, cpu, peak }]) => [
    name,
    {
      nuclei,
      ...Object.fromEntries(STAGES.map((stage, i) => [stage, seconds(stages[i] / 1000)])),
      wall: seconds(wall),
      cpu: seconds(cpu),
      'MP/s': seconds(megapixels(name) / wall),
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

const commitOf = (folder) =>
  execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: folder, encoding: 'utf8' }).trim();

const { values: options } = parseArgs({
  options: {
    save: { type: 'string' },
    against: { type: 'string' },
    beside: { type: 'string' },
    cases: { type: 'string', default: '' },
    provider: { type: 'string' },
  },
});
// Read first: a wrong path must not cost a measurement.
const base = options.against ? JSON.parse(readFileSync(options.against, 'utf8')) : null;
const folders = options.beside ? ['.', options.beside] : ['.'];
const commits = folders.map(commitOf);
const servers = [];
try {
  const env = options.provider ? { INFERENCE_PROVIDER: options.provider } : {};
  for (const folder of folders) servers.push(await startServer(env, folder));
  console.log(`${machine()}, Node ${process.version}, provider ${servers[0].health.provider}`);
  console.log(`commit ${commits[0]}; best of ${RUNS} runs, seconds\n`);
  const [results, other] = await measureAll(servers);
  printTimes(results);
  const kept = { machine: machine(), date: new Date().toISOString() };
  if (other) {
    console.log(`\nThe same with ${commits[1]}, in turns:\n`);
    printTimes(other);
    printRatios(results, { ...kept, commit: commits[1], results: other });
  }
  if (base) printRatios(results, base);
  if (options.save)
    writeFileSync(options.save, `${JSON.stringify({ ...kept, commit: commits[0], results }, null, 2)}\n`);
} finally {
  for (const server of servers) server.stop();
}
