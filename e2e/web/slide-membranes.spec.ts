import { mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import sharp from 'sharp';
import { slideScoringPaths } from '@/lib/contracts/slide-scoring';
import { expect, test } from '../fixtures';
import { SlidePage } from '../pages/slide-page';

let folder: string;
let path: string;

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'restain-e2e-'));
  path = join(folder, 'slide.tif');
  await sharp('public/samples/pdl1.jpg')
    .withMetadata({ density: 101_600 })
    .tiff({ tile: true, pyramid: true, tileWidth: 256, tileHeight: 256, compression: 'jpeg', quality: 95 })
    .toFile(path);
});
test.afterAll(() => rm(folder, { recursive: true }));

test('membranes of a slide are measured once its marker is named, lead, and are those of the picture', {
  tag: '@once',
}, async ({ page }) => {
  const slide = new SlidePage(page);
  const id = await SlidePage.send(page, path);
  const { request } = page;
  const scores = async () => (await request.get(slideScoringPaths.scores(id))).json();
  const finished = () =>
    expect
      .poll(async () => (await (await request.get(slideScoringPaths.scorings(id))).json()).scorings[0]?.state, {
        timeout: 100_000,
      })
      .toBe('done');
  const scope = { kind: 'rectangle', x: 0, y: 0, width: 1024, height: 1024 };
  expect((await request.post(slideScoringPaths.scorings(id), { data: { scope } })).ok()).toBe(true);
  await finished();
  await slide.open(id);
  const lead = page.getByTestId('slide-membrane-lead');
  await expect(page.getByTestId('slide-num-total')).toHaveText(String((await scores()).slide.num_total));
  await expect(lead).toBeHidden();

  await page.getByLabel('Stained for').selectOption('pdl1');
  await expect(page.getByTestId('membranes-unmeasured')).toContainText('Score again what was scored');
  await page.getByRole('button', { name: 'Measure membranes' }).click();
  await expect(lead).toHaveText(/^TPS\s\d+\.\d\s%$/, { timeout: 60_000 });
  await finished();
  const { slide: known, warnings } = await scores();
  await expect(lead).toHaveText(`TPS ${known.membrane.tps.toFixed(1)} %`);
  expect(warnings.map(({ code }: { code: string }) => code)).toContain('membrane_unproven');
  const section = page.getByRole('region', { name: 'Membranes' });
  await expect(section).not.toContainText('HER2');
  await expect(page.getByRole('columnheader', { name: 'TPS' })).toBeVisible();

  // The engine of images says the same of the same pixels, but for what its tiles see.
  const multipart = { img: { name: 'slide.tif', mimeType: 'image/tiff', buffer: await readFile(path) } };
  const query = 'marker=pdl1&resolution=40x&slim';
  const inferred = await request.post(`/api/infer?${query}`, { multipart, timeout: 100_000 });
  const picture = await inferred.json();
  expect(Math.abs(picture.membrane.tps - known.membrane.tps)).toBeLessThanOrEqual(2);
  expect(Math.abs(picture.membrane.tumour.num_total - known.membrane.tumour.num_total)).toBeLessThanOrEqual(6);

  const partial = section.getByLabel('Membrane: partial from');
  await partial.fill('0.6');
  await partial.press('Enter');
  await expect.poll(async () => (await scores()).slide.membrane.cuts.partial).toBe(0.6);
  const fewer = (await scores()).slide.membrane.tps;
  expect(fewer).toBeLessThan(known.membrane.tps);
  await expect(lead).toHaveText(`TPS ${fewer.toFixed(1)} %`);

  await page.getByLabel('Stained for').selectOption('her2');
  await expect(section.getByTestId('her2-pattern')).toBeVisible();
  await expect(lead).toHaveText(/^\d+\.\d\s% complete$/);
  const { violations } = await new AxeBuilder({ page }).include('main').analyze();
  expect(violations).toEqual([]);
  await page.setViewportSize({ width: 390, height: 844 });
  await lead.scrollIntoViewIfNeeded();
  await expect(lead).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});
