import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { drawTissue, expect, test } from '../fixtures';

/** What axe calls serious or critical, with the elements it means. */
async function seriousIssues(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

for (const colorScheme of ['light', 'dark'] as const)
  test.describe(`${colorScheme} theme`, () => {
    test.use({ colorScheme });

    test('axe finds nothing serious on any screen', async ({ home, page }) => {
      expect(await seriousIssues(page), 'home').toEqual([]);
      await home.choose({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('These are notes.') });
      await home.startButton.click();
      await expect(home.problem).toBeVisible();
      expect(await seriousIssues(page), 'problem').toEqual([]);
      await home.choose(await drawTissue());
      await expect(page.getByAltText('The chosen image')).toBeVisible();
      expect(await seriousIssues(page), 'setup').toEqual([]);
      await home.pick('40x');
      await home.startButton.click();
      await home.result();
      await page.getByText('How it was made').click();
      expect(await seriousIssues(page), 'result').toEqual([]);
      await page.goto('/nowhere');
      expect(await seriousIssues(page), 'not found').toEqual([]);
    });
  });

test('everything can be done with the keyboard alone', async ({ home, page }) => {
  const { keyboard } = page;
  const focused = (name: string) => expect(page.getByRole('button', { name })).toBeFocused();

  await tabTo(page, 'Choose an image');
  const chooser = page.waitForEvent('filechooser');
  await keyboard.press('Enter');
  await (await chooser).setFiles(await drawTissue());

  await expect(page.getByRole('heading', { name: 'Check and start' })).toBeFocused();
  await keyboard.press('Tab');
  await expect(page.getByRole('radio', { name: '20x' })).toBeFocused();
  await keyboard.press('ArrowRight');
  await expect(page.getByRole('radio', { name: '40x' })).toBeChecked();
  await keyboard.press('Tab');
  await focused('Start');
  await keyboard.press('Enter');

  await home.result();
  await expect(page.getByRole('heading', { name: 'Result' })).toBeFocused();
  await keyboard.press('Shift+Tab');
  await keyboard.press('Shift+Tab');
  await expect(home.view('Overlay')).toBeFocused();
  await keyboard.press('ArrowRight');
  await keyboard.press('ArrowRight');
  await keyboard.press('Enter');
  await expect(home.picture).toHaveAccessibleName(/^Nuclei: /);

  await tabTo(page, 'Analyse another image');
  await keyboard.press('Enter');
  await expect(home.chooseButton).toBeVisible();
});

async function tabTo(page: Page, name: string) {
  const button = page.getByRole('button', { name });
  await expect(async () => {
    await page.keyboard.press('Tab');
    await expect(button).toBeFocused({ timeout: 50 });
  }).toPass({ intervals: [0] });
}

test('the theme can be switched, and the choice is kept', async ({ home, page }) => {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = await background();
  await page.getByRole('button', { name: 'Switch between light and dark' }).click();
  const after = await background();
  expect(after).not.toBe(before);
  await home.open();
  expect(await background()).toBe(after);
});
