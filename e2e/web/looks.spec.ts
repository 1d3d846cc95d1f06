import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { APIRequestContext, Page } from '@playwright/test';
import sharp from 'sharp';
import { Analysis, analysisPaths } from '@/lib/contracts/analysis';
import { Batch, batchPaths } from '@/lib/contracts/batch';
import { expect, test } from '../fixtures';
import { AnalysisPage } from '../pages/analysis-page';
import { textsOutsideCatalogue } from '../pages/catalogue';
import { SlidePage } from '../pages/slide-page';
import { drawTissue } from '../test-files';

/** Which Chromium made the kept pictures: another one draws text a little differently. */
const MADE_BY = 'e2e/web/looks/chromium.txt';
/**
 * Colours that differ by less are the same, and so are pages of which so few pixels differ: edges of letters differ between
 * machines, and a few nuclei between processors. A colour of a button, or a margin, is more than that.
 */
const TOLERANCE = { threshold: 0.06, maxDiffPixelRatio: 0.002 };
/** Of a part of the picture with outlines, which other processors find a little differently. */
const PICTURE_TOLERANCE = { threshold: 0.1, maxDiffPixelRatio: 0.05 };

const SIZES = [
  { name: 'desktop', width: 1440, height: 900 },
  { name: 'tablet', width: 820, height: 1180 },
  { name: 'phone', width: 390, height: 844 },
] as const;
type Size = (typeof SIZES)[number]['name'];
/** Documents are long text: they are kept at the two ends of the sizes. */
const NOT_OF_DOCUMENTS: readonly Size[] = ['tablet'];

/** Pictures, and numbers that depend on the processor: their places are compared, and not what they show. */
const VARYING = [
  'canvas',
  'main img',
  'time',
  // Curves of thresholds, and points of the batch's chart.
  'main svg[preserveAspectRatio=none]',
  '[data-testid=batch-chart] path',
  '[data-testid=batch-row] td:nth-child(n + 3)',
  ...['percent-pos', 'num-pos', 'num-total', 'cells-per-mm2', 'percent-pos-interval', 'sample-truth'].map(
    (id) => `[data-testid="${id}"], [data-testid="tumour-${id}"]`,
  ),
].join(', ');

type Place = { name: string; path: string; isDocument?: true; ready: (page: Page) => Promise<void> };
let places: Place[] = [];

async function analyse(request: APIRequestContext): Promise<string> {
  const ask = async (asked: ReturnType<APIRequestContext['get']>) => Analysis.parse(await (await asked).json());
  const { id } = await ask(request.post(analysisPaths.create, { data: { sample: 'ki67-40x' } }));
  await ask(request.post(analysisPaths.start(id), { data: { resolution: '40x', scoring: { marker: 'ki67' } } }));
  await expect
    .poll(async () => (await ask(request.get(analysisPaths.one(id)))).state, { timeout: 90_000, intervals: [200] })
    .toBe('done');
  return id;
}

// Every face of every text is asked for, which takes minutes on a busy machine.
test.describe.configure({ mode: 'serial', timeout: 300_000 });

test.beforeAll(async ({ browser, baseURL }, testInfo) => {
  const context = await browser.newContext({ ...(baseURL && { baseURL }) });
  const page = await context.newPage();
  const { request } = context;
  const result = await analyse(request);
  const created = await request.post(batchPaths.create, { data: { analyses: [result] } });
  const { id: batch } = Batch.parse(await created.json());
  const path = testInfo.outputPath('slide.tif');
  const { buffer: tile } = await drawTissue(8);
  await sharp({ create: { width: 1600, height: 1200, channels: 3, background: '#fff' } })
    .composite([{ input: tile, tile: true }])
    .withMetadata({ density: 50_800 })
    .tiff({ tile: true, pyramid: true, tileWidth: 256, tileHeight: 256, compression: 'jpeg' })
    .toFile(path);
  const slide = await SlidePage.send(page, path);
  await context.close();
  const shows = (heading: string | RegExp) => async (page: Page) =>
    expect(page.getByRole('heading', { name: heading }).first()).toBeVisible({ timeout: 60_000 });
  places = [
    { name: 'home', path: '/', ready: shows(/^From an ordinary/) },
    { name: 'result', path: `/analyses/${result}`, ready: (page) => new AnalysisPage(page).ready() },
    { name: 'model', path: '/model', isDocument: true, ready: shows(/./) },
    { name: 'api', path: '/api-docs', isDocument: true, ready: shows(/./) },
    {
      name: 'batch',
      path: `/batches/${batch}`,
      ready: (page) => expect(page.getByTestId('batch-chart')).toBeVisible({ timeout: 60_000 }),
    },
    {
      name: 'slide',
      path: `/slides/${slide}`,
      ready: async (page) => {
        await expect(page.getByRole('img', { name: 'Slide view' })).toBeVisible({ timeout: 60_000 });
        await expect(new SlidePage(page).tool('Rectangle')).toBeEnabled();
      },
    },
  ];
});

