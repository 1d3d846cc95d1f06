import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures';
import { ResultPanels } from '../pages/result-panels';
import { drawTissue } from '../test-files';

/** The most script, compressed, that the home page may load. */
const HOME_BUDGET = 200_000;
/** And the page of a result, until its numbers are live beside the thumbnail; and all of it, with the viewer. */
const RESULT_BUDGET = { numbers: 300_000, all: 410_000 };

/** What axe rates as serious or critical, with the elements concerned. */
async function seriousIssues(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

for (const colorScheme of ['light', 'dark'] as const)
  test.describe(`${colorScheme} theme`, { tag: colorScheme === 'dark' ? '@once' : [] }, () => {
    test.use({ colorScheme });

    test('axe finds nothing serious on any screen', async ({ home, page }) => {
      expect(await seriousIssues(page), 'home').toEqual([]);
      await home.fileInput.setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('Notes.') });
      await expect(home.acceptButton).toBeVisible();
      expect(await seriousIssues(page), 'terms').toEqual([]);
      await home.acceptButton.click();
      await expect(home.problem).toBeVisible({ timeout: 60_000 });
      expect(await seriousIssues(page), 'refused').toEqual([]);
      await home.bring(await drawTissue());
      await home.pick('Other');
      expect(await seriousIssues(page), 'check and start').toEqual([]);
      await home.pick('40x');
      await home.start();
      await home.result();
      expect(await seriousIssues(page), 'result').toEqual([]);
      for (const path of ['/nowhere', '/model']) {
        await page.goto(path);
        expect(await seriousIssues(page), path).toEqual([]);
      }
    });
  });

test('the way to a result can be gone with the keyboard alone', { tag: '@once' }, async ({ home, page }) => {
  const { keyboard } = page;
  await tabTo(page, 'Choose an image');
  const chooser = page.waitForEvent('filechooser');
  await keyboard.press('Enter');
  await (await chooser).setFiles(await drawTissue());

  await expect(home.acceptButton).toBeFocused();
  await keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Check and start' })).toBeFocused();
  await expect(page.getByText('Looking at its nuclei.')).toBeHidden();
  await keyboard.press('Tab');
  const chosen = page.getByRole('radio', { name: '40x' });
  for (let presses = 0; presses < 4 && !(await chosen.isChecked()); presses++) await keyboard.press('ArrowRight');
  await expect(chosen).toBeChecked();
  await keyboard.press('Tab');
  await expect(home.startButton).toBeFocused();
  await keyboard.press('Enter');
  await home.result();
});

async function tabTo(page: Page, name: string) {
  const button = page.getByRole('button', { name });
  await expect(async () => {
    await page.keyboard.press('Tab');
    await expect(button).toBeFocused({ timeout: 50 });
  }).toPass({ intervals: [0] });
}

test('the theme can be switched, and the choice is kept', { tag: '@once' }, async ({ home, page }) => {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = await background();
  await page.getByRole('button', { name: 'Switch between light and dark' }).click();
  const after = await background();
  expect(after).not.toBe(before);
  await home.open();
  expect(await background()).toBe(after);
});

