// `npm run bench -- --slide-page [SIDE]`: opens the page of a sparse slide of SIDE px (100000) in Chromium. It prints how long
// the first picture takes, and the script of the page in each frame while it flies across the slide, and back at other zooms.
// With `profile` behind, the functions that take most of it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { ask, ingest, sendSlide, until } from './requests.mjs';
import { startServer } from './server.mjs';
import { writeSparse } from './slide-files.mjs';

const options = process.argv.slice(2);
const side = Number(options.find((option) => /^\d+$/.test(option)) ?? 100_000);
const isProfiled = options.includes('profile');
const SPARSE_TISSUE = 0.1;
const OPENINGS = 5;
/** CSS pixels to a pixel of the slide: some screens to the slide's width, 5x, 20x. */
const ZOOMS = [0.05, 0.125, 0.5];
const LEGS = 3;
const SHOWN = 15;

/** In the page: notes in ms since it was asked for when the overview is shown, and when the viewer has its first pixel. */
function watchPictures() {
  requestAnimationFrame(function look() {
    const overview = document.querySelector('img[data-testid="overview"]');
    if (overview?.complete && overview.naturalWidth > 0) window.firstPicture ??= performance.now();
    const canvas = document.querySelector('canvas[aria-label="Slide view"]');
    const { width = 0, height = 0 } = canvas ?? {};
    const pixel = width > 0 && canvas.getContext('2d').getImageData(width >> 1, height >> 1, 1, 1).data;
    if (pixel?.[3] === 255) window.viewer = performance.now();
    else requestAnimationFrame(look);
  });
}

/** In the page, before its script: measures what is done in each frame. `window.takeFrames` gives that since the last time. */
function watchFrames() {
  const request = window.requestAnimationFrame.bind(window);
  let [spent, frames] = [0, []];
  window.requestAnimationFrame = (callback) =>
    request((now) => {
      const began = performance.now();
      callback(now);
      spent += performance.now() - began;
    });
  request(function next() {
    frames.push(spent);
    spent = 0;
    request(next);
  });
  window.takeFrames = () => {
    const taken = frames;
    frames = [];
    return taken;
  };
}

/** Drags the slide again and again in one direction, and then back. */
async function fly(page) {
  const box = await page.locator('canvas[aria-label="Slide view"]').boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const reach = { x: 0.35 * box.width, y: 0.25 * box.height };
  for (const direction of [1, -1])
    for (let leg = 0; leg < LEGS; leg++) {
      await page.mouse.move(x + direction * reach.x, y + direction * reach.y);
      await page.mouse.down();
      await page.mouse.move(x - direction * reach.x, y - direction * reach.y, { steps: 40 });
      await page.mouse.up();
    }
}

/** Functions of a profile with the milliseconds in each itself. */
function functionsOf({ nodes, samples, timeDeltas }) {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber, columnNumber } }) => [
      id,
      `${functionName || '(anonymous)'} ${url.split('/').at(-1)}:${lineNumber + 1}:${columnNumber + 1}`,
    ]),
  );
  const sums = new Map();
  samples.forEach((id, i) => {
    sums.set(names.get(id), (sums.get(names.get(id)) ?? 0) + timeDeltas[i] / 1000);
  });
  return [...sums].filter(([name]) => !/^\((idle|program)\)/.test(name)).sort((a, b) => b[1] - a[1]);
}

const whole = (times) => times.map((ms) => Math.round(ms)).join(', ');
const sorted = (values) => [...values].sort((a, b) => a - b);
const median = (values) => sorted(values)[values.length >> 1];
const at95 = (values) => sorted(values)[Math.floor(values.length * 0.95)];

const folder = mkdtempSync(join(os.tmpdir(), 'restain-slide-page-'));
const path = join(folder, 'sparse.tif');
const server = await startServer({ LOG_LEVEL: 'warn', STORAGE_DIR: join(folder, 'storage') });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH || '/usr/bin/chromium',
  args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu'],
});
try {
  // The server's own copy of the sample has all levels, so that none of the large slide has to be made.
  const { id: sample } = await ask(`${server.url}/api/slides`, 'POST', { sample: 'slide-ki67' });
  const { pyramid } = await until(`${server.url}/api/slides/${sample}`, ({ state }) => state === 'ready');
  const kept = await fetch(new URL(pyramid.url, server.url));
  await writeSparse(path, side, SPARSE_TISSUE, Buffer.from(await kept.arrayBuffer()));
  const id = await sendSlide(server.url, path);
  await ingest(server.url, id);
  await ask(`${server.url}/api/slides/${id}/annotations`); // The tissue is found at the first look.
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  console.log(
    `${os.cpus()[0].model}, ${os.availableParallelism()} cores, commit ${commit}, Chromium ${browser.version()}`,
  );
  console.log(`load ${os.loadavg()[0].toFixed(1)} before, ${side} x ${side} px\n`);

  const openings = [];
  const viewers = [];
  const inScript = [];
  for (let n = 0; n < OPENINGS; n++) {
    // Each with an empty cache.
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    await page.addInitScript(watchPictures);
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable');
    await page.goto(`${server.url}/slides/${id}`);
    viewers.push(await (await page.waitForFunction(() => window.viewer)).jsonValue());
    openings.push(await page.evaluate(() => window.firstPicture ?? window.viewer));
    const { metrics } = await session.send('Performance.getMetrics');
    inScript.push(1000 * metrics.find(({ name }) => name === 'ScriptDuration').value);
    await context.close();
  }
  console.log(
    `First picture after ${whole(openings)} ms, viewer after ${whole(viewers)} ms (script till then ${Math.round(median(inScript))} ms, median).`,
  );

  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.addInitScript(watchFrames);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  await session.send('Profiler.enable');
  const scriptMs = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1000 * metrics.find(({ name }) => name === 'ScriptDuration').value;
  };
  const rows = {};
  const functions = new Map();
  for (const zoom of ZOOMS) {
    await page.goto(`${server.url}/slides/${id}?x=${side / 2}&y=${side / 2}&zoom=${zoom}`);
    await page.locator('canvas[aria-label="Slide view"]').waitFor();
    await page.waitForTimeout(1500);
    const before = await scriptMs();
    await page.evaluate(() => window.takeFrames());
    if (isProfiled) await session.send('Profiler.start');
    await fly(page);
    if (isProfiled) {
      const { profile } = await session.send('Profiler.stop');
      for (const [name, ms] of functionsOf(profile)) functions.set(name, (functions.get(name) ?? 0) + ms);
    }
    const frames = await page.evaluate(() => window.takeFrames());
    const all = (await scriptMs()) - before;
    rows[`${zoom} CSS px to a pixel`] = {
      frames: frames.length,
      'in the frame, ms': median(frames).toFixed(1),
      'of 20 frames the slowest': at95(frames).toFixed(1),
      'all script, mean': (all / frames.length).toFixed(1),
    };
  }
  console.table(rows);
  for (const [name, ms] of [...functions].sort((a, b) => b[1] - a[1]).slice(0, SHOWN))
    console.log(`${ms.toFixed(0).padStart(6)} ms  ${name}`);
  console.log(`load ${os.loadavg()[0].toFixed(1)} after`);
} finally {
  await browser.close();
  server.stop();
  rmSync(folder, { recursive: true, force: true });
}
