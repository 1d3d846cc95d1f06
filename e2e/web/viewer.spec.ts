import AxeBuilder from '@axe-core/playwright';
import type { Locator } from '@playwright/test';
import { expect, test } from '../fixtures';
import { AnalysisPage, startAnalysis } from '../pages/analysis-page';
import { drawTissue } from '../test-files';

const ROWS = 6;
const SIDE = 64 * ROWS;

/** One analysis for all tests, since viewing does not change it. */
let known: string | null = null;

test.beforeEach(async ({ request }) => {
  known ??= (await startAnalysis(request, (await drawTissue(ROWS)).buffer)).id;
});

async function open(page: AnalysisPage['page'], search = ''): Promise<AnalysisPage> {
  const view = new AnalysisPage(page);
  await view.open(known as string, search);
  await view.ready();
  return view;
}

const brightness = (colour: readonly number[]) => colour.reduce((sum, value) => sum + value, 0) / 3;

test('the preview counts what the server counted', { tag: '@once' }, async ({ page, request }) => {
  const view = await open(page);
  const { result } = await (await request.get(`/api/analyses/${known}`)).json();
  await expect(view.total).toHaveText(String(result.scoring.num_total));
  await expect(view.positive).toHaveText(String(result.scoring.num_pos));
});

test('shows the original, the inferred picture, and each of its channels', async ({ page }) => {
  const view = await open(page, '?outlines=off');
  const original = await view.colour({ left: 0.35, right: 0.65, top: 0.2, bottom: 0.8 });
  await view.show('Inferred');
  await expect.poll(async () => brightness(await view.colour())).toBeLessThan(0.6 * brightness(original));

  const onTop = () => view.colour({ left: 0.3, right: 0.7 });
  await page.getByRole('button', { name: 'Layers' }).click();
  const popup = page.getByRole('dialog', { name: 'Layers' });
  const [redBefore] = await onTop();
  await popup.getByRole('checkbox', { name: 'Marker' }).click();
  await expect.poll(async () => (await onTop())[0]).toBeLessThan(redBefore);
  const [, , blueBefore] = await onTop();
  await popup.getByRole('checkbox', { name: 'DAPI' }).click();
  await expect.poll(async () => (await onTop())[2]).toBeLessThan(blueBefore);
  const dark = brightness(await onTop());
  await popup.getByRole('checkbox', { name: 'Lap2' }).click();
  await expect.poll(async () => brightness(await onTop())).toBeGreaterThan(dark);
  await popup.getByRole('checkbox', { name: 'Lap2' }).click();
  await popup.getByRole('checkbox', { name: 'Hematoxylin' }).click();
  await expect.poll(async () => brightness(await onTop())).toBeGreaterThan(dark);
  expect(new URL(page.url()).search).toBe('?view=inferred&layers=hematoxylin&outlines=off');
});

test('the address holds the place, and a copied one shows it again', { tag: '@once' }, async ({ page }) => {
  await open(page, '?outlines=off');
  const readAddress = () => {
    const query = new URL(page.url()).searchParams;
    return ['x', 'y', 'zoom'].map((name) => Number(query.get(name) ?? Number.NaN));
  };
  expect(readAddress()).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  await page.getByRole('group', { name: /^Image view/ }).focus();
  for (let n = 0; n < 4; n++) await page.keyboard.press('+');
  await expect.poll(() => readAddress()[2]).toBeGreaterThan(0);
  await page.waitForTimeout(1000);
  const place = readAddress();
  const farthest = () => Math.max(...place.map((value, n) => Math.abs(readAddress()[n]! / value - 1)));
  expect(new URL(page.url()).searchParams.get('outlines')).toBe('off');
  // The address keeps the place while the picture is on its way, and the view goes there when it has come.
  let isHeld = true;
  await page.route('**/api/storage/**/*.png*', async (route) => {
    while (isHeld) await new Promise((done) => setTimeout(done, 50));
    await route.continue().catch(() => undefined);
  });
  await page.reload();
  await expect(page.getByTestId('num-total')).toBeVisible();
  await page.waitForTimeout(1500);
  expect(readAddress()).toEqual(place);
  isHeld = false;
  await new AnalysisPage(page).ready();
  await page.waitForTimeout(1000);
  expect(farthest()).toBeLessThan(0.02);
  await page.getByRole('button', { name: 'Fit', exact: false }).first().click();
  await expect.poll(() => new URL(page.url()).search).toBe('?outlines=off');
});

