import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import sharp, { type Sharp } from 'sharp';
import { expect, test } from '../fixtures';
import { ResultPanels } from '../pages/result-panels';
import { drawTissue, type TestFile } from '../test-files';

const warning = (page: Page, code: string) => page.locator(`[data-testid="warning"][data-code="${code}"]`);
const file = (buffer: Buffer): TestFile => ({ name: 'image.png', mimeType: 'image/png', buffer });
const png = async (change: (image: Sharp) => Sharp) =>
  file(
    await change(sharp((await drawTissue(4)).buffer))
      .png()
      .toBuffer(),
  );

const CASES: [code: string, draw: () => Promise<TestFile>][] = [
  [
    'nothing_found',
    async () =>
      file(
        await sharp({ create: { width: 300, height: 200, channels: 3, background: '#f2f0f4' } })
          .png()
          .toBuffer(),
      ),
  ],
  ['no_colour', () => png((image) => image.greyscale().toColourspace('srgb'))],
  // A 20x field that is analysed as 40x.
  [
    'pixel_size_doubtful',
    async () =>
      file(
        await sharp('public/samples/ki67-20x.jpg')
          .extract({ left: 0, top: 0, width: 400, height: 400 })
          .png()
          .toBuffer(),
      ),
  ],
];

for (const [code, draw] of CASES)
  test(`a number in doubt says so beside it: ${code}`, { tag: code === 'no_colour' ? [] : '@once' }, async ({
    page,
  }) => {
    const panels = new ResultPanels(page);
    await panels.open(await draw());
    const { result } = await panels.stored();
    const said = result?.warnings.find((one) => one.code === code);
    expect(said, JSON.stringify(result?.warnings)).toBeDefined();
    await expect(warning(page, code)).toHaveText(said?.detail ?? '');
    await expect(warning(page, code)).toBeInViewport();
    for (const tab of ['Adjust', 'Save'] as const) {
      await panels.show(tab);
      await expect(warning(page, code)).toBeVisible();
    }
    await page.screenshot({ path: test.info().outputPath('warned.png') });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
    const saved = JSON.parse((await panels.save('Scoring (JSON)')).bytes.toString());
    expect(JSON.stringify(saved)).toContain(`"code":"${code}"`);
  });

test('what is said of the image outlives a moved slider, what is said of thresholds does not', {
  tag: '@once',
}, async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await png((image) => image.greyscale().toColourspace('srgb')));
  await panels.show('Adjust');
  const slider = panels.slider('Minimum size');
  await slider.press('End');
  await expect(page.getByTestId('num-total')).toHaveText('0');
  await panels.update();
  await expect(warning(page, 'nothing_found')).toBeVisible();
  await slider.press('Home');
  await panels.settled();
  await expect(warning(page, 'nothing_found')).toBeHidden();
  await expect(warning(page, 'no_colour')).toBeVisible();
});

test('an image is run again at another magnification by one press, and nothing is sent again', {
  tag: '@once',
}, async ({ page }) => {
  const panels = new ResultPanels(page);
  const buffer = await sharp('public/samples/ki67-20x.jpg').extract({ left: 0, top: 0, width: 400, height: 400 }).png();
  await panels.open(file(await buffer.toBuffer()));
  const before = await panels.stored();
  await panels.show('Score');
  await expect(page.getByTestId('run-again')).toContainText('Scored at 40x');
  const sent: string[] = [];
  page.on('request', (request) => request.method() !== 'GET' && sent.push(new URL(request.url()).pathname));
  await page.getByRole('button', { name: 'Run again at 20x' }).click();
  await expect(page.getByTestId('run-again')).toContainText('Scored at 20x', { timeout: 60_000 });
  await panels.settled();
  await expect(warning(page, 'pixel_size_doubtful')).toHaveCount(0);
  const after = await panels.stored();
  expect(after.result?.provenance.microns_per_pixel).toBe(0.5);
  expect(after.result?.revision).toBe((before.result?.revision ?? 0) + 1);
  await expect(page.getByTestId('num-total')).toHaveText(String(after.result?.scoring.num_total));
  expect(sent.filter((path) => path.includes('upload') || path.includes('storage'))).toEqual([]);
});

test('a new run keeps regions and corrections that nobody has saved yet', { tag: '@once' }, async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(6));
  await panels.show('Regions');
  await page.getByRole('button', { name: 'Rectangle' }).click();
  await panels.drag([20, 20], [220, 220]);
  await panels.settled();
  await panels.show('Score');
  await page.getByRole('button', { name: 'Run again at 20x' }).click();
  await expect(page.getByTestId('run-again')).toContainText('Scored at 20x', { timeout: 60_000 });
  const { scoring, draft } = await panels.stored();
  expect(scoring.regions).toHaveLength(1);
  expect(draft ?? null).toBeNull();
});
