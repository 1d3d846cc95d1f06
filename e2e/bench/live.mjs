// Part of `npm run bench`: opens a result in Chromium and moves its sliders. It prints how long numbers (estimated, then
// exact) and outlines take to follow, the error of the estimates, the memory of the tab, and its frame times. Before, the way of
// a dropped picture from the start of its analysis to live numbers, by marks that the page sets itself.
// Arguments: side of the field in px (3000), and to how many places each slider is moved (9).
import os from 'node:os';
import { chromium } from '@playwright/test';
import { drawField } from './fields.mjs';
import { analyse } from './requests.mjs';
import { readUsage, startServer } from './server.mjs';

const side = Number(process.argv[2] ?? 3000);
const PLACES = Number(process.argv[3] ?? 9);
/** Pictures that are brought, one after the other. */
const RUNS = 3;
/** Time for the page to find nuclei at several thresholds in advance, for its estimates. */
const AT_REST_MS = 8000;

/** In the page: moves a slider through its places and measures when numbers, outlines and exact numbers appear. */
async function moveSlider({ name, from, to, places }) {
  const slider = document.querySelector(`input[type=range][aria-label="${name}"]`);
  const score = document.querySelector('section[aria-label="Score"]');
  const write = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
  const pen = CanvasRenderingContext2D.prototype;
  const stroke = pen.stroke;
  let drawnAt = 0;
  pen.stroke = function (...args) {
    drawnAt ||= performance.now();
    return stroke.apply(this, args);
  };
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const took = { outlines: [], numbers: [], exact: [], errors: [] };
  const isBusy = () => score.getAttribute('aria-busy') === 'true';
  const total = () => Number(score.querySelector('[data-testid=num-total]').textContent);
  for (let n = 0; n < places; n++) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    drawnAt = 0;
    const began = performance.now();
    write.call(slider, String(Math.round(from + ((to - from) * n) / (places - 1))));
    slider.dispatchEvent(new Event('change', { bubbles: true }));
    await frame();
    while (isBusy() && !score.textContent.includes('about')) await frame();
    took.numbers.push(performance.now() - began);
    const first = total();
    while (isBusy()) await frame();
    took.exact.push(performance.now() - began);
    took.errors.push((100 * Math.abs(first - total())) / total());
    while (drawnAt === 0) await frame();
    took.outlines.push(drawnAt - began);
  }
  pen.stroke = stroke;
  return took;
}

/** In the page: starts to measure frame times. `window.stopWatching` ends that and returns them. */
function watchFrames() {
  const gaps = [];
  let before = performance.now();
  let request = requestAnimationFrame(function next(now) {
    gaps.push(now - before);
    before = now;
    request = requestAnimationFrame(next);
  });
  window.stopWatching = () => {
    cancelAnimationFrame(request);
    return gaps.slice(1);
  };
}

/** Frame times while the picture is dragged back and forth and zoomed in and out. */
async function moveAbout(page) {
  const box = await page.locator('canvas[aria-label="Image view"]').boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.evaluate(watchFrames);
  for (const direction of [1, -1]) {
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 0.4 * direction * box.width, y + 0.4 * direction * box.height, { steps: 60 });
    await page.mouse.up();
    for (let n = 0; n < 8; n++) {
      await page.mouse.wheel(0, -100 * direction);
      await page.waitForTimeout(60);
    }
  }
  return page.evaluate(() => window.stopWatching());
}

/** Peak resident memory of the tab's process in bytes, workers included, since it was opened. */
async function tabPeakBytes() {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const renderers = processInfo.filter(({ type }) => type === 'renderer');
  return Math.max(...renderers.map(({ id }) => readUsage(id).peakBytes));
}

function summary(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: Math.round(sorted[sorted.length >> 1]), most: Math.round(sorted.at(-1)) };
}

const spread = (values) => `${summary(values).median} (${summary(values).most})`;

const SLIDERS = [
  { name: 'Segmentation threshold', reset: 'segmentation', from: 60, to: 200 },
  { name: 'Minimum size', reset: 'size', from: 60, to: 400 },
  { name: 'Marker threshold', reset: 'marker', from: 250, to: 60 },
];

/** Brings a picture as a user does. @returns seconds from the accepted start to a number, and to numbers that follow the sliders */
async function acceptToLive(url, field) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(url, { waitUntil: 'networkidle' });
  await page.locator('input[type=file]').setInputFiles({ name: 'field.png', mimeType: 'image/png', buffer: field });
  await page.getByRole('button', { name: 'I accept' }).click();
  await page.getByRole('radio', { name: '40x' }).click({ timeout: 120_000 });
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  const marks = await page.waitForFunction(
    () => {
      const at = (name) => performance.getEntriesByName(`restain-${name}`, 'mark')[0]?.startTime;
      const [accepted, number, live] = ['accepted', 'number', 'live'].map(at);
      return live && { number: (number - accepted) / 1000, live: (live - accepted) / 1000 };
    },
    null,
    { timeout: 600_000 },
  );
  const seconds = await marks.jsonValue();
  await page.close();
  return seconds;
}

const server = await startServer({ LOG_LEVEL: 'warn' });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH || '/usr/bin/chromium',
  args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu'],
});
try {
  const field = await drawField(side);
  for (let run = 0; run < RUNS; run++) {
    const { number, live } = await acceptToLive(server.url, field);
    console.log(`From the accepted start: a number after ${number.toFixed(1)} s, live after ${live.toFixed(1)} s.`);
  }
  const id = await analyse(server.url, field);
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const opened = performance.now();
  await page.goto(`${server.url}/analyses/${id}`);
  const settled = () => page.locator('section[aria-label="Score"][aria-busy=false]').waitFor({ timeout: 300_000 });
  await settled();
  const ready = performance.now() - opened;
  await page.waitForTimeout(AT_REST_MS);
  console.log(`${os.cpus()[0].model}, ${os.availableParallelism()} cores, Chromium ${browser.version()}`);
  console.log(`${side} x ${side}, ${await page.getByTestId('num-total').textContent()} nuclei; ready after`);
  console.log(`${(ready / 1000).toFixed(1)} s. Milliseconds over ${PLACES} places, median (maximum):\n`);
  const rows = {};
  for (const view of ['whole picture in sight', 'at 1:1']) {
    if (view === 'at 1:1') await page.getByRole('button', { name: 'One to one' }).click();
    for (const { name, reset, from, to } of SLIDERS) {
      const { outlines, numbers, exact, errors } = await page.evaluate(moveSlider, { name, from, to, places: PLACES });
      await page.getByRole('button', { name: `Reset ${reset}` }).click();
      await settled();
      rows[`${name}, ${view}`] = {
        numbers: spread(numbers),
        outlines: spread(outlines),
        exact: spread(exact),
        'error of the estimate, %': Math.max(...errors).toFixed(1),
      };
    }
  }
  console.table(rows);
  const frames = summary(await moveAbout(page));
  console.log(`Dragged and zoomed: a frame takes ${frames.median} ms (median), at most ${frames.most} ms.`);
  console.log(`Peak memory of the tab: ${((await tabPeakBytes()) / 1e9).toFixed(2)} GB.`);
} finally {
  await browser.close();
  server.stop();
}
