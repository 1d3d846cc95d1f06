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
