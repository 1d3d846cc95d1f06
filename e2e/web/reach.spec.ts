import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PDFDocument } from '@cantoo/pdf-lib';
import type { Page } from '@playwright/test';
import sharp from 'sharp';
import { wordsOfPdf } from '@/lib/exports/__fixtures__/pdf-words';
import { expect, test } from '../fixtures';
import { outOfReach } from '../pages/reach';
import { ResultPanels } from '../pages/result-panels';
import { SlidePage } from '../pages/slide-page';
import { drawTissue } from '../test-files';

const SIZES = [
  { name: 'a small laptop', width: 1024, height: 768, text: 1 },
  { name: 'text of 200 %', width: 1440, height: 900, text: 2 },
  { name: 'text of 200 % on a small laptop', width: 1024, height: 768, text: 2 },
  { name: 'a tablet', width: 820, height: 1180, text: 1 },
  { name: 'a phone', width: 390, height: 844, text: 1 },
  { name: 'text of 200 % on a phone', width: 390, height: 844, text: 2 },
  { name: 'a phone on its side', width: 844, height: 390, text: 1 },
];

const setSize = async (page: Page, { width, height, text }: (typeof SIZES)[number]) => {
  await page.setViewportSize({ width, height });
  await page.evaluate((scale) => {
    document.documentElement.style.fontSize = `${100 * scale}%`;
  }, text);
};
/** Pixels that the page scrolls on below its end. */
const emptyBelow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollHeight - Math.ceil(document.body.getBoundingClientRect().height));
const widthOf = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth);

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
  for (const size of SIZES) {
    const { name, width } = size;
    await test.step(name, async () => {
      await setSize(page, size);
      const isSheet = width < 1024;
      await expect(tabs).toBeVisible({ visible: isSheet });
      expect(await widthOf(page), 'width').toBeLessThanOrEqual(width);
      for (const tab of isSheet ? (['Score', 'Adjust', 'Layers', 'Regions', 'Save'] as const) : [null]) {
        if (tab) await panels.show(tab);
        expect(await outOfReach(page.getByRole('main')), `${name}, ${tab ?? 'rail'}`).toEqual([]);
        expect(await emptyBelow(page), `${name}, ${tab ?? 'rail'}: nothing but air below the page`).toBeLessThanOrEqual(
          1,
        );
      }
      // The score alone fills such a screen.
      if (isSheet && size.text > 1) return;
      // At the end of the rail, or of the last tab.
      if (!isSheet) await page.getByRole('button', { name: 'Provenance', exact: true }).scrollIntoViewIfNeeded();
      else await page.getByTestId('update-state').evaluate((sheet) => sheet.scrollIntoView({ block: 'end' }));
      for (const number of ['percent-pos', 'num-total', 'percent-pos-interval'])
        expect(await isInSight(page, number), `${name}: ${number}`).toBe(true);
      await expect(panels.updateButton).toBeInViewport({ ratio: 1 });
    });
  }
});

test('a printed result is an A4 sheet of its picture, numbers, regions and settings, in either theme', {
  tag: '@once',
}, async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(3));
  await page.getByLabel('Your name for this image').fill('CASE-7');
  await page.getByRole('button', { name: 'Rectangle' }).click();
  await panels.drag([10, 10], [182, 100]);
  await page.getByLabel('Name of region 1').fill('Upper half');
  await page.getByLabel('Area of the hot spot, mm²').fill('0.0005');
  await page.getByRole('button', { name: 'Find hot spot' }).click();
  await expect(page.getByLabel('Name of region 2')).toHaveValue('Hot spot');
  const { total } = await panels.numbers();
  await panels.update();
  const sheet = page.getByRole('region', { name: 'Printed result' });
  for (const [colorScheme, width, height] of [
    ['light', 1440, 900],
    ['dark', 390, 844],
  ] as const) {
    await page.emulateMedia({ colorScheme, media: null });
    await page.setViewportSize({ width, height });
    if (width < 1024) await panels.show('Adjust');
    await expect(panels.slider('Segmentation threshold')).toBeVisible();
    const pdf = await page.pdf({ format: 'A4' });
    expect((await PDFDocument.load(pdf)).getPages().map((one) => one.getWidth())).toEqual([expect.closeTo(596, 0)]);
    // Chromium places letter by letter.
    const words = (await wordsOfPdf(pdf)).replace(/\s/g, '');
    for (const text of [
      ...['CASE-7', `of ${total} nuclei`, '95 % interval', 'Fewer than', 'Upper half', 'counts', 'H-score'],
      ...['Segmentation threshold', 'Nuclear size', 'Marker threshold', 'Edge of the picture', 'µm/px (resolution)'],
      ...['Model SHA-256', 'Software', 'Analysed', 'Not a medical device'],
    ])
      expect(words, `${colorScheme}: ${text}`).toContain(text.replace(/\s/g, ''));
    for (const text of ['Save changes', 'Find hot spot', 'Only this', 'Stained for', 'Unsaved'])
      expect(words, `${colorScheme}: ${text}`).not.toContain(text.replace(/\s/g, ''));

    await page.emulateMedia({ colorScheme, media: 'print' });
    await expect(sheet).toBeVisible();
    await expect(panels.updateButton).toBeHidden();
    // It is not distorted, as the canvas of the viewer would be.
    const picture = await page.getByRole('img', { name: 'Printed picture' }).boundingBox();
    expect((picture?.width ?? 0) / (picture?.height ?? 1)).toBeCloseTo(1, 1);
    const spot = await page.getByRole('img', { name: 'Printed hot spot' }).boundingBox();
    expect(spot?.height).toBeCloseTo(picture?.height ?? 0, 0);
    const dark = await darkShare(page);
    expect(dark).toBeGreaterThan(0);
    const [paper, ink] = await page.evaluate(() => {
      const lightness = (colour: string) => {
        const [, space, value] = /^(lab|oklch|rgb)\(([\d.]+)/.exec(colour) ?? [];
        return Number(value) / ({ lab: 100, rgb: 255 }[space ?? ''] ?? 1);
      };
      const { backgroundColor, color } = getComputedStyle(document.body);
      return [lightness(backgroundColor), lightness(color)];
    });
    expect(paper).toBe(1);
    expect(ink).toBeLessThan(0.3);
    await page.emulateMedia({ colorScheme, media: null });
    await expect(sheet).toBeHidden();
    // Outlines are on the sheet, and are not where they are switched off.
    await page.getByRole('button', { name: 'Outlines', exact: true }).click();
    await page.waitForTimeout(300);
    await page.emulateMedia({ colorScheme, media: 'print' });
    expect(await darkShare(page)).toBeLessThan(dark);
    await page.emulateMedia({ colorScheme, media: null });
    await page.getByRole('button', { name: 'Outlines', exact: true }).click();
    await expect(panels.slider('Segmentation threshold')).toBeVisible();
  }
});

