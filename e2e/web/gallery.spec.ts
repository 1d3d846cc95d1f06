import { readdirSync, readFileSync, statSync } from 'node:fs';
import sharp from 'sharp';
import { Slide, slidePaths } from '@/lib/contracts/slide';
import { expect, test } from '../fixtures';

type Sample = { file: string; marker: string; stain: string; magnification: number; width: number; height: number };

const FOLDER = 'public/samples';
const samples = JSON.parse(readFileSync(`${FOLDER}/samples.json`, 'utf8')) as Sample[];

test('every sample has a thumbnail with its marker and magnification', async ({ home, page }) => {
  expect(samples.length).toBeGreaterThanOrEqual(12);
  const thumbnails = page.getByRole('region', { name: /Or try one of these/ }).getByRole('button');
  await expect(thumbnails).toHaveCount(samples.length);
  for (const [i, { marker, stain, magnification }] of samples.entries()) {
    const thumbnail = thumbnails.nth(i);
    await expect(thumbnail).toHaveAccessibleName(new RegExp(`^${stain === 'IHC' ? marker : stain} ${magnification}x`));
    await thumbnail.scrollIntoViewIfNeeded();
    await expect(thumbnail.locator('img')).toHaveJSProperty('naturalWidth', 320);
  }
  await expect(home.chooseButton).toBeVisible();
});

test('the shipped pictures are what their list says, and small together', { tag: '@once' }, async () => {
  for (const { file, width, height } of samples)
    expect(await sharp(`${FOLDER}/${file}`).metadata(), file).toMatchObject({ width, height });
  for (const magnification of [10, 20, 40]) expect(samples.some((s) => s.magnification === magnification)).toBe(true);
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' });
  const bytes = files.reduce((sum, file) => sum + statSync(`${FOLDER}/${file}`).size, 0);
  expect(bytes).toBeLessThan(18e6);
});

test('a sample proposes the pixel size at which it was drawn', { tag: '@once' }, async ({ home, page }) => {
  await home.sample(/^Ki67 20x/).click();
  await expect(page.getByRole('heading', { name: 'Check and start' })).toBeFocused();
  await expect(page.getByRole('radio', { name: '20x' })).toBeChecked();
  await expect(page.getByText('100 µm', { exact: true })).toBeVisible();
});

type SlideSample = {
  name: string;
  title: string;
  slide: { percentPositive: number };
  cores: { row: number; column: number }[];
};
const slides = JSON.parse(readFileSync(`${FOLDER}/slides.json`, 'utf8')) as SlideSample[];

for (const { name, title, slide, cores } of slides)
  test(`${title}: a visitor opens a slide of their own, and sees its true values`, {
    tag: cores.length > 0 ? '@once' : [],
  }, async ({ home, page }) => {
    await home.sample(new RegExp(`^${title}`)).click();
    await page.waitForURL(/\/slides\/[\w-]{22}/);
    await expect(page.getByRole('img', { name: 'Slide view' })).toBeVisible({ timeout: 120_000 });
    const truth = page.getByRole('region', { name: 'True values' });
    await expect(truth).toContainText(`${slide.percentPositive.toFixed(1)} %`);
    await expect(truth.getByRole('link', { name: /^Core [A-C][1-3]$/ })).toHaveCount(cores.length);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0);
    const place = truth.getByRole('link', { name: cores.length > 0 ? 'Core A1' : 'Hot spot' });
    const target = new URL((await place.getAttribute('href')) ?? '', page.url()).searchParams;
    await place.click();
    await expect(page).toHaveURL((url) => url.searchParams.get('x') === target.get('x'));
    await expect(page.getByTestId('crosshair')).toBeVisible({ timeout: 60_000 });
    const id = new URL(page.url()).pathname.split('/').at(-1) as string;
    const stored = Slide.parse(await (await page.request.get(slidePaths.one(id))).json());
    expect(stored).toMatchObject({ sample: name, may_edit: true, state: 'ready' });
    await page.goto('/');
    await expect(page.getByRole('link', { name: new RegExp(`^${title}`) })).toHaveAttribute('href', `/slides/${id}`);
    expect((await page.request.delete(slidePaths.one(id))).status()).toBe(204);
  });
