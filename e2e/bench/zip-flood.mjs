// node e2e/bench/zip-flood.mjs [COUNT]: posts ZIPs to the built server at the same time. It prints the answers, the peak
// size of the temporary folder, and how long requests of /api/health took.
// Kinds: overlap (1.3 MB whose 32 entries are the same 64 MB), honest (1.3 MB that unpacks to 64 MB without a picture).
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { startServer } from './server.mjs';

const COUNT = Number(process.argv[2] ?? 8);
const UNPACKED_BYTES = 64e6;
const RANDOM_BYTES_OF_1000 = 18;

/** Random bytes among zeros, packed to about a fiftieth: the largest ratio that is accepted for a slide. */
function unpackedFile() {
  const bytes = Buffer.alloc(UNPACKED_BYTES);
  for (let at = 0; at < bytes.length; at += 1000)
    for (let i = 0; i < RANDOM_BYTES_OF_1000; i++) bytes[at + i] = Math.random() * 256;
  return bytes;
}

/** A ZIP of one file that its directory lists `listed` times. */
function drawZip(bytes, listed) {
  const packed = deflateRawSync(bytes, { level: 9 });
  const shared = Buffer.alloc(26);
  shared.writeUInt16LE(20, 0);
  shared.writeUInt16LE(8, 4);
  shared.writeUInt32LE(crc32(bytes), 10);
  shared.writeUInt32LE(packed.length, 14);
  shared.writeUInt32LE(bytes.length, 18);
  shared.writeUInt16LE(4, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), shared, Buffer.from('0000'), packed]);
  const central = Buffer.concat(
    Array.from({ length: listed }, (_, i) =>
      Buffer.concat([
        Buffer.from('PK\x01\x02\x14\x03'),
        shared,
        Buffer.alloc(14),
        Buffer.from(String(i).padStart(4, '0')),
      ]),
    ),
  );
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(listed, 8);
  end.writeUInt16LE(listed, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

function bytesUnder(folder) {
  let sum = 0;
  for (const name of readdirSync(folder, { recursive: true })) {
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    if (found?.isFile()) sum += found.size;
  }
  return sum;
}

async function post(url, zip) {
  const form = new FormData();
  form.set('img', new Blob([zip]), 'slide.zip');
  const response = await fetch(`${url}/api/infer?resolution=40x`, { method: 'POST', body: form });
  const { code, detail } = await response.json();
  return { status: `${response.status} ${code}`, detail, retry: response.headers.get('Retry-After') };
}

async function flood(url, folder, kind, zip) {
  const started = performance.now();
  let isOver = false;
  const posts = Promise.all(Array.from({ length: COUNT }, () => post(url, zip))).finally(() => {
    isOver = true;
  });
  const probes = [];
  let peakBytes = 0;
  while (!isOver) {
    const before = performance.now();
    const { status } = await fetch(`${url}/api/health`);
    probes.push({ status, ms: performance.now() - before });
    peakBytes = Math.max(peakBytes, bytesUnder(folder));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const answers = await posts;
  const times = probes.map(({ ms }) => Math.round(ms)).sort((a, b) => a - b);
  const counts = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  console.log(
    JSON.stringify({
      ...{ kind, zips: COUNT, zipBytes: zip.length, seconds: Math.round(performance.now() - started) / 1000, counts },
      details: [...new Set(answers.map(({ detail }) => detail))],
      ...{ peakTempMegabytes: Math.round(peakBytes / 1e6), leftBytes: bytesUnder(folder) },
      ...{ probes: probes.length, failed: probes.filter(({ status }) => status !== 200).length },
      ...{ healthMedianMs: times[times.length >> 1], healthWorstMs: times.at(-1) },
    }),
  );
}

const bytes = unpackedFile();
const zips = { overlap: drawZip(bytes, 32), honest: drawZip(bytes, 1) };
const folder = mkdtempSync(join(tmpdir(), 'zip-flood-'));
const server = await startServer({ TMPDIR: folder });
try {
  for (const [kind, zip] of Object.entries(zips)) await flood(server.url, folder, kind, zip);
} finally {
  server.stop();
  rmSync(folder, { recursive: true, force: true });
}
