import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { analysisPaths } from '@/lib/contracts/analysis';
import { expect, test } from '../fixtures';
import { ResultPanels } from '../pages/result-panels';
import { drawTissue } from '../test-files';

const SIDE = 256;
const notice = (page: Page) => page.getByTestId('draft-notice');
const discard = (page: Page) => page.getByRole('button', { name: 'Discard' });

async function open(page: Page): Promise<ResultPanels> {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(4));
  return panels;
}

/** Makes a region, a correction and a threshold: all the changes that a draft keeps. */
async function change(panels: ResultPanels) {
  const { page } = panels;
  await panels.show('Regions');
  await page.getByRole('button', { name: 'Rectangle' }).click();
  await panels.drag([4, 4], [SIDE / 2, SIDE - 4]);
  await page.getByRole('button', { name: 'Delete nucleus' }).click();
  await panels.press(28, 28);
  await panels.show('Adjust');
  await panels.slider('Segmentation threshold').press('ArrowRight');
  await panels.settled();
}

const isKept = (panels: ResultPanels) =>
  expect.poll(async () => (await panels.stored()).draft?.corrections?.length, { timeout: 15_000 }).toBe(1);

test('what was changed comes back after a reload, says so, and is dropped on request', { tag: '@once' }, async ({
  page,
}) => {
  const panels = await open(page);
  const written = await panels.numbers();
  await change(panels);
  const changed = await panels.numbers();
  expect(changed.total).toBeLessThan(written.total);
  // Reloads at once, before the draft has reached the server.
  await page.waitForTimeout(250);
  await page.reload();
  await panels.settled();
  await expect(notice(page)).toContainText(/^Unsaved changes from \d\d:\d\d were restored\./);
  expect(await panels.numbers()).toEqual(changed);
  await expect(panels.updateState).toHaveAttribute('data-state', 'changed');
  await page.screenshot({ path: test.info().outputPath('restored.png') });
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);

  await isKept(panels);
  await discard(page).click();
  await panels.settled();
  expect(await panels.numbers()).toEqual(written);
  await expect(notice(page)).toBeHidden();
  await expect.poll(async () => (await panels.stored()).draft).toBeNull();
  await page.reload();
  await panels.settled();
  await expect(notice(page)).toBeHidden();
  expect(await panels.numbers()).toEqual(written);
});

test('what was changed comes back after Back', { tag: '@once' }, async ({ page }) => {
  await page.goto('/api-docs');
  const panels = await open(page);
  await change(panels);
  const changed = await panels.numbers();
  await page.goBack();
  await expect(page).toHaveURL(/api-docs/);
  await page.goForward();
  await panels.settled();
  await expect(notice(page)).toContainText('were restored');
  expect(await panels.numbers()).toEqual(changed);
});

test('changes that are taken back at once are gone after a reload, and so is what was said of them', {
  tag: '@once',
}, async ({ page }) => {
  const panels = await open(page);
  const written = await panels.numbers();
  await page.getByRole('button', { name: 'Delete nucleus' }).click();
  await panels.press(28, 28);
  await isKept(panels);
  await page.reload();
  await panels.settled();
  await expect(notice(page)).toContainText('were restored');
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(notice(page)).toBeHidden();
  await page.reload();
  await panels.settled();
  await expect(notice(page)).toBeHidden();
  expect(await panels.numbers()).toEqual(written);
  await expect.poll(async () => (await panels.stored()).draft).toBeNull();
});

test('another browser finds the changes on the server, and an update takes them away', { tag: '@once' }, async ({
  page,
  browser,
}) => {
  const panels = await open(page);
  await change(panels);
  const changed = await panels.numbers();
  await isKept(panels);
  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  await other.goto(page.url());
  await expect(notice(other)).toContainText('were restored');
  await expect(other.getByTestId('num-total')).toHaveText(String(changed.total));
  await elsewhere.close();

  const updated = await panels.update();
  expect(updated.draft).toBeNull();
  await expect(notice(page)).toBeHidden();
  await page.reload();
  await panels.settled();
  await expect(notice(page)).toBeHidden();
  expect(await panels.numbers()).toEqual(changed);
});