/** The share of the printed picture that is near black, as the lines round nuclei are. */
const darkShare = (page: Page) =>
  page.getByRole('img', { name: 'Printed picture' }).evaluate((canvas: HTMLCanvasElement) => {
    const data =
      canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? new Uint8ClampedArray();
    let count = 0;
    for (let at = 0; at < data.length; at += 4)
      if (Math.max(...data.subarray(at, at + 3)) < 60 && data[at + 3] === 255) count++;
    return (4 * count) / data.length;
  });

test('full screen keeps the numbers, the tools and Save changes', { tag: '@once' }, async ({ page }) => {
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
  await score.getByRole('button', { name: 'Save changes' }).click();
  await expect(score).toContainText('Saved.');
  expect((await panels.stored()).result?.scoring.num_total).toBe(12);
  await page.getByRole('button', { name: 'Full screen' }).click();
  await expect(score).toBeHidden();
  await expect(page.getByTestId('num-total')).toHaveText('12');
});

test('on every screen each control of a slide can be reached', { tag: '@once' }, async ({ page }) => {
  const slide = new SlidePage(page);
  const folder = mkdtempSync(join(tmpdir(), 'restain-e2e-'));
  const path = join(folder, 'slide.tif');
  await sharp({ create: { width: 1600, height: 1200, channels: 3, background: '#f2ebf0' } })
    .withMetadata({ density: 50_800 })
    .tiff({ tile: true, pyramid: true, tileWidth: 256, tileHeight: 256, compression: 'jpeg' })
    .toFile(path);
  const id = await SlidePage.send(page, path);
  await rm(folder, { recursive: true });
  await slide.open(id);
  for (const size of SIZES) {
    const { name, width, height } = size;
    await test.step(name, async () => {
      await setSize(page, size);
      expect(await widthOf(page), name).toBeLessThanOrEqual(width);
      for (const tool of ['Select and move', 'Brush']) {
        await slide.tool(tool).click();
        expect(await outOfReach(page.getByRole('main')), `${name}, ${tool}`).toEqual([]);
      }
      // There is room left to draw on.
      expect((await slide.canvas.boundingBox())?.height, name).toBeGreaterThan(height / 5);
    });
  }
});

test('text of 200 % widens no page of a phone', { tag: '@once' }, async ({ home, page }) => {
  const onPhone = { name: 'text of 200 % on a phone', width: 390, height: 844, text: 2 };
  for (const path of ['/model', '/api-docs', '/']) {
    await page.goto(path);
    await setSize(page, onPhone);
    await expect.poll(() => widthOf(page), { message: path }).toBeLessThanOrEqual(onPhone.width);
  }
  // The slide of a sample has a table of its true values.
  await home.sample(/^Ki67, section with a hot spot/).click();
  await page.waitForURL(/\/slides\//);
  await setSize(page, onPhone);
  await expect(page.getByTestId('slide-truth')).toBeVisible();
  await expect.poll(() => widthOf(page), { message: 'a sample slide' }).toBeLessThanOrEqual(onPhone.width);
});

test('what a tool does is read without moving its row, on a phone too', async ({ page }, { project }) => {
  test.skip(project.name !== 'phone', 'a wide screen has room');
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(4));
  for (const [tool, hint] of [
    ['Rectangle', /^Drag a rectangle/],
    ['Polygon', /^Click each corner/],
    ['Freehand', /^Draw around the region/],
    ['Erase', /^Paint over what/],
  ] as const) {
    await page.getByRole('button', { name: tool, exact: true }).click();
    const words = page.getByText(hint);
    const isWhole = () =>
      words.evaluate((paragraph) => {
        const row = paragraph.parentElement as HTMLElement;
        return row.scrollWidth <= row.clientWidth && row.scrollHeight <= row.clientHeight && row.clientHeight <= 44;
      });
    await expect.poll(isWhole, tool).toBe(true);
  }
  // The last of the row of tools is not faded when it is pulled in.
  const last = page.getByRole('button', { name: 'Redo', exact: true });
  await last.scrollIntoViewIfNeeded();
  const row = last.locator('..');
  await row.evaluate((element) => element.scrollTo(10_000, 0));
  const [button, whole] = [await last.boundingBox(), await row.boundingBox()];
  expect((button?.x ?? 0) + (button?.width ?? 0)).toBeLessThanOrEqual((whole?.x ?? 0) + (whole?.width ?? 0) - 31);
});
