import { expect, test } from '../fixtures';
import { drawTissue, type TestFile } from '../test-files';

const ROWS = 6;

/** A small image in a file of 20 MB. It is sent in three parts, so its upload takes a while. */
async function drawLargeFile(): Promise<TestFile> {
  const tissue = await drawTissue(2);
  return { ...tissue, buffer: Buffer.concat([tissue.buffer, Buffer.alloc(20_000_000)]) };
}

test('an uploaded image becomes a result at an address of its own', async ({ home, page }) => {
  await home.bring(await drawTissue(ROWS));
  await expect(page.getByText('tissue.png, 384 x 384 px')).toBeVisible();
  await expect(home.picture).toHaveJSProperty('naturalWidth', 384);
  await expect(page.getByTestId('estimate')).toContainText(/about \d+ s/);
  await home.pick('40x');
  const id = await home.start();
  await home.result();

  const { state, sample, started, result } = (await home.stored(id)) ?? {};
  expect({ state, sample, started }).toEqual({ state: 'done', sample: null, started: { resolution: '40x' } });
  expect(result?.scoring.num_total).toBeGreaterThan(0.8 * ROWS * ROWS);
  expect(result?.scoring.num_total).toBeLessThan(1.2 * ROWS * ROWS);

  await page.reload();
  await home.result();
  await expect(page.getByTestId('num-total')).toHaveText(String(result?.scoring.num_total));
});

test('a sample goes the same way, without terms, and shows truth beside measurement', { tag: '@once' }, async ({
  home,
  page,
}) => {
  await home.sample(/^Ki67 40x few cells dividing/).click();
  await expect(home.startButton).toBeVisible();
  await expect(page.getByRole('radio', { name: '40x' })).toBeChecked();
  await expect(page.getByText('This sample has 0.25 µm/px.')).toBeVisible();
  const id = await home.start();
  await home.result();
  expect((await home.stored(id))?.sample).toBe('ki67-low');
  await expect(page.getByTestId('sample-truth')).toContainText(/true 5\.1 %, measured \d+\.\d %/);
});

test('an upload can be cancelled, and leaves nothing', { tag: '@once' }, async ({ home, page }) => {
  await page.route('**/upload/2**', () => undefined);
  const created = home.created();
  await home.choose(await drawLargeFile());
  const id = await created;
  await expect(page.getByRole('progressbar')).toBeVisible();
  await expect(page.getByText(/^[\d.]+ MB of 20\.1 MB$/)).toBeVisible();
  await home.cancelButton.click();
  await expect(home.chooseButton).toBeVisible();
  await expect.poll(() => home.stored(id)).toBeNull();
});

test('what was checked can be given up, and leaves nothing', { tag: '@once' }, async ({ home }) => {
  const created = home.created();
  await home.bring(await drawTissue(2));
  await home.cancelButton.click();
  await expect(home.chooseButton).toBeVisible();
  await expect.poll(async () => home.stored(await created)).toBeNull();
});

test('a running analysis can be cancelled, and started again', { tag: '@once' }, async ({ home, page }) => {
  await home.sample(/^Ki67 10x/).click();
  const id = await home.start();
  await expect(page.getByRole('heading', { name: 'Analysing' })).toBeVisible();
  await page.reload();
  await home.cancelButton.click();
  await expect(page.getByRole('heading', { name: 'The analysis was cancelled' })).toBeVisible();
  expect((await home.stored(id))?.state).toBe('cancelled');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('progressbar')).toBeVisible();
  await home.cancelButton.click();
});
