import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawTissue, expect, test } from '../fixtures';

/** Signature and first chunk of a PNG that promises 50,000 x 50,000 RGB pixels, with a right checksum. */
const HEADER_OF_50000_SQUARED = Buffer.from(
  '89504e470d0a1a0a0000000d494844520000c3500000c3500802000000c4cdaa9d',
  'hex',
);

test('a broken image is refused with a sentence, and another one can be chosen', async ({ home }) => {
  const { buffer } = await drawTissue();
  await home.choose({ name: 'broken.png', mimeType: 'image/png', buffer: buffer.subarray(0, 200) });
  await home.startButton.click();
  await expect(home.problem).toHaveText(/\w+ .+ \w+/);
  await expect(home.page.getByText('broken.png')).toBeVisible();

  await home.analyse(await drawTissue(2));
});

test('a file that is no image says so', async ({ home }) => {
  await home.choose({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('These are notes.') });
  await home.startButton.click();
  await expect(home.problem).toContainText(/image|PNG/);
});

test('a file over the limit is not even sent', async ({ home, page, request }) => {
  const { limits } = await (await request.get('/api/health')).json();
  const folder = await mkdtemp(join(tmpdir(), 'restain-'));
  const path = join(folder, 'huge.tif');
  const file = await open(path, 'w');
  await file.truncate(limits.upload_bytes + 1);
  await file.close();
  const posts: string[] = [];
  page.on('request', (sent) => sent.method() === 'POST' && posts.push(sent.url()));
  try {
    await home.choose(path);
    await expect(home.problem).toContainText(/huge\.tif is [\d.]+ MB; this server takes images of up to [\d.]+ MB/);
    await expect(home.chooseButton).toBeVisible();
    expect(posts).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('an image of too many pixels is refused with the limit', async ({ home }) => {
  const { buffer } = await drawTissue(1);
  const bomb = Buffer.concat([HEADER_OF_50000_SQUARED, buffer.subarray(HEADER_OF_50000_SQUARED.length)]);
  await home.choose({ name: 'bomb.png', mimeType: 'image/png', buffer: bomb });
  await home.startButton.click();
  await expect(home.problem).toContainText('megapixels');
});

test('when the server is gone the file stays chosen', async ({ home, page }) => {
  await home.choose(await drawTissue(2));
  await page.route('**/api/batch/infer', (route) => route.abort());
  await home.startButton.click();
  await expect(home.problem).toContainText('connection was lost');
  await page.unroute('**/api/batch/infer');
  await home.startButton.click();
  await home.result();
});

test('an address without a page says so and leads home', async ({ page }) => {
  const answer = await page.goto('/nowhere');
  expect(answer?.status()).toBe(404);
  await page.getByRole('link', { name: 'Analyse an image' }).click();
  await expect(page).toHaveURL('/');
});
