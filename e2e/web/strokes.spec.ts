import type { CDPSession } from '@playwright/test';
import { expect, test } from '../fixtures';
import { ResultPanels } from '../pages/result-panels';
import { drawTissue } from '../test-files';

const SIDE = 384;
type Place = { x: number; y: number };

/** A stroke by finger of some milliseconds, which ends while the finger moves. */
async function stroke(session: CDPSession, from: Place, to: Place) {
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', at?: Place) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints: at ? [at] : [] });
  await touch('touchStart', from);
  for (let n = 1; n <= 6; n++)
    await touch('touchMove', { x: from.x + ((to.x - from.x) * n) / 6, y: from.y + ((to.y - from.y) * n) / 6 });
  await touch('touchEnd');
}

// With Polygon, whose corners are pressed, a stroke moves the picture, as on a slide.
for (const tool of ['Freehand', 'Rectangle'])
  test(`a quick stroke with ${tool} leaves the picture where it is`, async ({ page }, { project }) => {
    test.skip(project.name !== 'phone', 'a finger flings, a mouse does not');
    const panels = new ResultPanels(page);
    await panels.open(await drawTissue(6));
    await panels.show('Regions');
    const button = page.getByRole('button', { name: tool });
    await button.click();
    const session = await page.context().newCDPSession(page);
    await stroke(session, await panels.onScreen(40, 60), await panels.onScreen(SIDE - 60, SIDE - 40));
    // The picture would move on for about this long.
    await page.waitForTimeout(1200);
    await button.click();
    // The place of the first nucleus while the whole picture is shown. The bar of the tool goes, and the picture is fitted anew.
    await expect(async () => {
      await panels.press(28, 28);
      await expect(page.getByTestId('probe')).toContainText('positive', { timeout: 500 });
    }).toPass();
    if (tool !== 'Rectangle') return;
    const { regions = [] } = (await panels.update()).scoring;
    const [x, y] = regions[0]?.rings[0]?.[0] ?? [0, 0];
    expect(Math.hypot(x - 40, y - 60)).toBeLessThan(6);
  });

test('two fingers zoom while a region tool is in hand, and leave no region', async ({ page }, { project }) => {
  test.skip(project.name !== 'phone', 'fingers');
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(6));
  await panels.show('Regions');
  await page.getByRole('button', { name: 'Rectangle' }).click();
  const bar = page.getByTestId('scale-bar');
  const before = await bar.innerHTML();
  const session = await page.context().newCDPSession(page);
  const middle = await panels.onScreen(SIDE / 2, SIDE / 2);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', apart: number | null) =>
    session.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: apart === null ? [] : [-apart, apart].map((x, id) => ({ x: middle.x + x, y: middle.y, id })),
    });
  await session.send('Input.dispatchTouchEvent', {
    type: 'touchStart',
    touchPoints: [{ x: middle.x - 20, y: middle.y, id: 0 }],
  });
  await touch('touchStart', 20);
  for (const apart of [30, 45, 60, 80]) await touch('touchMove', apart);
  await touch('touchEnd', null);
  await expect.poll(() => bar.innerHTML()).not.toBe(before);
  await expect(page.getByRole('list', { name: 'Regions' })).toBeHidden();
});