test('a channel’s window changes how bright it shows', { tag: '@once' }, async ({ page }) => {
  const view = await open(page, '?view=inferred&layers=dapi&outlines=off');
  await expect.poll(async () => (await view.colour())[2]).toBeGreaterThan(3);
  const [, , before] = await view.colour();
  await page.getByRole('button', { name: 'Layers' }).click();
  await page.getByRole('slider', { name: 'Darkest DAPI' }).focus();
  for (let n = 0; n < 6; n++) await page.keyboard.press('PageUp');
  await expect.poll(async () => (await view.colour())[2]).toBeLessThan(before);
});

test('outlines go on and off, on both pictures', { tag: '@once' }, async ({ page }) => {
  const view = await open(page);
  const button = page.getByRole('button', { name: 'Outlines' });
  for (const picture of ['Original', 'Inferred'] as const) {
    await view.show(picture);
    await page.waitForTimeout(1000);
    const shown = await view.colour();
    await button.click();
    await expect(button).toHaveAttribute('aria-pressed', 'false');
    await expect.poll(async () => String(await view.colour())).not.toBe(String(shown));
    await button.click();
    await expect.poll(async () => String(await view.colour())).toBe(String(shown));
  }
});

test('the swipe shows the original to the left and the inferred picture to the right', async ({ page }) => {
  const view = await open(page, '?view=swipe&outlines=off');
  const handle = page.getByRole('slider', { name: 'Swipe' });
  const [leftHalf, rightHalf] = [
    { left: 0.36, right: 0.46 },
    { left: 0.54, right: 0.64 },
  ];
  await expect.poll(async () => brightness(await view.colour(rightHalf))).toBeLessThan(120);
  expect(brightness(await view.colour(leftHalf))).toBeGreaterThan(120);
  await handle.press('Home');
  await expect.poll(async () => brightness(await view.colour(leftHalf))).toBeLessThan(120);
  await handle.press('End');
  await expect.poll(async () => brightness(await view.colour(rightHalf))).toBeGreaterThan(120);
});

test('side by side, both look at the same place', async ({ page }, { project }) => {
  const view = await open(page, '?outlines=off');
  await view.show('Side by side');
  const second = page.locator('canvas[aria-label="Inferred view"]');
  await expect(second).toBeVisible();
  const boxes = [await view.image.boundingBox(), await second.boundingBox()];
  expect(Math.abs((boxes[0]?.width ?? 0) - (boxes[1]?.width ?? 0)), project.name).toBeLessThan(3);
  const [left, right] = [() => extentOf(view.image), () => extentOf(second)];
  // Both panes show the whole square picture.
  await expect.poll(left).toMatchObject({ isSquare: true });
  await expect.poll(async () => isAlike(await left(), await right())).toBe(true);

  await page.getByRole('button', { name: 'Zoom in' }).click();
  await page.getByRole('group', { name: /^Inferred view/ }).hover();
  // Turns of the wheel in quick succession count as one.
  await expect(async () => {
    await page.mouse.wheel(0, 100);
    expect((await right()).width).toBeLessThan(0.8 * (boxes[1]?.width ?? 0));
  }).toPass();
  await expect.poll(async () => isAlike(await left(), await right())).toBe(true);

  await view.show('Original');
  await page.getByRole('button', { name: 'Fit' }).click();
  await expect.poll(left).toMatchObject({ isSquare: true });
});

type Extent = { x: number; y: number; width: number; height: number };

const isAlike = (a: Extent, b: Extent): boolean =>
  (['x', 'y', 'width', 'height'] as const).every((side) => Math.abs(a[side] - b[side]) < 3);

