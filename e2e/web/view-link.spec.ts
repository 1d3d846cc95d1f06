import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../fixtures';
import { ResultPanels } from '../pages/result-panels';
import { drawTissue } from '../test-files';

test('whoever has the view link sees the result, and finds nothing to change', async ({ page, context }) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(3));
  const { view_id: viewId } = await panels.stored();
  await panels.show('Regions');
  await page.getByRole('button', { name: 'Rectangle' }).click();
  await panels.drag([4, 4], [188, 188]);
  await panels.update();
  const first = await panels.numbers();
  await panels.show('Save');
  await expect(page.getByRole('button', { name: 'Copy view link' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Copy edit link' })).toBeVisible();

  const viewer = new ResultPanels(await context.newPage());
  viewer.id = viewId ?? '';
  await viewer.page.goto(`/analyses/${viewId}`);
  expect(await viewer.numbers()).toEqual(first);
  await expect(viewer.page.getByText('Preparing the live preview')).toBeHidden({ timeout: 60_000 });
  for (const name of [
    'Save changes',
    'Delete nucleus',
    'Rectangle',
    'Undo',
    'Delete now',
    'Send feedback',
    'Copy edit link',
  ])
    await expect(viewer.page.getByRole('button', { name, exact: true })).toBeHidden();
  await expect(viewer.page.getByRole('slider')).toHaveCount(0);
  await expect(viewer.page.getByText('nothing can be changed by this link')).toBeVisible();
  await expect(viewer.page.getByLabel('Optical density of 2+')).toBeDisabled();
  // Nor by keys.
  await viewer.page.getByRole('group', { name: /^Image view/ }).focus();
  await viewer.page.keyboard.press('d');
  const box = await viewer.picture.boundingBox();
  if (!box) throw new Error('there is no picture');
  await viewer.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  expect(await viewer.numbers()).toEqual(first);
  await viewer.show('Regions');
  await expect(viewer.page.getByText('Nuclei at the edge of the picture')).toBeVisible();
  const { violations } = await new AxeBuilder({ page: viewer.page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);

  await viewer.show('Save');
  await expect(viewer.page.getByText('This is the view link: it shows the result, and changes nothing.')).toBeVisible();
  const { bytes } = await viewer.save('Report (PDF)');
  expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
  await viewer.page.close();
});
