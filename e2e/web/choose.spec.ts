import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import sharp from 'sharp';
import { expect, test } from '../fixtures';
import { drawTissue, type TestFile } from '../test-files';

/** A file in a DataTransfer of the page, as in a drop or a paste. */
const transferOf = (page: Page, { name, mimeType, buffer }: TestFile) =>
  page.evaluateHandle(
    ({ name, mimeType, base64 }) => {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], name, { type: mimeType }));
      return transfer;
    },
    { name, mimeType, base64: buffer.toString('base64') },
  );

test('an image can be dropped anywhere, even on the footer', { tag: '@once' }, async ({ home, page }) => {
  const dataTransfer = await transferOf(page, await drawTissue(2));
  const footer = page.getByRole('contentinfo');
  await footer.dispatchEvent('dragenter', { dataTransfer });
  await expect(page.getByText('Drop one image or many here')).toBeVisible();
  await footer.dispatchEvent('drop', { dataTransfer });
  await expect(page.getByText('Drop one image or many here')).toBeHidden();
  await home.acceptButton.click();
  await expect(home.startButton).toBeVisible();
  await expect(home.picture).toBeVisible();
});

test('an image can be pasted', { tag: '@once' }, async ({ home, page }) => {
  const transfer = await transferOf(page, await drawTissue(2));
  await page.evaluate(
    (clipboardData) => document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true })),
    transfer,
  );
  await home.acceptButton.click();
  await expect(home.startButton).toBeVisible();
});

test('the only file input is the one that the button opens', { tag: '@once' }, async ({ home, page }) => {
  await expect(home.fileInput).toHaveCount(1);
  const chooser = page.waitForEvent('filechooser');
  await home.chooseButton.click();
  await (await chooser).setFiles(await drawTissue(2));
  await home.acceptButton.click();
  await expect(home.startButton).toBeVisible();
});

test('a phone takes a photo with the same input, which then asks for files again', async ({ home, page, isMobile }) => {
  const camera = page.getByRole('button', { name: 'Take a photo' });
  test.skip(!isMobile, 'there is no camera to point at a screen');
  await home.fileInput.evaluate((input) =>
    input.addEventListener('click', () => {
      document.title = `capture ${input.getAttribute('capture')}`;
    }),
  );
  const chooser = page.waitForEvent('filechooser');
  await camera.click();
  await chooser;
  await expect(page).toHaveTitle('capture environment');
  await expect(home.fileInput).not.toHaveAttribute('capture');
});

test('the scale bar and the estimate follow the pixel size', { tag: '@once' }, async ({ home, page }) => {
  await home.bring(await drawTissue(6));
  await expect(page.getByText('The file states no pixel size.')).toBeVisible();
  await home.pick('40x');
  await expect(page.getByText('20 µm', { exact: true })).toBeVisible();
  await home.pick('10x');
  await expect(page.getByText('50 µm', { exact: true })).toBeVisible();

  await home.pick('Other');
  const field = page.getByLabel('µm per pixel');
  await expect(home.startButton).toBeDisabled();
  await field.fill('7');
  await expect(page.getByText('A number from 0.1 to 2')).toBeVisible();
  await expect(home.startButton).toBeDisabled();
  await field.fill('0,3');
  await expect(page.getByText('20 µm', { exact: true })).toBeVisible();
  const id = await home.start();
  expect((await home.stored(id))?.started).toEqual({ microns_per_pixel: 0.3 });
});

for (const [micronsPerPixel, name] of [
  [0.25, '40x'],
  [0.34, 'Other'],
] as const)
  test(`a file that states ${micronsPerPixel} µm per pixel proposes ${name}, and stays its own witness`, {
    tag: '@once',
  }, async ({ home, page }) => {
    const tissue = await drawTissue(2);
    const density = 1000 / micronsPerPixel;
    const buffer = await sharp(tissue.buffer).tiff({ xres: density, yres: density, resolutionUnit: 'cm' }).toBuffer();
    await home.bring({ name: 'tissue.tif', mimeType: 'image/tiff', buffer });
    await expect(page.getByRole('radio', { name })).toBeChecked();
    await expect(page.getByText(`The file states ${micronsPerPixel} µm/px (TIFF resolution).`)).toBeVisible();
    const id = await home.start();
    expect((await home.stored(id))?.started).toEqual({});
  });

test('a file that states no pixel size is looked at, at an address of its own that can be left and opened again', async ({
  home,
  page,
}) => {
  const buffer = await readFile('public/samples/ki67-40x.jpg');
  await home.bring({ name: 'field.jpg', mimeType: 'image/jpeg', buffer });
  await expect(page).toHaveURL(/\/analyses\/[\w-]{22}$/);
  const words = page.getByText(/^The file states no pixel size\. Looks like 40x: nuclei are about \d\d px across\./);
  await expect(words).toBeVisible();
  await expect(page.getByRole('radio', { name: '40x' })).toBeChecked();
  await page.reload();
  await expect(words).toBeVisible();
  await expect(page.getByText('field.jpg, ')).toBeVisible();
  await page.goBack();
  await expect(home.chooseButton).toBeVisible();
  await page.goForward();
  await home.pick('20x');
  const id = await home.start();
  expect((await home.stored(id))?.started).toEqual({ resolution: '20x' });
});

test('nothing is preset where the nuclei do not tell the magnification', { tag: '@once' }, async ({ home, page }) => {
  await home.bring(await drawTissue(2));
  await expect(page.getByText('Its nuclei do not tell the magnification')).toBeVisible();
  await expect(page.getByRole('radio', { checked: true })).toHaveCount(0);
  await expect(home.startButton).toBeDisabled();
  await expect(page.getByText('Choose the magnification, then start.')).toBeVisible();
  await home.pick('40x');
  await expect(home.startButton).toBeEnabled();
});
