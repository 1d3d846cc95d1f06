import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { analysisPaths } from '@/lib/contracts/analysis';
import { expect, test } from '../fixtures';
import { AnalysisPage, startAnalysis } from '../pages/analysis-page';
import { ResultPanels } from '../pages/result-panels';
import { drawTissue } from '../test-files';

const PICTURES = '**/api/storage/**/*.png*';

/** One analysis for all tests that do not change it. */
let known: string | null = null;
async function openKnown(page: Page, before: () => Promise<unknown> = async () => undefined): Promise<AnalysisPage> {
  if (!known) {
    const panels = new ResultPanels(page);
    await panels.open(await drawTissue(4));
    known = panels.id;
  }
  await before();
  const view = new AnalysisPage(page);
  await view.open(known);
  return view;
}

const notice = (page: Page) => page.getByTestId('stage-notice');
const connection = (page: Page) => page.getByTestId('connection');
const retry = (page: Page) => page.getByRole('button', { name: 'Try again' });

test('pictures that do not come are said on the stage, and come by themselves when they can', async ({ page }) => {
  let isCut = true;
  const view = await openKnown(page, () =>
    page.route(PICTURES, (route) => (isCut ? route.abort('internetdisconnected') : route.continue())),
  );
  await expect(notice(page)).toContainText('could not be fetched');
  await expect(retry(page)).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
  await page.screenshot({ path: test.info().outputPath('cut.png') });
  isCut = false;
  await view.ready();
  await expect(view.total).toHaveText(/\d/);
  await expect(retry(page)).toBeHidden();
});

test('pictures that do not come are fetched at once when somebody asks', { tag: '@once' }, async ({ page }) => {
  let isCut = true;
  const view = await openKnown(page, () =>
    page.route(PICTURES, (route) => (isCut ? route.fulfill({ status: 503, body: 'busy' }) : route.continue())),
  );
  await expect(notice(page)).toContainText('the server answered 503');
  // By then the pauses between attempts are long.
  await page.waitForTimeout(6000);
  isCut = false;
  await retry(page).click();
  await expect(view.image).toBeVisible({ timeout: 5000 });
});

test('no picture is fetched twice, though one worker shows what another computes from', { tag: '@once' }, async ({
  page,
}) => {
  const asked: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (/^\/api\/storage\/.*\.png$/.test(pathname)) asked.push(pathname);
  });
  const view = await openKnown(page);
  await view.ready();
  await expect(view.total).toHaveText(/\d/);
  // Original, segmentation, marker.
  expect(asked).toHaveLength(3);
  expect(new Set(asked).size).toBe(3);
});

test('a link that has expired is signed anew', { tag: '@once' }, async ({ page }) => {
  // The storage refuses them: the links in the first answer get a broken signature.
  let answers = 0;
  const view = await openKnown(page, () =>
    page.route(`**${analysisPaths.one(known as string)}`, async (route) => {
      const answer = await route.fetch();
      const body = (await answer.text()).replaceAll('signature=', answers++ === 0 ? 'signature=x' : 'signature=');
      await route.fulfill({ response: answer, body });
    }),
  );
  await view.ready();
  expect(answers).toBeGreaterThan(1);
});

test('a picture of which half comes is fetched again', { tag: '@once' }, async ({ page }) => {
  let cuts = 0;
  const view = await openKnown(page, () =>
    page.route(PICTURES, async (route) => {
      if (++cuts > 3) return route.continue();
      const whole = await (await route.fetch()).body();
      await route.fulfill({ contentType: 'image/png', body: whole.subarray(0, whole.length / 2) });
    }),
  );
  await view.ready();
  await expect(view.total).toHaveText(/\d/);
});

test('an analysis that is deleted while its pictures are awaited says so', { tag: '@once' }, async ({
  page,
  request,
}) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(2));
  await page.route(PICTURES, async (route) => {
    await request.delete(analysisPaths.one(panels.id));
    await route.continue();
  });
  await page.reload();
  await expect(notice(page)).toContainText('was deleted');
  await expect(page.getByRole('link', { name: 'Analyse another image' })).toBeVisible();
  await expect(retry(page)).toBeHidden();
});

for (const script of ['picture', 'live'])
  test(`the ${script} script that does not come is said, and loaded when it can be`, { tag: '@once' }, async ({
    page,
  }) => {
    let isCut = true;
    const view = await openKnown(page, () =>
      page.route(`**/workers/${script}.js`, (route) => (isCut ? route.abort() : route.continue())),
    );
    await expect(notice(page)).toContainText('A script of this page could not be loaded.');
    isCut = false;
    await view.ready();
    await expect(view.total).toHaveText(/\d/);
  });

test('a script that is broken is said, and is not tried again by itself', { tag: '@once' }, async ({ page }) => {
  let isBroken = true;
  const view = await openKnown(page, () =>
    page.route('**/workers/live.js', (route) =>
      isBroken
        ? route.fulfill({ contentType: 'text/javascript', body: 'throw new Error("broken")' })
        : route.continue(),
    ),
  );
  await expect(notice(page)).toContainText('A part of this page stopped working.');
  isBroken = false;
  await retry(page).click();
  await view.ready();
});

test('a browser without workers says so', { tag: '@once' }, async ({ page }) => {
  await openKnown(page, () =>
    page.addInitScript(() => {
      Reflect.deleteProperty(window, 'Worker');
    }),
  );
  await expect(notice(page)).toContainText('This browser has no web workers');
});

