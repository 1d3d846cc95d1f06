import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '../fixtures';
import { drawTissue } from '../test-files';

/** The beginning of a PNG whose header states 50,000 x 50,000 RGB pixels, with a correct checksum. */
const HEADER_OF_50000_SQUARED = Buffer.from(
  '89504e470d0a1a0a0000000d494844520000c3500000c3500802000000c4cdaa9d',
  'hex',
);

test('a broken image is refused with a sentence, and another one can be chosen', async ({ home, page }) => {
  const { buffer } = await drawTissue();
  await home.choose({ name: 'broken.png', mimeType: 'image/png', buffer: buffer.subarray(0, 200) });
  await expect(home.problem).toHaveText(/\w+ .+ \w+/, { timeout: 60_000 });
  await expect(page.getByRole('heading', { name: 'This image was not taken' })).toBeFocused();
  await expect(page.getByText('broken.png')).toBeVisible();

  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Choose another image' }).click();
  await (await chooser).setFiles(await drawTissue(2));
  await expect(home.startButton).toBeVisible();
  await expect(home.problem).toBeHidden();
});

test('a file that is no image says so, and leads back', { tag: '@once' }, async ({ home, page }) => {
  await home.choose({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('These are notes.') });
  await expect(home.problem).toContainText(/image|PNG/, { timeout: 60_000 });
  await page.getByRole('button', { name: 'Back' }).click();
  await expect(home.chooseButton).toBeVisible();
});

test('the name of a file is shown as text, whatever it says', { tag: '@once' }, async ({ home, page }) => {
  const dialogs: string[] = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    return dialog.dismiss();
  });
  const name = '"><img src=x onerror=alert(1)><script>alert(2)</script>.png';
  await home.choose({ name, mimeType: 'text/html', buffer: (await drawTissue(2)).buffer });
  await expect(home.startButton).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(name)).toBeVisible();
  await expect(page.locator('img[src="x"]')).toHaveCount(0);
  await home.cancelButton.click();
  await home.choose({ name, mimeType: 'image/png', buffer: Buffer.from('none') });
  await expect(home.problem).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(name)).toBeVisible();
  expect(dialogs).toEqual([]);
});

test('a file over the limit is not even sent', { tag: '@once' }, async ({ home, page, request }) => {
  const { limits } = await (await request.get('/api/health')).json();
  const folder = await mkdtemp(join(tmpdir(), 'restain-'));
  const path = join(folder, 'huge.tif');
  const file = await open(path, 'w');
  await file.truncate(limits.slide_bytes + 1);
  await file.close();
  const posts: string[] = [];
  page.on('request', (sent) => sent.method() === 'POST' && posts.push(sent.url()));
  try {
    await home.fileInput.setInputFiles(path);
    await expect(home.problem).toContainText(/huge\.tif is [\d.]+ GB; this server takes images of up to [\d.]+ GB/);
    await expect(home.chooseButton).toBeVisible();
    expect(posts).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('an image of too many pixels, which is none, becomes no slide and says why', { tag: '@once' }, async ({
  home,
  page,
}) => {
  const { buffer } = await drawTissue(1);
  const bomb = Buffer.concat([HEADER_OF_50000_SQUARED, buffer.subarray(HEADER_OF_50000_SQUARED.length)]);
  await home.choose({ name: 'bomb.png', mimeType: 'image/png', buffer: bomb });
  await page.waitForURL(/\/slides\//, { timeout: 60_000 });
  await expect(page.getByRole('heading', { name: 'The slide could not be kept' })).toBeVisible({ timeout: 60_000 });
  await expect(home.problem).toContainText('The PNG file is cut short or damaged');
});

test('a server that is gone for a moment in mid-upload costs nothing', { tag: '@once' }, async ({ home, page }) => {
  let cuts = 2;
  await page.route('**/upload/1**', (route) => (cuts-- > 0 ? route.abort('connectionreset') : route.continue()));
  await home.bring(await drawTissue(2));
  expect(cuts).toBeLessThan(0);
  await expect(home.problem).toBeHidden();
});

test('a server that fetches its formats first is waited for, and says so', { tag: '@once' }, async ({ home, page }) => {
  let refusals = 2;
  await page.route('**/verify', (route) =>
    refusals-- > 0
      ? route.fulfill({
          status: 503,
          headers: { 'Content-Type': 'application/problem+json', 'Retry-After': '2' },
          body: JSON.stringify({
            ...{ type: 'about:blank', title: 'Server busy', status: 503, code: 'reader_unavailable', instance: 'x' },
            detail: 'The microscope formats are being fetched; send it again in 2 s.',
          }),
        })
      : route.continue(),
  );
  await home.choose(await drawTissue(2));
  const words = 'The microscope formats are being fetched; send it again in 2 s. This page repeats it automatically.';
  await expect(page.getByText(words)).toBeVisible({ timeout: 60_000 });
  await expect(home.startButton).toBeVisible({ timeout: 60_000 });
  expect(refusals).toBeLessThan(0);
});

test('a server that is gone leaves the image chosen, to be sent again', { tag: '@once' }, async ({ home, page }) => {
  await page.route('**/api/analyses', (route) => route.abort());
  await home.choose(await drawTissue(2));
  await expect(home.problem).toContainText('did not answer');
  await expect(home.picture).toBeVisible();
  await page.unroute('**/api/analyses');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(home.startButton).toBeVisible();
});

test('a start that fails can be tried again', { tag: '@once' }, async ({ home, page }) => {
  await home.bring(await drawTissue(2));
  await home.pick('40x');
  await page.route('**/start', (route) => route.abort());
  await home.startButton.click();
  await expect(home.problem).toContainText('did not answer');
  await page.unroute('**/start');
  await home.start();
  await home.result();
});

test('an address without a page says so and leads home', { tag: '@once' }, async ({ page }) => {
  const answer = await page.goto('/nowhere');
  expect(answer?.status()).toBe(404);
  await page.getByRole('link', { name: 'Analyse an image' }).click();
  await expect(page).toHaveURL('/');
});
