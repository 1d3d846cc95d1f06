// Slides for measurements: those of the simulator, and sparse ones that share the tiles of the shipped sample.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const FOLDER = '.restain/bench';
const SAMPLE = 'public/samples/slide-ki67.tif';
const PYTHON = 'training/.venv/bin/python';
const TILE = 512;
const [SHORT, LONG, RATIONAL] = [3, 4, 5];
const BYTES = { [SHORT]: 2, [LONG]: 4, [RATIONAL]: 8 };

/** Draws a slide of `side` px with its truth once, and gives its path from then on. */
export function drawSimulated(side) {
  const path = join(FOLDER, `slide-${side}.tif`);
  if (existsSync(path.replace('.tif', '.truth.json'))) return path;
  if (!existsSync(PYTHON)) throw new Error(`To draw a slide, run training/setup.sh first: there is no ${PYTHON}.`);
  mkdirSync(FOLDER, { recursive: true });
  const args = ['-m', 'restain_training.slide', resolve(path), '--side', String(side)];
  execFileSync(PYTHON, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, OPENBLAS_NUM_THREADS: '1' },
  });
  return path;
}

/** The truth beside a slide; null where there is none. */
export function truthOf(path) {
  const truth = path.replace(/\.tiff?$/, '.truth.json');
  return existsSync(truth) ? JSON.parse(readFileSync(truth, 'utf8')) : null;
}

/**
 * The levels of a TIFF of ours, classic and little-endian, as far as each halves the one before: where the tiles of each lie.
 * The shipped sample has one such level, and the copy that a server keeps of it has all.
 */
function readLevels(file) {
  const levels = [];
  let at = file.readUInt32LE(4);
  while (at !== 0) {
    const tags = new Map();
    const entries = file.readUInt16LE(at);
    for (let entry = at + 2; entry < at + 2 + 12 * entries; entry += 12) {
      const [tag, kind, count] = [file.readUInt16LE(entry), file.readUInt16LE(entry + 2), file.readUInt32LE(entry + 4)];
      const read = (from) => (kind === SHORT ? file.readUInt16LE(from) : file.readUInt32LE(from));
      const from = count * (BYTES[kind] ?? 1) <= 4 ? entry + 8 : file.readUInt32LE(entry + 8);
      if (kind === SHORT || kind === LONG)
        tags.set(
          tag,
          Array.from({ length: count }, (_, i) => read(from + BYTES[kind] * i)),
        );
    }
    const [width] = tags.get(256);
    const isNext = levels.length === 0 || Math.abs(width - levels[0].width / 2 ** levels.length) < 1;
    if (!isNext || tags.get(322)[0] !== TILE) break;
    const [photometric] = tags.get(262);
    const across = Math.ceil(width / TILE);
    levels.push({ width, across, photometric, offsets: tags.get(324), counts: tags.get(325), sampling: tags.get(530) });
    at = file.readUInt32LE(at + 2 + 12 * entries);
  }
  return levels;
}

/**
 * Writes a slide of `side` px in which the shipped sample stands as often as it takes for a `share` of tissue, spread evenly
 * over glass. All copies share their tiles, so the file is small and quickly written.
 *
 * @param source - the sample; of the copy that a server keeps of it, with its smaller levels, which need not be made then
 * @returns how many megapixels of tissue and how many nuclei, and of them positive ones, there truly are
 */
