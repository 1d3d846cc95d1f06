// Draws the example of the home page anew: `node e2e/home-example.mjs http://localhost:3000`, of a server that runs this checkout.
// It opens the result of a sample in Chromium as a visitor does, and keeps what the stage shows, with its numbers.
import { writeFileSync } from 'node:fs';
import { chromium } from '@playwright/test';
import sharp from 'sharp';

const SAMPLE = 'ki67-40x';
const SIDE = 720;
const [server = 'http://localhost:3000'] = process.argv.slice(2);

const ask = async (path, method = 'GET', body) => {
  const headers = { 'Content-Type': 'application/json', 'Restain-Terms': '1' };
  const answer = await fetch(server + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
};

const { id } = await ask('/api/analyses', 'POST', { sample: SAMPLE });
await ask(`/api/analyses/${id}/start`, 'POST', { resolution: '40x' });
let analysis;
do {
  await new Promise((resolve) => setTimeout(resolve, 500));
  analysis = await ask(`/api/analyses/${id}`);
} while (analysis.state === 'queued' || analysis.state === 'running');
const { scoring, provenance } = analysis.result;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
const page = await browser.newPage({ viewport: { width: 1440, height: 1040 }, deviceScaleFactor: 1 });
for (const [name, search] of [
  ['ihc', '?outlines=off'],
  ['inferred', '?view=inferred'],
]) {
  await page.goto(`${server}/analyses/${id}${search}`);
  const canvas = page.locator('canvas[aria-label="Image view"]');
  await canvas.waitFor();
  await page.getByText(/Unpacking the picture|Preparing the live preview/).waitFor({ state: 'hidden' });
  await page.waitForTimeout(3000);
  const shot = await canvas.evaluate((element) => element.toDataURL('image/png'));
  // The picture is fitted into the stage: a square in its middle, whose rim may show the stage.
  const picture = sharp(Buffer.from(shot.split(',')[1], 'base64')).flatten({ background: '#ffffff' });
  const { width, height } = await picture.metadata();
  const side = Math.min(width, height) - 4;
  await picture
    .extract({ left: (width - side) >> 1, top: (height - side) >> 1, width: side, height: side })
    .resize(SIDE)
    .webp({ quality: 75 })
    .toFile(`public/home/${name}.webp`);
}
await browser.close();
const example = {
  ...{ sample: SAMPLE, model: provenance.model, total: scoring.num_total, positive: scoring.num_pos },
  percent: scoring.percent_pos,
};
writeFileSync('app/_home/example.json', `${JSON.stringify(example, null, 2)}\n`);
console.log(example);
await ask(`/api/analyses/${id}`, 'DELETE').catch(() => undefined);
