import { chromium } from '@playwright/test';

/** A result of a sample on a server, and what its stage shows, for the scripts that draw the pictures of our pages. */
export async function openSampleResult(server, sample) {
  const ask = async (path, method = 'GET', body) => {
    const headers = { 'Content-Type': 'application/json', 'Restain-Terms': '1' };
    const answer = await fetch(server + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const { id } = await ask('/api/analyses', 'POST', { sample });
  await ask(`/api/analyses/${id}/start`, 'POST', { resolution: '40x' });
  let analysis;
  do {
    await new Promise((resolve) => setTimeout(resolve, 500));
    analysis = await ask(`/api/analyses/${id}`);
  } while (analysis.state === 'queued' || analysis.state === 'running');

  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  const page = await browser.newPage({ viewport: { width: 1440, height: 1040 }, deviceScaleFactor: 1 });
  /** The canvas of a view as PNG. @param search - its query: `?view=inferred` */
  async function stageOf(search) {
    await page.goto(`${server}/analyses/${id}${search}`);
    const canvas = page.locator('canvas[aria-label="Image view"]');
    await canvas.waitFor();
    await page.getByText(/Unpacking the picture|Preparing the live preview/).waitFor({ state: 'hidden' });
    await page.waitForTimeout(3000);
    const shot = await canvas.evaluate((element) => element.toDataURL('image/png'));
    return Buffer.from(shot.split(',')[1], 'base64');
  }
  async function close() {
    await browser.close();
    await ask(`/api/analyses/${id}`, 'DELETE').catch(() => undefined);
  }
  return { result: analysis.result, stageOf, close };
}
