import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Download, Page } from '@playwright/test';
import { unzipSync, zipSync } from 'fflate';
import { Batch, batchPaths } from '@/lib/contracts/batch';
import { expect, test } from '../fixtures';
import type { HomePage } from '../pages/home-page';
import { drawTissue, type TestFile } from '../test-files';

const broken: TestFile = { name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('no picture') };
const named = (file: TestFile, name: string): TestFile => ({ ...file, name });

const rows = (page: Page) => page.getByTestId('batch-row');
const rowOf = (page: Page, name: string) => rows(page).filter({ hasText: name });
const idOf = (page: Page) => new URL(page.url()).pathname.split('/').at(-1) as string;

async function bringMany(home: HomePage, page: Page, files: TestFile[]): Promise<string> {
  await home.fileInput.setInputFiles(files);
  await home.acceptButton.click();
  await expect(page).toHaveURL(/\/batches\/[\w-]{22}$/);
  return idOf(page);
}

async function untilDone(page: Page, done: number): Promise<void> {
  await expect(page.getByTestId('batch-progress')).toContainText(`${done} of`, { timeout: 100_000 });
}

async function textOf(download: Promise<Download>): Promise<string> {
  return readFile(await (await download).path(), 'utf8');
}

test('many images become one table, though one of them fails', async ({ home, page }) => {
  const files = [
    named(await drawTissue(2), 'slide 2.png'),
    broken,
    named(await drawTissue(4), 'slide 10.png'),
    named(await drawTissue(3), 'Grüße, "eins".png'),
  ];
  const id = await bringMany(home, page, files);
  await expect(rows(page)).toHaveCount(4);
  await expect(rowOf(page, 'broken.png')).toContainText('No reader opens this file', { timeout: 60_000 });
  // On a phone too it is no narrow column.
  const words = await rowOf(page, 'broken.png').getByText('No reader opens this file').boundingBox();
  expect(words?.width).toBeGreaterThan(200);
  await expect(page.getByRole('button', { name: 'Start 3 images' })).toBeVisible({ timeout: 60_000 });
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);

  await page.getByRole('radio', { name: '40x' }).click();
  await page.getByLabel('Stained for').selectOption('PD-L1');
  await page.getByRole('button', { name: 'Start 3 images' }).click();
  await untilDone(page, 3);
  await expect(page.getByTestId('batch-progress')).toHaveText('3 of 4 images done, 1 failed.');
  await expect(page.getByTestId('batch-chart').getByRole('img')).toHaveAccessibleName(/^% positive of 3 images/);
  await expect(page.getByTestId('batch-chart').locator('circle')).toHaveCount(3);

  const batch = Batch.parse(await (await page.request.get(batchPaths.one(id))).json());
  const total = batch.rows.find(({ source }) => source?.width === 256)?.result?.scoring.num_total;
  await expect(rowOf(page, 'slide 10.png').getByTestId('batch-num-total')).toHaveText(String(total));

  // In the order of their names: the broken one is the first.
  expect(batch.rows.map(({ started }) => started?.scoring?.marker)).toEqual([undefined, 'pdl1', 'pdl1', 'pdl1']);
  await expect(rowOf(page, 'slide 10.png').getByTestId('batch-percent-pos')).toContainText('Membranes: ');
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);

  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Table (CSV)' }).click();
  const csv = await textOf(saved);
  expect(csv.split('\r\n')).toHaveLength(6);
  expect(csv).toContain('"Grüße, ""eins"".png"');
  expect(csv).toContain(`,slide 10.png,`);

  await page.reload();
  await expect(rowOf(page, 'slide 10.png').getByTestId('batch-num-total')).toHaveText(String(total));
  await page.getByLabel('Sort by').selectOption('Name');
  await expect(rows(page).first()).toContainText('broken.png');
  await page.getByRole('combobox', { name: 'Show' }).selectOption('Failed');
  await expect(rows(page)).toHaveCount(1);

  await page.getByRole('button', { name: 'Delete all now' }).click();
  await page.getByRole('button', { name: 'Delete all', exact: true }).click();
  await expect(page).toHaveURL(/\/$/);
  expect((await page.request.get(batchPaths.one(id))).status()).toBe(404);
  for (const { analysis } of batch.rows)
    expect((await page.request.get(`/api/analyses/${analysis}`)).status()).toBe(404);
});

test('some are run again with other settings, and each opens by itself', { tag: '@once' }, async ({ home, page }) => {
  await bringMany(home, page, [named(await drawTissue(2), 'one.png'), named(await drawTissue(2), 'two.png')]);
  await expect(page.getByRole('button', { name: 'Start 2 images' })).toBeDisabled({ timeout: 60_000 });
  await page.getByRole('radio', { name: '20x' }).click();
  await page.getByRole('button', { name: 'Start 2 images' }).click({ timeout: 60_000 });
  await untilDone(page, 2);
  await expect(rowOf(page, 'two.png')).toContainText('Done, at 0.5 µm/px');
  await page.getByLabel('Choose two.png').check();
  await page.getByRole('radio', { name: '40x' }).click();
  await page.getByText('Thresholds', { exact: true }).click();
  await page.getByLabel('Segmentation threshold').fill('90');
  await page.getByRole('button', { name: 'Run 1 image', exact: true }).click();
  await expect(rowOf(page, 'two.png')).toContainText('Done, at 0.25 µm/px', { timeout: 60_000 });
  await expect(rowOf(page, 'one.png')).toContainText('Done, at 0.5 µm/px');
  const { rows: answered } = Batch.parse(await (await page.request.get(batchPaths.one(idOf(page)))).json());
  expect(answered.map(({ result }) => result?.scoring.prob_thresh === 90)).toEqual([false, true]);

  await rowOf(page, 'two.png').getByRole('link').click();
  await home.result();
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'My recent analyses' })).toBeVisible();
  await page.getByRole('link', { name: /Batch of 2 images/ }).click();
  await expect(rows(page)).toHaveCount(2);
  await page.goto('/');
  await page.getByRole('button', { name: 'Clear list' }).click();
  await expect(page.getByRole('heading', { name: 'My recent analyses' })).toBeHidden();
});

