// Runs one tile through the product's built worker: run_engine.mjs MODEL_FOLDER FOLDER SIDE. Reads FOLDER/tile.raw
// (RGB bytes), writes FOLDER/<modality>.raw. Started by test_deepliif.py with the repository as working directory.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [folder, exchange, sideText] = process.argv.slice(2);
const { Piscina } = createRequire(join(process.cwd(), 'package.json'))('piscina');
const side = Number(sideText);
// The server's defaults for keys that model.json leaves out.
const manifest = { views: [1], precision: 'float32', graphOptimisation: 'all', ...JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) };
const shared = (channels) => ({
  data: new Uint8Array(new SharedArrayBuffer(side * side * channels)),
  width: side,
  height: side,
  channels,
});
const image = shared(3);
image.data.set(readFileSync(join(exchange, 'tile.raw')));
const outputs = Object.fromEntries(manifest.outputs.map((o) => [o.modality, shared(o.channels)]));
const region = { x: 0, y: 0, width: side, height: side };
const pool = new Piscina({
  filename: resolve('.workers/inference.worker.mjs'),
  maxThreads: 1,
  workerData: { intraOpThreads: 1 },
});
const reply = await pool.run(
  {
    model: { folder: resolve(folder), manifest, provider: 'cpu' },
    image,
    tile: { readRegion: region, writeRegion: region, modelPerImagePixel: 1 },
    outputs,
    facts: { gains: null, staining: null },
    skipGlass: false,
  },
  { name: 'inferTile' },
);
if (!reply.ok) throw new Error(reply.error.detail);
for (const [name, picture] of Object.entries(outputs)) writeFileSync(join(exchange, `${name}.raw`), picture.data);
await pool.destroy();