/** The scripts that only the page of a result loads, in the order in which it does. */
async function scriptsOfResult(page: Page): Promise<string[]> {
  const asked: string[] = [];
  page.on('request', (request) => /\/_next\/static\/.*\.js$/.test(request.url()) && asked.push(request.url()));
  const view = await openKnown(page);
  await view.ready();
  await page.waitForLoadState('networkidle');
  const first = asked.splice(0);
  await page.goto('/');
  return first.filter((url) => !asked.includes(url));
}

test('the viewer’s own script that does not come is a sentence with a way on', { tag: '@once' }, async ({ page }) => {
  const scripts = await scriptsOfResult(page);
  const texts = await Promise.all(scripts.map(async (url) => (await page.request.get(url)).text()));
  const viewer = scripts[texts.findIndex((text) => text.includes('OpenSeadragon'))] as string;
  const view = new AnalysisPage(page);
  await page.route(viewer, (route) => route.abort());
  await view.open(known as string);
  await expect(page.getByRole('heading', { name: 'A part of this page could not be loaded' })).toBeVisible();
  await page.unroute(viewer);
  await page.getByRole('button', { name: 'Reload the page' }).click();
  await view.ready();
});

test('tools for regions that do not come are told, and loaded when they can be', { tag: '@once' }, async ({ page }) => {
  const tools = (await scriptsOfResult(page)).at(-1) as string;
  const view = new AnalysisPage(page);
  await page.route(tools, (route) => route.abort());
  await view.open(known as string);
  await expect(notice(page)).toContainText('The tools for regions could not be loaded.');
  await expect(view.total).toHaveText(/\d/);
  await page.unroute(tools);
  // It is tried again by itself.
  await expect(retry(page)).toBeHidden();
  await page.getByRole('button', { name: 'Rectangle' }).click();
  const box = await view.image.boundingBox();
  if (!box) throw new Error('There is no picture.');
  await page.mouse.move(box.x + 0.4 * box.width, box.y + 0.4 * box.height);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.6 * box.width, box.y + 0.6 * box.height, { steps: 8 });
  await page.mouse.up();
  await expect(page.getByRole('list', { name: 'Regions' }).getByRole('listitem')).toHaveCount(1);
});

test('offline is said within two seconds, and so is its end', { tag: '@once' }, async ({ page, context, request }) => {
  const { id } = await startAnalysis(request, (await drawTissue(24)).buffer, { resolution: '10x' });
  const view = new AnalysisPage(page);
  await view.open(id);
  await expect(page.getByRole('progressbar')).toBeVisible();
  await context.setOffline(true);
  await expect(connection(page)).toContainText('You are offline', { timeout: 2000 });
  await page.screenshot({ path: test.info().outputPath('offline.png') });
  await context.setOffline(false);
  await expect(connection(page)).toContainText('Back online', { timeout: 5000 });
  await expect(connection(page)).toBeEmpty({ timeout: 10_000 });
  await request.delete(analysisPaths.one(id));
});

test('a server that is gone is said within two seconds by the waiting page, which goes on', { tag: '@once' }, async ({
  page,
  request,
}) => {
  const { id } = await startAnalysis(request, (await drawTissue(24)).buffer, { resolution: '10x' });
  const view = new AnalysisPage(page);
  await view.open(id);
  await expect(page.getByRole('progressbar')).toBeVisible();
  await page.route('**/api/**', (route) => route.abort('connectionrefused'));
  await expect(connection(page)).toContainText('The server does not answer', { timeout: 2000 });
  await page.unroute('**/api/**');
  await expect(connection(page)).toContainText('Back online', { timeout: 6000 });
  await request.delete(analysisPaths.one(id));
});

test('an upload outlives a while without a network, and says that there is none', { tag: '@once' }, async ({
  home,
  page,
  context,
}) => {
  let isHeld = true;
  await page.route('**/upload/**', async (route) => {
    if (!isHeld) return route.continue();
    isHeld = false;
    await context.setOffline(true);
    await route.abort('internetdisconnected');
  });
  await home.choose(await drawTissue(4));
  await expect(connection(page)).toContainText('You are offline', { timeout: 20_000 });
  await page.waitForTimeout(3000);
  await context.setOffline(false);
  await expect(home.startButton).toBeVisible({ timeout: 60_000 });
});

test('one thumbnail is fetched once while an analysis runs, by one address', { tag: '@once' }, async ({
  page,
  request,
}) => {
  const fetched: string[] = [];
  page.on('request', (asked) => /\/thumbnails\//.test(asked.url()) && fetched.push(asked.url()));
  const { id } = await startAnalysis(request, (await drawTissue(14)).buffer, { resolution: '10x' });
  // Each answer has another address of it, as when the time of its links has run on.
  let answers = 0;
  await page.route(`**${analysisPaths.one(id)}`, async (route) => {
    const answer = await (await route.fetch()).json();
    answer.source.thumbnail.url += `&answer=${++answers}`;
    await route.fulfill({ json: answer });
  });
  const view = new AnalysisPage(page);
  await view.open(id);
  await expect(page.getByRole('progressbar')).toBeVisible();
  await view.ready();
  expect(answers).toBeGreaterThan(1);
  expect(fetched).toHaveLength(1);
});

test('a thumbnail that does not come is said, and comes later', { tag: '@once' }, async ({ home, page }) => {
  let isCut = true;
  await page.route('**/thumbnails/**', (route) => (isCut ? route.abort() : route.continue()));
  await home.choose(await drawTissue(4));
  await expect(page.getByText('The picture could not be fetched.')).toBeVisible({ timeout: 60_000 });
  isCut = false;
  await expect(page.getByText('The picture could not be fetched.')).toBeHidden();
  expect(await home.picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
});
