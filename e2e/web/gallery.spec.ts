import { readdirSync, readFileSync, statSync } from 'node:fs';
import sharp from 'sharp';
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
  expect(bytes).toBeLessThan(8e6);
});

test('a sample proposes the pixel size at which it was drawn', { tag: '@once' }, async ({ home, page }) => {
  await home.sample(/^Ki67 20x/).click();
  await expect(page.getByRole('heading', { name: 'Check and start' })).toBeFocused();
  await expect(page.getByRole('radio', { name: '20x' })).toBeChecked();
  await expect(page.getByText('100 µm', { exact: true })).toBeVisible();
});
