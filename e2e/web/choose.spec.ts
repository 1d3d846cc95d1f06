import { drawTissue, expect, type TestFile, test } from '../fixtures';

/** A file in a DataTransfer of the page, as a drop or a paste brings it. */
const transferOf = (page: import('@playwright/test').Page, { name, mimeType, buffer }: TestFile) =>
  page.evaluateHandle(
    ({ name, mimeType, base64 }) => {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], name, { type: mimeType }));
      return transfer;
    },
    { name, mimeType, base64: buffer.toString('base64') },
  );

test('an image can be dropped anywhere, even on the footer', async ({ home, page }) => {
  const dataTransfer = await transferOf(page, await drawTissue(2));
  const footer = page.getByRole('contentinfo');
  await footer.dispatchEvent('dragenter', { dataTransfer });
  await expect(page.getByText('Drop the image here')).toBeVisible();
  await footer.dispatchEvent('drop', { dataTransfer });
  await expect(home.startButton).toBeVisible();
  await expect(page.getByText('Drop the image here')).toBeHidden();
  await expect(page.getByAltText('The chosen image')).toBeVisible();
});

test('an image can be pasted', async ({ home, page }) => {
  const transfer = await transferOf(page, await drawTissue(2));
  await page.evaluate(
    (clipboardData) => document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true })),
    transfer,
  );
  await expect(home.startButton).toBeVisible();
});

test('the only file input is the one that the button opens', async ({ home, page }) => {
  await expect(home.fileInput).toHaveCount(1);
  const chooser = page.waitForEvent('filechooser');
  await home.chooseButton.click();
  await (await chooser).setFiles(await drawTissue(2));
  await expect(home.startButton).toBeVisible();
});

test('the scale bar follows the magnification', async ({ home, page }) => {
  await home.choose(await drawTissue(6));
  await home.pick('40x');
  await expect(page.getByText('20 µm', { exact: true })).toBeVisible();
  await home.pick('10x');
  await expect(page.getByText('50 µm', { exact: true })).toBeVisible();
});
