// `npm run bench:live`: opens a result in Chromium, moves its sliders, and prints how long numbers and outlines take to
// follow. Arguments: the side of the field in px (3000).
import os from 'node:os';
import { chromium } from '@playwright/test';
import { drawField } from './fields.mjs';
import { startServer } from './server.mjs';

const side = Number(process.argv[2] ?? 3000);
const PLACES = 9;

async function ask(url, method = 'GET', body = undefined) {
  const response = await fetch(url, {
    method,
    headers: { 'Restain-Terms': '1', ...(body && { 'Content-Type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return response.json();
}

/** The id of a finished analysis of a field, made as the site makes it. */
async function analyse(base, file) {
  const { id, upload } = await ask(`${base}/api/analyses`, 'POST', { bytes: file.length, type: 'image/png' });
  for (const { url, headers, offset, bytes } of upload.missing)
    await fetch(new URL(url, base), { method: 'PUT', headers, body: file.subarray(offset, offset + bytes) });
  await ask(`${base}/api/analyses/${id}/verify`, 'POST');
  await ask(`${base}/api/analyses/${id}/start`, 'POST', { resolution: '40x' });
  for (;;) {
    const { state, problem } = await ask(`${base}/api/analyses/${id}`);
    if (state === 'done') return id;
    if (state === 'failed') throw new Error(problem.detail);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** In the page: moves a slider through its places and notes when outlines are first drawn and when numbers are exact. */
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
  const took = { outlines: [], numbers: [] };
  for (let n = 0; n < places; n++) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    drawnAt = 0;
    const began = performance.now();
    write.call(slider, String(Math.round(from + ((to - from) * n) / (places - 1))));
    slider.dispatchEvent(new Event('change', { bubbles: true }));
    await frame();
    while (score.getAttribute('aria-busy') === 'true') await frame();
    took.numbers.push(performance.now() - began);
    while (drawnAt === 0) await frame();
    took.outlines.push(drawnAt - began);
  }
  pen.stroke = stroke;
  return took;
}

function summary(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: Math.round(sorted[sorted.length >> 1]), most: Math.round(sorted.at(-1)) };
}

const server = await startServer({ LOG_LEVEL: 'warn' });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH || '/usr/bin/chromium',
  args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu', '--enable-precise-memory-info'],
});
try {
  const id = process.argv[3] ?? (await analyse(server.url, await drawField(side)));
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const opened = performance.now();
  await page.goto(`${server.url}/analyses/${id}`);
  const score = page.getByRole('region', { name: 'Score' });
  await page.locator('section[aria-label="Score"][aria-busy=false]').waitFor({ timeout: 300_000 });
  console.log(`${os.cpus()[0].model}, ${os.availableParallelism()} cores, Chromium ${browser.version()}`);
  console.log(`${side} x ${side}, ${await page.getByTestId('num-total').textContent()} nuclei; ready to move after`);
  console.log(`${((performance.now() - opened) / 1000).toFixed(1)} s. Milliseconds over ${PLACES} places:\n`);
  const moves = [
    ['Segmentation threshold', 60, 200],
    ['Minimum size', 60, 400],
    ['Marker threshold', 250, 60],
  ];
  const rows = {};
  const measure = async (view) => {
    for (const [name, from, to] of moves) {
      const { outlines, numbers } = await page.evaluate(moveSlider, { name, from, to, places: PLACES });
      await page
        .getByRole('button', {
          name: `Reset ${name
            .split(' ')
            .at(name.startsWith('M') && name.endsWith('size') ? 1 : 0)
            .toLowerCase()}`,
        })
        .click();
      rows[`${name}, ${view}`] = {
        'numbers, median': summary(numbers).median,
        'numbers, most': summary(numbers).most,
        'outlines, median': summary(outlines).median,
        'outlines, most': summary(outlines).most,
      };
    }
  };
  await measure('whole picture in sight');
  await page.getByRole('button', { name: 'One to one' }).click();
  await measure('at 1:1');
  console.table(rows);
  await score.waitFor();
} finally {
  await browser.close();
  server.stop();
}