async function visit(page: Page, { path, ready }: Place) {
  await page.goto(path);
  await ready(page);
  await page.evaluate(() => document.fonts.ready);
}

/** Texts that are drawn with a face that we do not ship, with that face. */
async function foreignFonts(page: Page): Promise<string[]> {
  const client = await page.context().newCDPSession(page);
  await client.send('DOM.enable');
  await client.send('CSS.enable');
  const { root } = await client.send('DOM.getDocument', { depth: -1, pierce: false });
  const found = new Set<string>();
  const elements = [root];
  for (let node = elements.pop(); node; node = elements.pop()) {
    elements.push(...(node.children ?? []));
    const text = (node.children ?? []).find(({ nodeType, nodeValue }) => nodeType === 3 && nodeValue.trim() !== '');
    if (node.nodeType !== 1 || !text || ['SCRIPT', 'STYLE', 'TITLE'].includes(node.nodeName)) continue;
    const { fonts } = await client.send('CSS.getPlatformFontsForNode', { nodeId: node.nodeId });
    for (const { familyName, isCustomFont } of fonts)
      if (!isCustomFont) found.add(`${familyName}: ${text.nodeValue.trim().slice(0, 60)}`);
  }
  await client.detach();
  return [...found];
}

test('every text is drawn with a face that is shipped', { tag: '@once' }, async ({ page }) => {
  for (const place of places) {
    await visit(page, place);
    expect.soft(await foreignFonts(page), place.name).toEqual([]);
  }
});

test('every text of the pages is in the catalogue', { tag: '@once' }, async ({ page }) => {
  for (const place of places) {
    // The model card and the reference of the API are documents.
    if (place.isDocument) continue;
    await visit(page, place);
    expect.soft(await textsOutsideCatalogue(page), place.name).toEqual([]);
  }
});

test('no page moves under the eye while it loads', { tag: '@once' }, async ({ browser, baseURL }) => {
  for (const place of places)
    for (const { name: size, width, height } of SIZES) {
      // A context of its own, in which no font is kept yet.
      const context = await browser.newContext({ ...(baseURL && { baseURL }), viewport: { width, height } });
      const page = await context.newPage();
      await page.addInitScript(() => {
        const shifts: number[] = [];
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[])
            if (!entry.hadRecentInput) shifts.push(entry.value);
        }).observe({ type: 'layout-shift', buffered: true });
        Object.assign(window, { shifts });
      });
      await visit(page, place);
      const shifts = await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts);
      expect
        .soft(
          shifts.reduce((sum, shift) => sum + shift, 0),
          `${place.name}, ${size}`,
        )
        .toBeLessThan(0.1);
      await context.close();
    }
});

test('the pages look as they are kept', { tag: '@once' }, async ({ page, browser }, { config }) => {
  const isRenewed = config.updateSnapshots === 'all' || config.updateSnapshots === 'changed';
  const version = browser.version();
  if (isRenewed) writeFileSync(MADE_BY, `${version}\n`);
  const kept = existsSync(MADE_BY) ? readFileSync(MADE_BY, 'utf8').trim() : 'no version';
  const reason = `The kept pictures are of Chromium ${kept}, and this is ${version}.`;
  if (kept !== version) console.log(`Looks are not compared. ${reason}`);
  test.skip(kept !== version, reason);

  for (const { name: size, width, height } of SIZES)
    for (const place of places) {
      if (place.isDocument && NOT_OF_DOCUMENTS.includes(size)) continue;
      await page.setViewportSize({ width, height });
      await visit(page, place);
      const themes = size === 'desktop' && !place.isDocument ? (['light', 'dark'] as const) : (['light'] as const);
      for (const colorScheme of themes) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await expect.soft(page).toHaveScreenshot(`${place.name}-${size}-${colorScheme}.png`, {
          ...TOLERANCE,
          scale: 'css',
          // The limit of a file depends on the disk.
          mask: [page.locator(VARYING), page.getByText(/, up to \d/)],
          maskColor: '#8a8f98',
        });
      }
      if (place.name === 'result' && size === 'desktop') {
        const box = await page.locator('canvas[aria-label="Image view"]').boundingBox();
        if (!box) throw new Error('There is no picture.');
        const clip = { x: box.x + box.width / 2 - 80, y: box.y + box.height / 2 - 80, width: 160, height: 160 };
        await expect.soft(page).toHaveScreenshot('outlines.png', { ...PICTURE_TOLERANCE, scale: 'css', clip });
      }
      await page.emulateMedia({ colorScheme: 'light' });
    }
});
