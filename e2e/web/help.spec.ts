import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures';
import { ResultPanels } from '../pages/result-panels';
import { drawTissue } from '../test-files';

/** Opens the help of a page, and checks it. @returns the names of its pictures */
async function openHelp(page: Page) {
  await page.getByRole('button', { name: 'What am I looking at?' }).click();
  const help = page.getByRole('dialog', { name: 'What you are looking at' });
  await expect(help.getByRole('heading', { name: 'The number and its interval' })).toBeVisible();
  await expect(help).toContainText('6 of 30 nuclei: 20 %, 9.5 to 37.3 %');
  await expect(help).toContainText('100 of 500 nuclei: 20 %, 16.7 to 23.7 %');
  for (const image of await help.locator('img').all()) await expect(image).toHaveJSProperty('naturalWidth', 208);
  expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
  // A phone without a mouse, and a keyboard, scroll it.
  const text = help.getByRole('region', { name: 'What you are looking at' });
  await text.focus();
  await page.keyboard.press('End');
  await expect.poll(() => text.evaluate((element) => element.scrollTop)).toBeGreaterThan(0);
  const names = await help.getByRole('heading', { level: 4 }).allTextContents();
  await page.keyboard.press('Escape');
  await expect(help).toHaveCount(0);
  return names;
}

test('the help of a result shows each picture that it has, and is loaded when it is opened', async ({ page }) => {
  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
  await new ResultPanels(page).open(await drawTissue(2));
  expect(loaded.filter((path) => path.startsWith('/help/'))).toEqual([]);
  expect(await openHelp(page)).toEqual(['Original', 'Marker', 'DAPI', 'Lap2', 'Hematoxylin', 'Segmentation']);
  expect(loaded.filter((path) => path.startsWith('/help/'))).toHaveLength(7);
});

test('the help of a slide speaks of what is inferred of slides', { tag: '@once' }, async ({ home, page }) => {
  await home.sample(/^Ki67/).last().click();
  await page.waitForURL(/\/slides\/[\w-]{22}/);
  await expect(page.getByRole('img', { name: 'Slide view' })).toBeVisible({ timeout: 120_000 });
  expect(await openHelp(page)).toEqual(['Original', 'Marker', 'Segmentation']);
});
