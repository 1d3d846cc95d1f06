import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures';
import { AnalysisPage } from '../pages/analysis-page';
import { ResultPanels } from '../pages/result-panels';
import { drawTissue } from '../test-files';

/** The card of the guide, by its title. */
const cardOf = (page: Page, title: string | RegExp) => page.getByRole('dialog', { name: title });

async function begin(page: Page) {
  await page.getByRole('button', { name: 'Show me how, two minutes' }).click();
  await page.waitForURL(/\/analyses\/[\w-]{22}/, { timeout: 60_000 });
  await expect(cardOf(page, 'The number, and how sure it is')).toBeVisible({ timeout: 120_000 });
  await new AnalysisPage(page).ready();
}

/** Whether a control can be pressed while the card is there. */
async function isFree(card: Locator, control: Locator) {
  const [over, under] = [await card.boundingBox(), await control.boundingBox()];
  if (!over || !under) return false;
  const isApart =
    over.x >= under.x + under.width ||
    under.x >= over.x + over.width ||
    over.y >= under.y + under.height ||
    under.y >= over.y + over.height;
  await control.click({ trial: true });
  return isApart;
}

test('the guide goes over the result of a sample, and sees what is done for real', async ({ home, page }) => {
  await begin(home.page);
  const panels = new ResultPanels(page);
  const done = page.getByTestId('guide-done');
  const next = page.getByRole('button', { name: 'Next', exact: true });
  const axe = async () => (await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id);
  const first = cardOf(page, 'The number, and how sure it is');
  expect(await isFree(first, page.getByTestId('percent-pos'))).toBe(true);
  await expect(next).toBeFocused();
  expect(await axe()).toEqual([]);

  await next.click();
  const outlines = page.getByRole('button', { name: 'Outlines', exact: true });
  expect(await isFree(cardOf(page, 'Every counted nucleus has an outline'), outlines)).toBe(true);
  await expect(done).toBeEmpty();
  await outlines.click();
  await expect(done).toContainText('Done.');
  await outlines.click();

  await next.click();
  const inferred = page.getByRole('radio', { name: 'Inferred' });
  expect(await isFree(cardOf(page, 'Only the original was measured'), inferred)).toBe(true);
  await inferred.click();
  await expect(done).toContainText('Done.');

  await next.click();
  const flip = page.getByRole('button', { name: 'Flip class' });
  expect(await isFree(cardOf(page, 'Correct what is wrong'), flip)).toBe(true);
  await flip.click();
  await expect(done).toBeEmpty();
  const before = await panels.numbers();
  const box = await panels.picture.boundingBox();
  if (!box) throw new Error('There is no picture.');
  for (let at = 0; (await done.textContent()) === '' && at < 40; at++) {
    await page.mouse.click(box.x + box.width * (0.4 + 0.01 * at), box.y + box.height * 0.6);
    await page.waitForTimeout(150);
  }
  await expect(done).toContainText('the number has followed');
  await expect.poll(async () => (await panels.numbers()).positive).not.toBe(before.positive);

  await next.click();
  const slider = panels.slider('Segmentation threshold');
  expect(await isFree(cardOf(page, 'When many are wrong in the same way'), page.getByLabel('Segmentation value'))).toBe(
    true,
  );
  await slider.press('ArrowRight');
  await expect(done).toContainText('have followed');

  await next.click();
  const find = page.getByRole('button', { name: 'Find hot spot' });
  expect(await isFree(cardOf(page, 'Say where to count'), find)).toBe(true);
  await find.click();
  await expect(done).toContainText('only this region counts');

  await next.click();
  expect(await isFree(cardOf(page, 'Tumour nuclei beside all nuclei'), page.getByLabel('Tumour nuclei first'))).toBe(
    true,
  );
  expect(await axe()).toEqual([]);

  await next.click();
  expect(await isFree(cardOf(page, 'What is kept, and what leaves'), panels.updateButton)).toBe(true);
  await panels.updateButton.click();
  await expect(done).toHaveText('Saved on this server.', { timeout: 60_000 });
  await page.getByRole('button', { name: 'Finish' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.reload();
  await new AnalysisPage(page).ready();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.goto('/');
  await expect(page.getByRole('button', { name: 'Show me again' })).toBeVisible();
});

test('the guide is gone through by keys, goes on after a reload, and ends with Escape', { tag: '@once' }, async ({
  page,
}) => {
  const scripts: Promise<string>[] = [];
  page.on('response', (response) => {
    if (response.request().resourceType() === 'script') scripts.push(response.text().catch(() => ''));
  });
  const isLoaded = async () => (await Promise.all(scripts)).some((text) => text.includes('how sure it is'));
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue());
  await new AnalysisPage(page).ready();
  expect(await isLoaded(), 'the guide is loaded before anybody asks for it').toBe(false);

  const { keyboard } = page;
  await page.getByRole('button', { name: 'What am I looking at?' }).focus();
  await keyboard.press('Enter');
  await page.getByRole('button', { name: 'Show me how, two minutes' }).focus();
  await keyboard.press('Enter');
  await expect(cardOf(page, 'The number, and how sure it is')).toBeVisible();
  expect(await isLoaded()).toBe(true);
  const next = page.getByRole('button', { name: 'Next', exact: true });
  await expect(next).toBeFocused();
  await keyboard.press('Enter');
  await keyboard.press('F6');
  await expect(page.getByRole('button', { name: 'Outlines', exact: true })).toBeFocused();
  await keyboard.press('Enter');
  await expect(page.getByTestId('guide-done')).toContainText('Done.');
  await keyboard.press('F6');
  await expect(next).toBeFocused();
  await keyboard.press('Enter');
  await expect(cardOf(page, 'Only the original was measured')).toBeVisible();

  await page.reload();
  await expect(cardOf(page, 'Only the original was measured')).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Back', exact: true }).click();
  await expect(cardOf(page, 'Every counted nucleus has an outline')).toBeVisible();
  // Escape closes what lies over it first.
  await page.getByRole('button', { name: 'Lines', exact: true }).click();
  await expect(page.getByRole('dialog', { name: 'Lines' })).toBeVisible();
  await keyboard.press('Escape');
  await expect(page.getByRole('dialog', { name: 'Lines' })).toHaveCount(0);
  await expect(cardOf(page, 'Every counted nucleus has an outline')).toBeVisible();
  await panels.press(40, 40);
  await keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});
