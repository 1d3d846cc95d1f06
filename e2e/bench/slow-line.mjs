// `npm run bench -- --slow-line [SIDE]`: opens a result of SIDE px (1228) in Chromium with an empty cache over 1.6 Mbit/s and 300 ms.
// It prints when its number, a picture, its own picture and its live numbers are there, and what was sent for it. Then how long
// its ZIP takes without such a line.
import os from 'node:os';
import { chromium } from '@playwright/test';
import { drawField } from './fields.mjs';
import { analyse } from './requests.mjs';
import { startServer } from './server.mjs';

const side = Number(process.argv[2] ?? 1228);
const LINE = { offline: false, downloadThroughput: 1.6e6 / 8, uploadThroughput: 1.6e6 / 8, latency: 300 };
const LONGEST_MS = 300_000;

const server = await startServer({ LOG_LEVEL: 'warn' });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH || '/usr/bin/chromium',
  args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu'],
});
try {
  const id = await analyse(server.url, await drawField(side));
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', LINE);
  const [types, bytes] = [new Map(), {}];
  session.on('Network.responseReceived', ({ requestId, type }) => types.set(requestId, type));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const type = types.get(requestId) ?? 'Other';
    bytes[type] = (bytes[type] ?? 0) + encodedDataLength;
  });
  const opened = performance.now();
  const seconds = () => ((performance.now() - opened) / 1000).toFixed(1);
  const when = (locator) => locator.first().waitFor({ timeout: LONGEST_MS }).then(seconds);
  const picture = page
    .waitForFunction(
      () => [...document.images].some(({ alt, naturalWidth }) => alt === 'The image' && naturalWidth > 0),
      null,
      {
        timeout: LONGEST_MS,
      },
    )
    .then(seconds);
  const times = [
    ['number', when(page.getByTestId('percent-pos'))],
    ['a picture', picture],
    ['its own picture', when(page.locator('canvas[aria-label="Image view"]'))],
    ['live', when(page.locator('section[aria-label="Score"][aria-busy=false]'))],
  ];
  await page.goto(`${server.url}/analyses/${id}`, { waitUntil: 'commit', timeout: LONGEST_MS });
  console.log(
    `${os.cpus()[0].model}, ${os.availableParallelism()} cores, Chromium ${browser.version()}, ${side} x ${side} px`,
  );
  for (const [name, time] of times) console.log(`${name} after ${await time} s`);
  for (const [type, sum] of Object.entries(bytes)) console.log(`${type}: ${Math.round(sum / 1000)} kB`);
  const asked = performance.now();
  const zip = await fetch(`${server.url}/api/analyses/${id}/exports/all.zip`);
  const size = (await zip.arrayBuffer()).byteLength;
  console.log(
    `ZIP: ${((performance.now() - asked) / 1000).toFixed(1)} s, ${(size / 1e6).toFixed(1)} MB (${zip.status})`,
  );
} finally {
  await browser.close();
  server.stop();
}