test('an archive of pictures is a batch, and all results leave in one archive', { tag: '@once' }, async ({
  home,
  page,
}) => {
  const zip = zipSync({ 'b/2.png': (await drawTissue(3)).buffer, 'b/1.png': (await drawTissue(2)).buffer });
  await bringMany(home, page, [{ name: 'cases.zip', mimeType: 'application/zip', buffer: Buffer.from(zip) }]);
  await expect(rows(page).first()).toContainText('b/1.png');
  const saveAll = page.getByRole('button', { name: 'All files (ZIP)' });
  await expect(saveAll).toBeDisabled();
  await page.getByRole('radio', { name: '40x' }).click();
  await page.getByRole('button', { name: 'Start 2 images' }).click({ timeout: 60_000 });
  await untilDone(page, 2);
  const saved = page.waitForEvent('download');
  await saveAll.click();
  const files = unzipSync(await readFile(await (await saved).path()));
  expect(Object.keys(files)).toContain('1/SegOverlaid.png');
  expect(Object.keys(files)).toContain('2/nuclei.csv');
  const report = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Report (PDF)' }).click();
  expect((await readFile(await (await report).path())).subarray(0, 5).toString()).toBe('%PDF-');
  const reports = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Reports of all (PDF)' }).click();
  const download = await reports;
  expect(download.suggestedFilename()).toBe('batch-reports.pdf');
  expect((await readFile(await download.path())).subarray(0, 5).toString()).toBe('%PDF-');
});

test('a folder is a batch; what failed is tried again', { tag: '@once' }, async ({ home, page }, testInfo) => {
  const folder = testInfo.outputPath('cases');
  for (const [i, name] of ['a/1.png', 'b/1.png', '.DS_Store'].entries()) {
    await mkdir(dirname(`${folder}/${name}`), { recursive: true });
    await writeFile(`${folder}/${name}`, name.endsWith('.png') ? (await drawTissue(2 + i)).buffer : 'no picture');
  }
  // The page takes the attribute away at once; the dialog that is open has read it by then, but not that of Playwright.
  await home.fileInput.evaluate((input) => {
    input.removeAttribute = () => undefined;
  });
  const dialog = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Choose a folder' }).click();
  await (await dialog).setFiles(folder);
  await home.acceptButton.click();
  await expect(page).toHaveURL(/\/batches\/[\w-]{22}$/);
  await expect(rows(page)).toHaveText([/cases\/a\/1\.png/, /cases\/b\/1\.png/]);
  await expect(page.getByRole('button', { name: 'Start 2 images' })).toBeVisible({ timeout: 60_000 });

  // A region cannot be chosen of a picture: that run fails.
  const { rows: ready } = Batch.parse(await (await page.request.get(batchPaths.one(idOf(page)))).json());
  const options = { region: { x: 0, y: 0, width: 9, height: 9 } };
  const asked = { analyses: [ready[1]?.analysis], options };
  expect((await page.request.post(batchPaths.rerun(idOf(page)), { data: asked })).status()).toBe(202);
  await page.reload();
  await expect(rowOf(page, 'b/1.png')).toHaveAttribute('data-state', 'failed', { timeout: 60_000 });
  const retry = page.getByRole('button', { name: 'Retry failed' });
  await expect(retry).toBeDisabled();
  await expect(retry).toHaveAccessibleDescription(/^Choose the magnification of the scan first: 2 images cannot run/);
  await page.getByRole('radio', { name: '40x' }).click();
  await expect(page.getByText('Choose the magnification of the scan first')).toBeHidden();
  await retry.click();
  await expect(rowOf(page, 'b/1.png')).toContainText('Done, at 0.25 µm/px', { timeout: 100_000 });
  await expect(rowOf(page, 'a/1.png')).toContainText('Ready');
});

test('what was not sent before the page was closed is sent when it is dropped again', { tag: '@once' }, async ({
  home,
  page,
}) => {
  await page.route('**/upload/**', (route) => route.abort());
  const files = [named(await drawTissue(2), 'one.png'), named(await drawTissue(2), 'two.png')];
  await bringMany(home, page, files);
  await expect(rows(page)).toHaveCount(2);
  await expect
    .poll(async () => {
      const batch = Batch.parse(await (await page.request.get(batchPaths.one(idOf(page)))).json());
      return batch.rows.length;
    })
    .toBe(2);
  page.on('dialog', (dialog) => dialog.accept());
  await page.reload();
  await expect(rowOf(page, 'one.png')).toContainText('Not sent');
  await page.unrouteAll();
  await page.getByLabel('More image files').setInputFiles([files[1] as TestFile, files[0] as TestFile]);
  await expect(page.getByRole('button', { name: 'Start 2 images' })).toBeVisible({ timeout: 60_000 });
  await expect(rows(page)).toHaveCount(2);
});