/** The place of a picture on its canvas, in CSS pixels. */
function extentOf(picture: Locator): Promise<Extent & { isSquare: boolean }> {
  return picture.evaluate((canvas: HTMLCanvasElement) => {
    const { width, height } = canvas;
    const { data } = (canvas.getContext('2d') as CanvasRenderingContext2D).getImageData(0, 0, width, height);
    const isDrawn = (x: number, y: number) => data[4 * (y * width + x) + 3] !== 0;
    const [columns, rows] = [Array.from({ length: width }, (_, x) => x), Array.from({ length: height }, (_, y) => y)];
    const xs = columns.filter((x) => rows.some((y) => isDrawn(x, y)));
    const ys = rows.filter((y) => columns.some((x) => isDrawn(x, y)));
    const scale = canvas.getBoundingClientRect().width / width;
    return {
      x: (xs[0] ?? 0) * scale,
      y: (ys[0] ?? 0) * scale,
      width: xs.length * scale,
      height: ys.length * scale,
      isSquare: xs.length > 0 && Math.abs(xs.length - ys.length) < 4,
    };
  });
}

test('zooms by buttons, wheel and keys, and fits again', async ({ page }) => {
  const view = await open(page, '?outlines=off');
  const bar = page.getByTestId('scale-bar');
  const length = async () => `${await bar.textContent()} ${(await bar.locator('div').boundingBox())?.width.toFixed(0)}`;
  const fitted = await length();
  const whole = brightness(await view.colour());
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await expect.poll(length).not.toBe(fitted);
  await page.getByRole('button', { name: 'Fit' }).click();
  await expect.poll(length).toBe(fitted);

  const centre = await view.placeOf(SIDE / 2, SIDE / 2, SIDE);
  await page.mouse.move(centre.x, centre.y);
  await page.mouse.wheel(0, -300);
  await expect.poll(length).not.toBe(fitted);

  await page.getByRole('group', { name: /^Image view/ }).focus();
  await page.keyboard.press('0');
  await expect.poll(length).toBe(fitted);
  await page.keyboard.press('+');
  await expect.poll(length).not.toBe(fitted);
  const [before] = await view.colour({ left: 0.4, right: 0.5, top: 0.4, bottom: 0.5 });
  await page.keyboard.press('ArrowRight');
  await expect
    .poll(async () => (await view.colour({ left: 0.4, right: 0.5, top: 0.4, bottom: 0.5 }))[0])
    .not.toBe(before);
  await page.getByRole('button', { name: 'One to one' }).click();
  await page.getByRole('button', { name: 'Fit' }).click();
  await expect.poll(async () => Math.abs(brightness(await view.colour()) - whole)).toBeLessThan(1);
});

test('a nucleus tells what it is', async ({ page }) => {
  const view = await open(page);
  const first = await view.placeOf(28, 28, SIDE);
  await page.mouse.click(first.x, first.y);
  await expect(view.probe).toContainText('positive');
  await expect(view.probe).toContainText('µm²');
  const next = await view.placeOf(64 + 32 + 3, 32 + 1, SIDE);
  await page.mouse.click(next.x, next.y);
  await expect(view.probe).toContainText('negative');
  const between = await view.placeOf(64, 64, SIDE);
  await page.mouse.click(between.x, between.y);
  await expect(view.probe).toBeHidden();
});

test('a link shows what its sender saw', { tag: '@once' }, async ({ page }) => {
  const view = await open(page, '?view=inferred&layers=lap2');
  await expect(page.getByRole('radio', { name: 'Inferred' })).toBeChecked();
  await expect.poll(async () => (await view.colour())[1]).toBeGreaterThan(2);
});

test('axe finds nothing serious in any view', { tag: '@once' }, async ({ page }) => {
  const view = await open(page);
  for (const picture of ['Original', 'Inferred', 'Side by side', 'Swipe'] as const) {
    await view.show(picture);
    if (picture === 'Inferred') await page.getByRole('button', { name: 'Layers' }).click();
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(
      serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' '))}`),
      picture,
    ).toEqual([]);
    if (picture === 'Inferred') await page.keyboard.press('Escape');
  }
});