test('the example of the home page is swiped by keys', { tag: '@once' }, async ({ home, page }) => {
  const slider = home.page.getByRole('slider', { name: 'Stain to the left, inferred to the right' });
  const stain = page.getByRole('img', { name: /^A sample/ });
  const shown = () => stain.evaluate((image) => getComputedStyle(image.parentElement as Element).clipPath);
  expect(await shown()).toBe('inset(0px 50% 0px 0px)');
  await slider.focus();
  await page.keyboard.press('Home');
  await expect.poll(shown).toBe('inset(0px 100% 0px 0px)');
  for (const name of [/^A sample/, /^What was inferred/])
    expect(await page.getByRole('img', { name }).evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(720);
});

test('the API’s page is short, and an address opens the part that it names', { tag: '@once' }, async ({ page }) => {
  await page.goto('/api-docs');
  expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThan(8000);
  const curl = page.getByText('curl http://localhost:3000/api/slides -H');
  await expect(curl).toBeHidden();
  await page.getByRole('navigation', { name: 'Contents' }).getByRole('link', { name: 'Whole slides' }).click();
  await page.getByText('POST /api/slides', { exact: true }).click();
  await expect(curl).toBeVisible();
  await page.goto('/api-docs#schema-Scoring');
  await expect(page.getByRole('table', { name: 'Fields of Scoring', exact: true })).toBeVisible();
});

test('every page has a strict policy of its own, with a nonce that no other answer has', { tag: '@once' }, async ({
  request,
}) => {
  const nonces = new Set<string>();
  for (const path of ['/', '/api-docs', '/model', '/nowhere', `/analyses/${'a'.repeat(22)}`]) {
    const headers = (await request.get(path)).headers();
    const policy = headers['content-security-policy'] ?? '';
    expect(policy, path).toMatch(/script-src 'self' 'nonce-[\w-]+';/);
    expect(policy, path).toContain("connect-src 'self' blob:;");
    expect(policy, path).toContain("object-src 'none'");
    expect(headers, path).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    nonces.add(/'nonce-([\w-]+)'/.exec(policy)?.[1] ?? '');
  }
  expect(nonces.size).toBe(5);
});

test('the browser refuses what the policy forbids', { tag: '@once' }, async ({
  home,
  page,
  policyViolations,
  foreignRequests,
}) => {
  const outcome = await home.page.evaluate(async () => {
    const script = document.createElement('script');
    script.textContent = 'document.title = "injected"';
    document.body.append(script);
    const sent = await fetch('https://elsewhere.example/').then(
      () => 'sent',
      () => 'refused',
    );
    return { sent, title: document.title };
  });
  expect(outcome).toEqual({ sent: 'refused', title: 'Restain' });
  await expect.poll(() => policyViolations.length).toBeGreaterThanOrEqual(2);
  policyViolations.length = 0;
  foreignRequests.length = 0;
  await page.close();
});

/** @returns the bytes of script as sent so far */
function countScript(page: Page) {
  const sizes: Promise<number>[] = [];
  page.on('requestfinished', (request) => {
    if (request.resourceType() === 'script')
      sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
  });
  return async () => (await Promise.all(sizes)).reduce((a, b) => a + b, 0);
}

test('the home page stays within its budget of script', { tag: '@once' }, async ({ page }) => {
  const script = countScript(page);
  await page.goto('/', { waitUntil: 'networkidle' });
  expect(await script()).toBeGreaterThan(0);
  expect(await script()).toBeLessThan(HOME_BUDGET);
});

test('the page of a result stays within its budget of script, and its numbers do not wait for the viewer', {
  tag: '@once',
}, async ({ page, browser, baseURL }) => {
  const panels = new ResultPanels(page);
  let viewer = '';
  page.on('response', async (response) => {
    if (response.request().resourceType() === 'script' && (await response.text()).includes('OpenSeadragon'))
      viewer = response.url();
  });
  await panels.open(await drawTissue(4));
  await expect.poll(() => viewer).not.toBe('');

  const context = await browser.newContext({ ...(baseURL && { baseURL }) });
  const fresh = await context.newPage();
  const script = countScript(fresh);
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await fresh.route(viewer, async (route) => {
    await held;
    await route.continue();
  });
  await fresh.goto(`/analyses/${panels.id}`);
  await expect(fresh.getByRole('region', { name: 'Score' }).first()).toHaveAttribute('aria-busy', 'false');
  await fresh.getByRole('slider', { name: 'Segmentation threshold' }).press('ArrowRight');
  await expect(fresh.getByRole('button', { name: 'Save changes' })).toBeEnabled();
  expect(await script()).toBeGreaterThan(100_000);
  expect(await script()).toBeLessThan(RESULT_BUDGET.numbers);
  release();
  await expect(fresh.getByRole('img', { name: 'Image view' })).toBeVisible();
  await fresh.waitForLoadState('networkidle');
  expect(await script()).toBeLessThan(RESULT_BUDGET.all);
  await context.close();
});
