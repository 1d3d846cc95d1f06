import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../fixtures';
import { ResultPanels } from '../pages/result-panels';
import { drawTissue } from '../test-files';

const dialogName = 'Somebody else has saved this result';

/** Opens one result in two browsers. */
async function both({ page, browser }: Pick<Parameters<Parameters<typeof test>[2]>[0], 'page' | 'browser'>) {
  const mine = new ResultPanels(page);
  await mine.open(await drawTissue(4));
  const context = await browser.newContext({ viewport: page.viewportSize() });
  const theirs = new ResultPanels(await context.newPage());
  await theirs.visit(mine);
  return { mine, theirs, close: () => context.close() };
}

async function raise(panels: ResultPanels, presses: number) {
  await panels.show('Adjust');
  for (let n = 0; n < presses; n++) await panels.slider('Minimum size').press('PageUp');
  await panels.settled();
}

for (const choice of ['Keep mine', 'Take theirs'] as const)
  test(`of two who write, the second chooses: ${choice}`, { tag: '@once' }, async ({ page, browser }) => {
    const { mine, theirs, close } = await both({ page, browser });
    await raise(theirs, 1);
    const wanted = await theirs.update();
    await raise(mine, 2);
    const shown = await mine.numbers();
    await mine.updateButton.click();
    const dialog = page.getByRole('dialog', { name: dialogName });
    await expect(dialog).toBeVisible();
    await expect(dialog).toContainText('Revision 2 was saved');
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
    await page.screenshot({ path: test.info().outputPath('conflict.png') });
    await dialog.getByRole('button', { name: choice }).click();
    await expect(mine.updateState).toHaveAttribute('data-state', 'saved', { timeout: 60_000 });
    const stored = await mine.stored();
    expect(stored.result?.revision).toBe(choice === 'Keep mine' ? 3 : 2);
    if (choice === 'Keep mine') expect(await mine.numbers()).toEqual(shown);
    else expect(stored.scoring).toEqual(wanted.scoring);
    expect((await mine.numbers()).total).toBe(stored.result?.scoring.num_total);
    // The page drops what it had kept of its changes, a moment later.
    await expect.poll(async () => (await mine.stored()).draft).toBeNull();
    await close();
  });

test('who comes back to a result that somebody else has saved is told', { tag: '@once' }, async ({ page, browser }) => {
  const { mine, theirs, close } = await both({ page, browser });
  await raise(theirs, 2);
  const wanted = await theirs.update();
  await page.waitForTimeout(1100);
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  const notice = page.getByTestId('newer-notice');
  await expect(notice).toContainText('revision 2, this is revision 1');
  await page.screenshot({ path: test.info().outputPath('newer.png') });
  await notice.getByRole('button', { name: 'Take theirs' }).click();
  await expect(notice).toBeHidden();
  expect((await mine.numbers()).total).toBe(wanted.result?.scoring.num_total);
  await close();
});

test('two tabs tell each other at once', { tag: '@once' }, async ({ page, context }) => {
  const mine = new ResultPanels(page);
  await mine.open(await drawTissue(4));
  const theirs = new ResultPanels(await context.newPage());
  await theirs.visit(mine);
  await raise(theirs, 2);
  await theirs.update();
  await expect(page.getByTestId('newer-notice')).toContainText('revision 2', { timeout: 5000 });
});
