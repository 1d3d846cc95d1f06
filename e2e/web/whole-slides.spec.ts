import { mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import sharp from 'sharp';
import { TERMS_HEADER, TERMS_VERSION } from '@/lib/contracts/analysis';
import { Slide, slidePaths } from '@/lib/contracts/slide';
import { expect, test } from '../fixtures';
import { drawTissue } from '../test-files';

let folder: string;
let path: string;
const [width, height] = [12_800, 9_600];

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'restain-e2e-'));
  path = join(folder, 'slide.tif');
  const { buffer: tile } = await drawTissue(8);
  await sharp({ create: { width, height, channels: 3, background: '#fff' }, limitInputPixels: false })
    .composite([{ input: tile, tile: true }])
    .withMetadata({ density: 101_600 })
    .tiff({ tile: true, pyramid: true, tileWidth: 256, tileHeight: 256, compression: 'jpeg' })
    .toFile(path);
});
test.afterAll(() => rm(folder, { recursive: true }));

const slideOf = async (page: Page, id: string) =>
  Slide.parse(await (await page.request.get(slidePaths.one(id))).json());

/** Sends the slide as a script does. @returns the id of its edit link, once it is ready */
async function sendSlide(page: Page): Promise<string> {
  const bytes = await readFile(path);
  const headers = { [TERMS_HEADER]: TERMS_VERSION };
  const created = Slide.parse(
    await (await page.request.post(slidePaths.create, { headers, data: { bytes: bytes.length } })).json(),
  );
  for (const { url, headers: own, offset, bytes: length } of created.upload?.missing ?? [])
    expect((await page.request.put(url, { headers: own, data: bytes.subarray(offset, offset + length) })).ok()).toBe(
      true,
    );
  expect((await page.request.post(slidePaths.ingest(created.id), { data: {} })).status()).toBe(202);
  await expect.poll(async () => (await slideOf(page, created.id)).state, { timeout: 60_000 }).toBe('ready');
  return created.id;
}

const canvas = (page: Page) => page.getByRole('img', { name: 'Slide view' });

/** The colour in the middle of the view, 0 to 255 each. */
const middle = (page: Page) =>
  canvas(page).evaluate((element) => {
    const view = element as HTMLCanvasElement;
    const { data } = view.getContext('2d')!.getImageData(view.width >> 1, view.height >> 1, 1, 1);
    return [...data.subarray(0, 3)];
  });

test('a slide is kept whole, and looked at from far and near', async ({ home, page, isMobile }) => {
  await home.choose(path);
  await page.waitForURL(/\/slides\/[\w-]{22}/, { timeout: 60_000 });
  await expect(canvas(page)).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText('12,800 x 9,600 px, 3.2 x 2.4 mm')).toBeVisible();
  await expect(page.getByText('the file’s own JPEG tiles, without loss')).toBeVisible();
  await expect.poll(() => middle(page)).not.toEqual([0, 0, 0]);

  await page.getByRole('button', { name: 'Magnify 20x' }).click();
  await expect(page.getByTestId('magnification')).toHaveText('20x');
  await expect(page).toHaveURL(/zoom=0\.5$/);
  await expect(page.getByTestId('scale-bar')).toContainText('µm');
  const { violations } = await new AxeBuilder({ page }).include('main').analyze();
  expect(violations).toEqual([]);

  // A place that is shared is the place that is seen.
  await page.goto(`${new URL(page.url()).pathname}?x=3000&y=2000&zoom=1`);
  await expect(page.getByTestId('crosshair')).toBeVisible();
  await expect(page.getByTestId('magnification')).toHaveText('40x');
  const stored = await sharp(path)
    .extract({ left: 2990, top: 1990, width: 20, height: 20 })
    .resize(1, 1)
    .raw()
    .toBuffer();
  await expect
    .poll(async () => Math.max(...(await middle(page)).map((value, i) => Math.abs(value - (stored[i] ?? 0)))))
    .toBeLessThan(90);
  await page.getByRole('button', { name: 'Turn by 90°' }).click();
  await expect(page).toHaveURL(/x=3000&y=2000&zoom=1$/);
  if (isMobile) return;
  await page.getByRole('button', { name: 'Keep for a week' }).click();
  await expect(page.getByRole('button', { name: 'Keep for a week' })).toHaveCount(0);
});

test('a view link shows a slide and changes nothing; deleted is deleted', { tag: '@once' }, async ({ page }) => {
  const id = await sendSlide(page);
  const { view_id: viewId, pyramid, thumbnail } = await slideOf(page, id);
  // All of the slide is seen before any script, and goes when the viewer has drawn.
  const small = await sharp(await (await page.request.get(thumbnail?.url ?? '')).body()).metadata();
  expect([small.format, small.width, small.height]).toEqual(['webp', 768, 576]);
  const sent = async (query: string) => (await page.request.get(`/slides/${viewId}${query}`)).text();
  expect(await sent('')).toMatch(/<img[^>]*data-testid="overview"/);
  expect(await sent('?x=3000&y=2000&zoom=1')).not.toMatch(/<img[^>]*data-testid="overview"/);
  await page.goto(`/slides/${viewId}`);
  await expect(page.getByTestId('overview')).toHaveCount(0);
  await expect(canvas(page)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Copy view link' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Delete now' })).toHaveCount(0);
  expect(await page.content()).not.toContain(id);

  await page.goto(`/slides/${id}`);
  await page.getByRole('button', { name: 'Delete now' }).click();
  await page.getByRole('button', { name: 'Delete everything' }).click();
  await page.waitForURL('/');
  expect((await page.request.get(slidePaths.one(viewId))).status()).toBe(404);
  expect((await page.request.get(pyramid?.url ?? '')).status()).toBe(404);
  expect((await page.request.get(thumbnail?.url ?? '')).status()).toBe(404);
  await page.goto(`/slides/${viewId}`);
  await expect(page.getByRole('heading', { name: 'There is no slide at this address' })).toBeVisible();
});

test('a tile that cannot be read speaks, and is read again', { tag: '@once' }, async ({ page }) => {
  const id = await sendSlide(page);
  let isLost = false;
  await page.route(/\/api\/storage\//, (route) => (isLost ? route.abort() : route.continue()));
  // What is known of the slide comes with its page: the first picture waits for no other answer.
  await page.route(`**${slidePaths.one(id)}`, (route) => route.abort());
  await page.goto(`/slides/${id}`);
  await expect(canvas(page)).toBeVisible();
  await expect.poll(() => middle(page)).not.toEqual([0, 0, 0]);
  await page.unroute(`**${slidePaths.one(id)}`);
  isLost = true;
  await page.getByRole('button', { name: 'Magnify 40x' }).click();
  await expect(page.getByText(/A part of the slide could not be read/)).toBeVisible();
  isLost = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByText(/A part of the slide could not be read/)).toHaveCount(0);
  await page.request.delete(slidePaths.one(id));
});
