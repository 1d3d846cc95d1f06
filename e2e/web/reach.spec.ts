import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures';
import { outOfReach } from '../pages/reach';
import { ResultPanels } from '../pages/result-panels';
import { drawTissue } from '../test-files';

const SIZES = [
  { name: 'a small laptop', width: 1024, height: 768, text: 1 },
  { name: 'text of 200 %', width: 1440, height: 900, text: 2 },
  { name: 'text of 200 % on a small laptop', width: 1024, height: 768, text: 2 },
  { name: 'a tablet', width: 820, height: 1180, text: 1 },
  { name: 'a phone', width: 390, height: 844, text: 1 },
  { name: 'a phone on its side', width: 844, height: 390, text: 1 },
];

async function isInSight(page: Page, testId: string): Promise<boolean> {
  const box = await page.getByTestId(testId).boundingBox();
  const size = page.viewportSize();
  return box !== null && size !== null && box.y >= 0 && box.y + box.height <= size.height;
}

test('on every screen each control of a result can be reached, and the numbers stay in sight', {
  tag: '@once',
}, async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(3));
  const tabs = page.getByRole('tablist', { name: 'Result' });
  for (const { name, width, height, text } of SIZES) {
    await test.step(name, async () => {
      await page.setViewportSize({ width, height });
      await page.evaluate((scale) => {
        document.documentElement.style.fontSize = `${100 * scale}%`;
      }, text);
      const isSheet = width < 1024;
      await expect(tabs).toBeVisible({ visible: isSheet });
      expect(await page.evaluate(() => document.documentElement.scrollWidth), 'width').toBeLessThanOrEqual(width);
      for (const tab of isSheet ? (['Score', 'Adjust', 'Layers', 'Regions', 'Save'] as const) : [null]) {
        if (tab) await panels.show(tab);
        expect(await outOfReach(page.getByRole('main')), `${name}, ${tab ?? 'rail'}`).toEqual([]);
      }
      // At the end of the rail, or of the last tab.
      if (!isSheet) await page.getByRole('button', { name: 'Provenance', exact: true }).scrollIntoViewIfNeeded();
      else await page.getByTestId('update-state').evaluate((sheet) => sheet.scrollIntoView({ block: 'end' }));
      for (const number of ['percent-pos', 'num-total', 'percent-pos-interval'])
        expect(await isInSight(page, number), `${name}: ${number}`).toBe(true);
      await expect(panels.updateButton).toBeInViewport({ ratio: 1 });
    });
  }
});

test('full screen keeps the numbers, the tools and Update', { tag: '@once' }, async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(4));
  const score = page.getByRole('region', { name: 'Score in full screen' });
  await expect(score).toBeHidden();
  await page.getByRole('button', { name: 'Full screen' }).click();
  await expect(score).toContainText('of 16 nuclei');
  await page.getByRole('button', { name: 'Select many' }).click();
  await page.waitForTimeout(300);
  await panels.drag([2, 2], [254, 64]);
  await page.getByRole('button', { name: 'Delete selected' }).click();
  await expect(score).toContainText('of 12 nuclei');
  await page.keyboard.press('Control+z');
  await expect(score).toContainText('of 16 nuclei');
  await page.keyboard.press('Control+y');
  await score.getByRole('button', { name: 'Update' }).click();
  await expect(score).toContainText('Saved.');
  expect((await panels.stored()).result?.scoring.num_total).toBe(12);
  await page.getByRole('button', { name: 'Full screen' }).click();
  await expect(score).toBeHidden();
  await expect(page.getByTestId('num-total')).toHaveText('12');
});