export async function writeSparse(path, side, share, source = readFileSync(SAMPLE)) {
  const truth = JSON.parse(readFileSync('public/samples/slides.json', 'utf8')).find(({ file }) =>
    SAMPLE.endsWith(file),
  );
  const levels = readLevels(source);
  const [{ across }] = levels;
  const places = Math.floor(side / TILE / across);
  const copies = Math.max(1, Math.round((share * side ** 2) / truth.tissuePx2));
  if (copies > places ** 2) throw new Error(`${copies} samples do not fit into ${side} px; at most ${places ** 2} do.`);
  const used = new Set(Array.from({ length: copies }, (_, i) => Math.floor((i * places ** 2) / copies)));
  const file = await open(path, 'w');
  let end = 8;
  const append = async (bytes) => {
    await file.write(bytes, 0, bytes.length, end);
    end += bytes.length;
    return end - bytes.length;
  };
  await file.write(Buffer.from([0x49, 0x49, 42, 0, 0, 0, 0, 0]), 0, 8, 0);
  // The tiles come as they lie in the sample.
  const base = await append(source);
  /** Where the place of the next directory is written. */
  let link = 4;
  for (const [n, level] of levels.entries()) {
    // A level in which a sample does not begin with a tile is left out, with those below it.
    if (across % 2 ** n !== 0) break;
    const inSample = across / 2 ** n;
    const sideHere = Math.ceil(side / 2 ** n);
    const columns = Math.ceil(sideHere / TILE);
    const [offsets, lengths] = [[], []];
    for (let index = 0; index < columns ** 2; index++) {
      const [x, y] = [index % columns, Math.floor(index / columns)];
      const [column, row] = [Math.floor(x / inSample), Math.floor(y / inSample)];
      const isCopy = column < places && row < places && used.has(row * places + column);
      const [inX, inY] = [x % inSample, y % inSample];
      // The first tile of the sample is glass. With smaller levels glass is left out, as scanners do: it is passed on at once.
      const from = isCopy && inX < level.across && inY < level.across ? level.offsets[inY * level.across + inX] : null;
      const isLeftOut = from === null && levels.length > 1;
      offsets.push(isLeftOut ? 0 : base + (from ?? levels[0].offsets[0]));
      const length = from === null ? levels[0].counts[0] : level.counts[inY * level.across + inX];
      lengths.push(isLeftOut ? 0 : length);
    }
    link = await writeDirectory(file, append, {
      ...{ link, level, side: sideHere, isSmaller: n > 0, offsets, lengths },
      micronsPerPixel: truth.micronsPerPixel * 2 ** n,
    });
  }
  await file.close();
  return {
    total: copies * truth.slide.total,
    positive: copies * truth.slide.positive,
    percentPositive: truth.slide.percentPositive,
    tissueMegapixels: (copies * truth.tissuePx2) / 1e6,
  };
}

/** Writes a directory behind all, and its place where the one before expects it. @returns where it expects the next */
async function writeDirectory(file, append, { link, level, side, isSmaller, micronsPerPixel, offsets, lengths }) {
  const longs = (...values) => Buffer.from(Uint32Array.from(values).buffer);
  const shorts = (...values) => Buffer.from(Uint16Array.from(values).buffer);
  const resolution = longs(Math.round(1e7 / micronsPerPixel), 1000);
  const entries = [
    [254, LONG, longs(isSmaller ? 1 : 0)],
    [256, LONG, longs(side)],
    [257, LONG, longs(side)],
    [258, SHORT, shorts(8, 8, 8)],
    [259, SHORT, shorts(7)],
    [262, SHORT, shorts(level.photometric)],
    [277, SHORT, shorts(3)],
    [282, RATIONAL, resolution],
    [283, RATIONAL, resolution],
    [284, SHORT, shorts(1)],
    [296, SHORT, shorts(3)],
    [322, LONG, longs(TILE)],
    [323, LONG, longs(TILE)],
    [324, LONG, Buffer.from(Uint32Array.from(offsets).buffer)],
    [325, LONG, Buffer.from(Uint32Array.from(lengths).buffer)],
    ...(level.sampling ? [[530, SHORT, shorts(...level.sampling)]] : []),
  ];
  const body = Buffer.alloc(2 + 12 * entries.length + 4);
  body.writeUInt16LE(entries.length, 0);
  for (const [i, [tag, kind, bytes]] of entries.entries()) {
    const at = 2 + 12 * i;
    body.writeUInt16LE(tag, at);
    body.writeUInt16LE(kind, at + 2);
    body.writeUInt32LE(bytes.length / BYTES[kind], at + 4);
    if (bytes.length > 4) body.writeUInt32LE(await append(bytes), at + 8);
    else bytes.copy(body, at + 8);
  }
  const place = await append(body);
  await file.write(longs(place), 0, 4, link);
  return place + body.length - 4;
}
