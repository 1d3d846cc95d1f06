import { expect, test } from '../fixtures';
import { HomePage } from '../pages/home-page';
import { drawTissue } from '../test-files';

test('the terms come before the first upload of a session, and once', async ({ home, page }) => {
  const posts: string[] = [];
  page.on('request', (sent) => sent.method() === 'POST' && posts.push(sent.url()));
  await home.fileInput.setInputFiles(await drawTissue(2));
  const dialog = page.getByRole('dialog', { name: 'Before your image is sent' });
  for (const promise of [
    /research use only/,
    /identifying or health information/,
    /deleted after 24 hours/,
    /not used for training/,
  ])
    await expect(dialog).toContainText(promise);
  await page.getByRole('button', { name: 'Not now' }).click();
  await expect(dialog).toBeHidden();
  await expect(home.chooseButton).toBeVisible();
  expect(posts).toEqual([]);

  await home.bring(await drawTissue(2));
  await home.open();
  await home.fileInput.setInputFiles(await drawTissue(2));
  await expect(home.startButton).toBeVisible();
  await expect(dialog).toBeHidden();
});

test('Escape declines the terms', { tag: '@once' }, async ({ home, page }) => {
  await home.fileInput.setInputFiles(await drawTissue(2));
  await expect(home.acceptButton).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(home.acceptButton).toBeHidden();
  await expect(home.chooseButton).toBeVisible();
});

test('a server that does not know of the acceptance takes nothing, and says why', { tag: '@once' }, async ({
  home,
  page,
}) => {
  await page.route('**/api/analyses', async (route) => {
    await page.context().clearCookies();
    await route.continue({ headers: { ...route.request().headers(), cookie: '' } });
  });
  await home.choose(await drawTissue(2));
  await expect(home.problem).toContainText('terms of use');
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
});

test('two tabs work on two images at once, and one acceptance is enough for both', { tag: '@once' }, async ({
  home,
  context,
}) => {
  await home.bring(await drawTissue(2));
  const other = new HomePage(await context.newPage());
  await other.open();
  await other.fileInput.setInputFiles(await drawTissue(3));
  await expect(other.page.getByText('tissue.png, 192 x 192 px')).toBeVisible();
  await expect(home.page.getByText('tissue.png, 128 x 128 px')).toBeVisible();
  await home.pick('40x');
  await other.pick('40x');
  const [one, two] = [await home.start(), await other.start()];
  expect(one).not.toBe(two);
  await home.result();
  await other.result();
  expect((await home.stored(one))?.source?.width).toBe(128);
  expect((await home.stored(two))?.source?.width).toBe(192);
});
