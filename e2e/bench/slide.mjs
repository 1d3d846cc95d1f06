// `npm run bench -- --slide [FILE | SIDE | sparse [SIDE]]`: sends a slide to the built server, which keeps and scores it,
// and prints time, memory and bytes, and the numbers beside the true ones.
// SIDE: a simulated slide of so many px (40000), drawn once into .restain/bench. FILE: any slide; with FILE.truth.json
// beside it, as the simulator writes it, the truth is compared. sparse: 100,000 px with a tenth of tissue.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import { basename, join } from 'node:path';
import { drawField } from './fields.mjs';
import { ask, ingest as keep, sendSlide, until } from './requests.mjs';
import { readUsage, resetPeakMemory, startServer } from './server.mjs';
import { drawSimulated, truthOf, writeSparse } from './slide-files.mjs';

const [what = '40000', sparseSide = '100000'] = process.argv.slice(2);
const FIELD_SIDE = 3000;
const FIELD_RUNS = 3;
/** Share of a sparse slide that is tissue. */
const SPARSE_TISSUE = 0.1;

/** Runs some work and says how long it took and what the server used for it. */
async function measured(server, work) {
  resetPeakMemory(server.pid);
  const before = readUsage(server.pid);
  const started = performance.now();
  const answer = await work();
  const after = readUsage(server.pid);
  const seconds = (performance.now() - started) / 1000;
  return { answer, seconds, cpu: after.cpuSeconds - before.cpuSeconds, peak: after.peakBytes };
}

/** Processor time a megapixel of the engine for single images: the least of some runs on a field of tissue. */
async function costOfImages(server) {
  const file = await drawField(FIELD_SIDE);
  const costs = [];
  for (let i = 0; i < FIELD_RUNS; i++) {
    const body = new FormData();
    body.append('img', new Blob([file], { type: 'image/png' }), 'field.png');
    const { cpu } = await measured(server, async () => {
      const response = await fetch(`${server.url}/api/infer?resolution=40x&slim`, { method: 'POST', body });
      if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
      await response.arrayBuffer();
    });
    costs.push(cpu);
  }
  return Math.min(...costs) / (FIELD_SIDE ** 2 / 1e6);
}

function bytesUnder(folder) {
  if (!existsSync(folder)) return 0;
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  return names.reduce((sum, one) => sum + (one.isFile() ? statSync(join(one.parentPath, one.name)).size : 0), 0);
}

/** The file to measure with, and what is true of it where that is known. */
async function prepare(folder) {
  if (what === 'sparse') {
    const side = Number(sparseSide);
    const path = join(folder, 'sparse.tif');
    const truth = await writeSparse(path, side, SPARSE_TISSUE);
    return { path, truth };
  }
  const path = /^\d+$/.test(what) ? drawSimulated(Number(what)) : what;
  const truth = truthOf(path);
  if (truth === null) return { path, truth: null };
  const { slide, hot_spot: hotSpot, tissue_px2: tissue } = truth;
  return {
    path,
    truth: {
      ...{ total: slide.total, positive: slide.positive, percentPositive: slide.percent_positive },
      ...{ tissueMegapixels: tissue / 1e6, hotSpot },
    },
  };
}

const fixed = (value, digits = 1) => value.toFixed(digits);