test('whoever leaves before a change has arrived on the server is asked', { tag: '@once' }, async ({ page }) => {
  const panels = await open(page);
  await page.route('**/draft', (route) => route.abort());
  await change(panels);
  const asked = page.waitForEvent('dialog');
  const left = page.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe('beforeunload');
  await dialog.dismiss();
  await left;

  await page.unroute('**/draft');
  await isKept(panels);
  const closed = page.waitForEvent('close');
  await page.close({ runBeforeUnload: true });
  await closed;
});

test('changes of an older revision are offered, not applied', { tag: '@once' }, async ({ page, request }) => {
  const panels = await open(page);
  const written = await panels.numbers();
  await change(panels);
  const changed = await panels.numbers();
  await isKept(panels);
  await page.goto('/api-docs');
  // Somebody else saves meanwhile.
  const { scoring } = await panels.stored();
  expect((await request.put(analysisPaths.scoring(panels.id), { data: { ...scoring, size_thresh: 40 } })).ok()).toBe(
    true,
  );
  await page.goto(`/analyses/${panels.id}`);
  await panels.settled();
  await expect(notice(page)).toContainText('made on revision 1; this is revision 2.');
  expect((await panels.numbers()).total).not.toBe(changed.total);
  expect(written.total).toBeGreaterThan(0);
  await page.screenshot({ path: test.info().outputPath('offered.png') });
  await page.getByRole('button', { name: 'Apply them' }).click();
  expect(await panels.numbers()).toEqual(changed);
  await expect(notice(page)).toBeHidden();
});

test('how intensities are graded, and feedback that is not sent, come back too', { tag: '@once' }, async ({ page }) => {
  const panels = await open(page);
  await panels.show('Score');
  const box = page.getByLabel('Optical density of 2+');
  await box.fill('0.29');
  await box.press('Enter');
  await panels.show('Save');
  const note = page.getByLabel('Note about this result');
  await note.fill('Two nuclei are missing.');
  await page.getByLabel('3 of 5').check({ force: true });
  await panels.show('Adjust');
  await page.waitForTimeout(300);
  await page.reload();
  await panels.settled();
  await panels.show('Score');
  await expect(box).toHaveValue('0.29');
  await panels.show('Save');
  await expect(note).toHaveValue('Two nuclei are missing.');
  await expect(page.getByLabel('3 of 5')).toBeChecked();
  await page.getByRole('button', { name: 'Send feedback' }).click();
  await expect(page.getByText('Kept with this result.')).toBeVisible();
  const closed = page.waitForEvent('close');
  await page.close({ runBeforeUnload: true });
  await closed;
});

for (const place of ['result', 'documentation'] as const)
  test(`a file that is dropped on the ${place} page leaves it where it is`, { tag: '@once' }, async ({ page }) => {
    if (place === 'result') await open(page);
    else await page.goto('/api-docs');
    const address = page.url();
    const drop = () =>
      page.evaluate(() => {
        const transfer = new DataTransfer();
        transfer.items.add(new File(['x'], 'other.png', { type: 'image/png' }));
        return ['dragover', 'drop'].map(
          (type) =>
            !document.body.dispatchEvent(
              new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }),
            ),
        );
      });
    // The page catches drops once its script runs.
    await expect.poll(drop).toEqual([true, true]);
    await expect(page.getByTestId('drop-notice')).toContainText('drop it on the start page');
    expect(page.url()).toBe(address);
  });

test('a result that is deleted leaves nothing in the browser, and asks nothing', { tag: '@once' }, async ({ page }) => {
  const panels = await open(page);
  await change(panels);
  await panels.show('Save');
  await page.getByRole('button', { name: 'Delete now' }).click();
  await page.getByRole('button', { name: 'Delete everything' }).click();
  await expect(page).toHaveURL('/');
  expect(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes('draft')))).toEqual([]);
});