const folder = mkdtempSync(join(os.tmpdir(), 'restain-slide-bench-'));
const { path, truth } = await prepare(folder);
const storage = join(folder, 'storage');
// Images have a server of their own: what they leave in memory is not counted with slides.
const imageServer = await startServer({ LOG_LEVEL: 'warn', STORAGE_DIR: join(folder, 'images') });
const imageCost = await costOfImages(imageServer).finally(() => imageServer.stop());
const server = await startServer({ LOG_LEVEL: 'warn', STORAGE_DIR: storage });
try {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  console.log(`${os.cpus()[0].model}, ${os.availableParallelism()} cores, Node ${process.version}, commit ${commit}`);
  const id = await sendSlide(server.url, path);
  const one = `${server.url}/api/slides/${id}`;
  const ingest = await measured(server, () => keep(server.url, id));
  const { slide, view_id: viewId } = ingest.answer;
  const gigapixels = (slide.width * slide.height) / 1e9;
  console.log(`${path}: ${slide.width} x ${slide.height} px, ${fixed(statSync(path).size / 1e6)} MB sent\n`);
  await ask(`${one}/annotations`); // The tissue is found at the first look, before the scoring is measured.
  const scoring = await measured(server, async () => {
    const { id: run } = await ask(`${one}/scorings`, 'POST', { scope: { kind: 'slide' } });
    return until(`${one}/scorings/${run}`, ({ state }) => state === 'done');
  });
  const scores = await measured(server, () => ask(`${one}/scores`));
  const row = ({ seconds, cpu, peak }) => ({
    seconds: fixed(seconds),
    processor: fixed(cpu),
    'peak MB': Math.round(peak / 1e6),
  });
  console.table({ ingest: row(ingest), scoring: row(scoring), numbers: row(scores) });
  const kept = join(storage, 'objects', 'slides', viewId);
  const parts = {
    pyramid: slide.bytes,
    maps: bytesUnder(join(kept, 'maps')),
    nuclei: bytesUnder(join(kept, 'nuclei')),
  };
  console.log('Stored, MB and MB a gigapixel of the slide:');
  console.table(
    Object.fromEntries(
      Object.entries(parts).map(([name, bytes]) => [
        name,
        { MB: fixed(bytes / 1e6), 'a gigapixel': fixed(bytes / 1e6 / gigapixels) },
      ]),
    ),
  );
  const { progress, warnings } = scoring.answer;
  const { slide: numbers, hot_spots: hotSpots } = scores.answer;
  const tiles = readdirSync(join(kept, 'maps'), { recursive: true }).filter((name) => name.endsWith('.br'));
  console.log(
    `${progress.cells} cells, ${tiles.length} tiles of the network, ${numbers.num_total} nuclei, ${fixed(numbers.percent_pos, 2)} % positive.`,
  );
  for (const { detail } of warnings) console.log(`Warning: ${detail}`);
  console.log(`Single images: ${fixed(imageCost, 3)} s of processor time a megapixel.`);
  const costOf = (megapixels, what) => {
    const cost = scoring.cpu / megapixels;
    console.log(
      `Slide: ${fixed(cost, 3)} s a megapixel of ${what} (${fixed(megapixels, 0)}), ${fixed(cost / imageCost, 2)} times that.`,
    );
  };
  costOf(megapixelsOf(tiles, slide), 'its tiles');
  if (truth) {
    costOf(truth.tissueMegapixels, 'tissue');
    console.log(`True: ${truth.total} nuclei, ${truth.percentPositive} % positive.`);
  }
  const spot = hotSpots.find(({ size }) => size.mm2 === 0.2)?.spots[0];
  if (spot && truth?.hotSpot) {
    const [x, y] = centreOf(spot.polygon[0]);
    const away = Math.hypot(x - truth.hotSpot.x, y - truth.hotSpot.y) * slide.microns_per_pixel;
    console.log(
      `Hot spot of 0.2 mm²: ${fixed(spot.percent_pos)} % at ${Math.round(x)}, ${Math.round(y)}, ${Math.round(away)} µm from the true one` +
        ` (${truth.hotSpot.percent_positive} % at ${truth.hotSpot.x}, ${truth.hotSpot.y}).`,
    );
  }
} finally {
  server.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** What tiles own together. @param files - `<column>-<row>.br` each, of a slide at the network's own pixel size */
function megapixelsOf(files, { width, height }) {
  const { size, halo, multiple } = JSON.parse(readFileSync('models/restain-ihc/model.json', 'utf8')).tile;
  const side = size - 2 * Math.ceil(halo / multiple) * multiple;
  const owned = files.map((file) => {
    const [column, row] = basename(file, '.br').split('-').map(Number);
    return Math.min(side, width - column * side) * Math.min(side, height - row * side);
  });
  return owned.reduce((sum, pixels) => sum + pixels, 0) / 1e6;
}

/** The middle of the box around a ring. */
function centreOf(ring) {
  return [0, 1].map((axis) => {
    const values = ring.map((at) => at[axis]);
    return (Math.min(...values) + Math.max(...values)) / 2;
  });
}
