import { mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { PDFDocument } from '@cantoo/pdf-lib';
import type { Page } from '@playwright/test';
import { gunzipSync, unzipSync } from 'fflate';
import sharp from 'sharp';
import { slidePaths } from '@/lib/contracts/slide';
import { type SlideScoring, slideScoringPaths } from '@/lib/contracts/slide-scoring';
import type { SlideSettings } from '@/lib/contracts/slide-settings';
import { expect, test } from '../fixtures';
import { textsOutsideCatalogue } from '../pages/catalogue';
import { SlidePage } from '../pages/slide-page';
import { drawTissue } from '../test-files';

let folder: string;
let path: string;
const [width, height] = [4000, 3000];
/** Drawn tissue on glass, in pixels. */
const TISSUE = { x: 500, y: 600, width: 1800, height: 1500 };

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'restain-e2e-'));
  path = join(folder, 'slide.tif');
  const { buffer: tile } = await drawTissue(8);
  const { x, y, ...size } = TISSUE;
  const tissue = await sharp({ create: { ...size, channels: 3, background: '#ebe7ee' } })
    .composite([{ input: tile, tile: true, gravity: 'northwest' }])
    .png()
    .toBuffer();
  await sharp({ create: { width, height, channels: 3, background: '#fff' } })
    .composite([{ input: tissue, left: x, top: y }])
    .withMetadata({ density: 101_600 })
    .tiff({ tile: true, pyramid: true, tileWidth: 256, tileHeight: 256, compression: 'jpeg', quality: 95 })
    .toFile(path);
});
test.afterAll(() => rm(folder, { recursive: true }));

const box = (x0: number, y0: number, x1: number, y1: number) => [
  [
    [
      [x0, y0],
      [x1, y0],
      [x1, y1],
      [x0, y1],
    ],
  ],
];
const nest = {
  id: 'tumour-nest',
  class: 'tumour',
  name: 'Nest',
  shape: 'rectangle',
  polygons: box(600, 700, 1900, 1800),
};

async function openSlide(slide: SlidePage, annotations: unknown[] = [nest], file = path): Promise<string> {
  const id = await SlidePage.send(slide.page, file);
  const { revision } = await SlidePage.annotations(slide.page, id);
  const data = { base_revision: revision, annotations };
  expect((await slide.page.request.put(slidePaths.annotations(id), { data })).status()).toBe(200);
  await slide.open(id);
  return id;
}

const scorings = async ({ page }: SlidePage, id: string): Promise<SlideScoring[]> =>
  (await (await page.request.get(slideScoringPaths.scorings(id))).json()).scorings;
const scores = async ({ page }: SlidePage, id: string) => (await page.request.get(slideScoringPaths.scores(id))).json();
const settings = async ({ page }: SlidePage, id: string): Promise<SlideSettings> =>
  (await page.request.get(slideScoringPaths.settings(id))).json();

/** Waits until the newest scoring is done. */
const finished = (slide: SlidePage, id: string) =>
  expect.poll(async () => (await scorings(slide, id))[0]?.state, { timeout: 100_000 }).toBe('done');

/** As the page writes whole numbers without gaps. */
const total = (slide: SlidePage) => slide.page.getByTestId('slide-num-total');
const percent = (slide: SlidePage) => slide.page.getByTestId('slide-percent-pos');
const row = (slide: SlidePage, name: string) =>
  slide.page.getByTestId('numbers-row').filter({ has: slide.page.getByRole('rowheader', { name, exact: true }) });

test('a region is drawn and scored, and its numbers are those of the server', async ({ page, isMobile }) => {
  const slide = new SlidePage(page);
  const id = await openSlide(slide, []);
  await expect(slide.button('Score region')).toBeDisabled();
  await slide.tool('Rectangle').click();
  const stroke = isMobile ? slide.swipe.bind(slide) : slide.drag.bind(slide);
  await stroke(
    await slide.placeOf([600, 700], { width, height }),
    await slide.placeOf([1900, 1800], { width, height }),
  );
  await slide.saved();
  await slide.button('Score region').click();
  await expect(page.getByTestId('scoring-progress')).toBeVisible();
  // The run goes on while the page is loaded anew.
  await page.reload();
  await finished(slide, id);
  const known = await scores(slide, id);
  await expect(total(slide)).toHaveText(String(known.slide.num_total));
  await expect(percent(slide)).toHaveText(`${known.slide.percent_pos.toFixed(1)} %`);
  expect(known.annotations[0].num_total).toBeGreaterThan(200);
  const region = row(slide, 'Tumour').getByRole('cell');
  await expect(region.nth(0)).toHaveText(`${known.annotations[0].percent_pos.toFixed(1)} %`);
  await expect(region.nth(2)).toHaveText(known.annotations[0].num_pos.toLocaleString('en-GB'));
  await expect(region.nth(3)).toHaveText(known.annotations[0].num_total.toLocaleString('en-GB'));
  await expect(region.nth(6)).toHaveText(String(known.annotations[0].h_score));

  // All of it is in sight, so there is a map; nearer, there are nuclei.
  await slide.button('Fit').click();
  await expect(slide.canvas).toHaveAttribute('data-nuclei', 'index');
  await expect(page.getByTestId('heat-legend')).toBeVisible();
  await page.getByRole('combobox', { name: /^Heat map/ }).selectOption('density');
  await expect(slide.canvas).toHaveAttribute('data-nuclei', 'density');
  await row(slide, 'Tumour').getByRole('button').click();
  await expect(slide.canvas).toHaveAttribute('data-nuclei', /outlines|points/);
  // Nuclei are taught by a line round them, by mouse or finger.
  await slide.button('Draw round nuclei').click();
  await slide.canvas.scrollIntoViewIfNeeded();
  await stroke([0.3, 0.3], [0.7, 0.3], [0.7, 0.7], [0.3, 0.7], [0.3, 0.3]);
  await expect(page.getByTestId('teaching-state')).toContainText(/\d clicks on this slide/);
  await slide.button('Undo teaching').click();
  await expect(page.getByTestId('teaching-state')).not.toContainText('on this slide');
  await slide.button('Draw round nuclei').click();
  const { violations } = await new AxeBuilder({ page }).include('main').analyze();
  expect(violations).toEqual([]);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(wide).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0);

  expect(await textsOutsideCatalogue(page)).toEqual([]);
  // On paper there are numbers and settings, and nothing to press.
  await page.emulateMedia({ media: 'print' });
  const printed = page.getByRole('region', { name: 'Settings' });
  for (const text of ['Segmentation threshold', 'Nuclear size', known.model]) await expect(printed).toContainText(text);
  await expect(row(slide, 'Tumour')).toBeVisible();
  await expect(row(slide, 'Tumour').getByRole('button')).toBeVisible();
  for (const name of ['Score region', 'Undo teaching', 'Delete now', 'Fit'])
    await expect(slide.button(name)).toBeHidden();
  await page.emulateMedia({ media: null });
  await expect(printed).toBeHidden();

  // What leaves says the same.
  const files = unzipSync(await savedFile(page, 'All files (ZIP)'));
  const names = Object.keys(files).sort();
  expect(names).toEqual(expect.arrayContaining(['heatmap.png', 'nuclei.parquet', 'regions.geojson', 'report.pdf']));
  const text = (name: string) => new TextDecoder().decode(files[name]);
  expect(JSON.parse(text('scores.json')).slide).toMatchObject({
    num_total: known.slide.num_total,
    percent_pos: known.slide.percent_pos,
  });
  const nuclei = JSON.parse(new TextDecoder().decode(gunzipSync(files['nuclei.geojson.gz'] ?? new Uint8Array())));
  expect(nuclei.features).toHaveLength(known.slide.num_total);
  expect((await PDFDocument.load(files['report.pdf'] ?? new Uint8Array())).getPageCount()).toBeGreaterThan(0);
  const one = JSON.parse(new TextDecoder().decode(await savedFile(page, 'Numbers (JSON)')));
  expect(one.annotations[0].num_total).toBe(known.annotations[0].num_total);
});

/** Presses a file of the page, and waits until it is saved. */
async function savedFile(page: Page, name: string): Promise<Uint8Array> {
  const saved = page.waitForEvent('download', { timeout: 100_000 });
  await page.getByRole('button', { name, exact: true }).click();
  return readFile(await (await saved).path());
}

test('thresholds count anew at once, and are kept; hot spots are found and kept', { tag: '@once' }, async ({
  page,
}) => {
  const slide = new SlidePage(page);
  const id = await openSlide(slide, [{ ...nest, polygons: box(520, 620, 2280, 2080) }]);
  await slide.button('Score slide').click();
  await finished(slide, id);
  await expect(total(slide)).toHaveText(String((await scores(slide, id)).slide.num_total));
  const before = Number(await total(slide).textContent());

  // Nuclei of the drawn tissue have some 620 px.
  await page.getByLabel('Smallest, px').fill('640');
  await expect.poll(async () => Number(await total(slide).textContent())).toBeLessThan(before);
  await expect.poll(async () => (await settings(slide, id)).size_thresh).toBe(640);
  await expect(total(slide)).toHaveText(String((await scores(slide, id)).slide.num_total));
  await slide.button('Reset size').click();
  await expect(total(slide)).toHaveText(String(before));
  await expect.poll(async () => (await settings(slide, id)).size_thresh).toBeUndefined();

  await page.getByRole('combobox', { name: /^Field/ }).selectOption('500 nuclei');
  await slide.button('Find hot spots').click();
  const spots = page.getByRole('list', { name: 'Hot spots' }).getByRole('listitem');
  await expect(spots.first()).toBeVisible();
  const [hottest] = (await scores(slide, id)).hot_spots.find(
    ({ size }: { size: { nuclei?: number } }) => size.nuclei,
  ).spots;
  await expect(spots.first()).toContainText(`1. ${hottest.percent_pos.toFixed(1)} %`);
  await slide.button('Go to hot spot 1').click();
  await expect(page).toHaveURL(/x=\d+&y=\d+/);
  await slide.button('Keep as annotations').click();
  await slide.saved();
  const kept = (await SlidePage.annotations(page, id)).annotations.filter(({ origin }) => origin === 'hot-spot');
  expect(kept).toHaveLength(await spots.count());
  // Only the tumour's nuclei count in a hot spot, and so they do in what is kept of it.
  const counted = (await scores(slide, id)).annotations.find((one: { id: string }) => one.id === kept[0]?.id);
  expect(counted).toMatchObject({ num_total: hottest.num_total, num_pos: hottest.num_pos });

  await page.getByRole('combobox', { name: 'Protocol' }).selectOption('Neuroendocrine hot spot');
  await expect(page.getByTestId('protocol-result')).toContainText('A scale, not a diagnosis.');
  await page.getByRole('combobox', { name: 'Protocol' }).selectOption('IKWG global, weighted');
  await slide.button('Propose areas').click();
  await expect(page.getByRole('list', { name: 'Rated areas' }).getByRole('listitem').first()).toBeVisible();
  await slide.saved();
  const { protocols } = await scores(slide, id);
  await expect(page.getByTestId('protocol-result')).toContainText(`${protocols.ikwg.weighted.toFixed(1)} %`);
  const { violations } = await new AxeBuilder({ page }).include('main').analyze();
  expect(violations).toEqual([]);
});

test('a nucleus is flipped, deleted and added by hand, and taken back', { tag: '@once' }, async ({ page }) => {
  const slide = new SlidePage(page);
  const id = await openSlide(slide);
  await slide.button('Score tumour').click();
  await finished(slide, id);
  await expect(total(slide)).toHaveText(String((await scores(slide, id)).slide.num_total));
  // Tumour nuclei beside all nuclei, as the server counts them; CD8 marks other cells.
  const kinds = page.getByTestId('kinds-state');
  await expect(kinds).toContainText('learnt from simulated fields');
  const tumourNuclei = row(slide, 'Slide').getByRole('cell').nth(10);
  const counted = (await scores(slide, id)).slide.tumour.num_total;
  await expect.poll(async () => (await tumourNuclei.textContent())?.replace(',', '')).toBe(String(counted));
  await page.getByLabel('Stained for').selectOption('cd8');
  await expect(kinds).toContainText('no count of tumour nuclei alone');
  await expect(tumourNuclei).toHaveText('');
  await page.getByLabel('Stained for').selectOption('');
  await expect(kinds).toContainText('learnt from simulated fields');
  // The first nucleus of the pattern lies at (28, 28), in each of its repeats.
  const place = [TISSUE.x + 512 + 28, TISSUE.y + 512 + 28] as const;
  await page.goto(`/slides/${id}?x=${place[0]}&y=${place[1]}&zoom=2`);
  await expect(slide.canvas).toHaveAttribute('data-nuclei', 'outlines');
  const counts = async () => {
    const cells = row(slide, 'Nest').getByRole('cell');
    return [Number(await cells.nth(2).textContent()), Number((await cells.nth(3).textContent())?.replace(',', ''))];
  };
  const [positive = 0, all = 0] = await counts();

  // What one nucleus is said to be holds at once, here and on the server; of two statements the last one does.
  const alone = async () => Number((await tumourNuclei.textContent())?.replace(',', ''));
  await slide.button('Click nuclei').click();
  await expect(page.getByTestId('unsure')).toContainText('unsure');
  const bar = (await page.getByTestId('scale-bar').textContent()) ?? '';
  // Two quick presses are two presses, and do not zoom.
  for (let n = 0; n < 2; n++) await slide.click([0.5, 0.5]);
  await expect(page.getByTestId('teaching-state')).toContainText('2 clicks on this slide');
  await page.waitForTimeout(500);
  await expect(page.getByTestId('scale-bar')).toHaveText(bar);
  await slide.button('Undo teaching').click();
  await expect(kinds).toContainText('taught with 1 click,');
  await expect.poll(async () => (await settings(slide, id)).teaching?.clicks.length).toBe(1);
  const asTumour = await alone();
  await page.getByRole('radio', { name: 'Lymphocyte' }).check();
  await slide.click([0.5, 0.5]);
  await expect.poll(alone).toBe(asTumour - 1);
  await expect(page.getByTestId('teaching-state')).toContainText('2 clicks on this slide');
  await expect.poll(async () => (await settings(slide, id)).teaching?.clicks.length).toBe(2);
  expect((await scores(slide, id)).slide.tumour).toMatchObject({
    ...{ num_total: asTumour - 1, made_by: 'taught with 1 click' },
  });
  await slide.button('Undo teaching').click();
  await expect.poll(alone).toBe(asTumour);
  // A line round some states all of them, in one step.
  await slide.button('Draw round nuclei').click();
  const box = (await slide.canvas.boundingBox()) ?? { width: 1, height: 1 };
  const [wide, high] = [340 / box.width, 340 / box.height];
  const round = [
    [0.5 - wide / 2, 0.5 - high / 2],
    [0.5 + wide / 2, 0.5 - high / 2],
    [0.5 + wide / 2, 0.5 + high / 2],
    [0.5 - wide / 2, 0.5 + high / 2],
    [0.5 - wide / 2, 0.5 - high / 2],
  ] as const;
  const clicksNow = async () => (await settings(slide, id)).teaching?.clicks.length ?? 0;
  await expect.poll(clicksNow).toBe(1);
  await slide.drag(...round);
  await expect.poll(clicksNow).toBeGreaterThan(2);
  const after = await clicksNow();
  expect((await settings(slide, id)).teaching?.clicks.at(-1)).toMatchObject({ name: 'lymphocyte' });
  await slide.button('Undo teaching').click();
  await expect.poll(clicksNow).toBe(1);
  await slide.button('Redo teaching').click();
  await expect.poll(clicksNow).toBe(after);
  await slide.button('Clear teaching').click();
  await expect(kinds).toContainText('learnt from simulated fields');
  await expect.poll(alone).toBe(counted);

  await slide.button('Flip class').click();
  await slide.click([0.5, 0.5]);
  await expect.poll(counts).toEqual([positive - 1, all]);
  await slide.button('Delete nucleus').click();
  await slide.click([0.5, 0.5]);
  await expect.poll(counts).toEqual([positive - 1, all - 1]);
  await slide.button('Add positive').click();
  // Half way to the next one, 70 px away at 2 screen pixels each.
  for (let n = 0; n < 2; n++) await slide.click([0.5 + 70 / box.width, 0.5]);
  await expect(page.getByText('There is a nucleus already.')).toBeVisible();
  await expect(page.getByTestId('corrections-made')).toContainText('3 corrections made');
  await expect.poll(async () => (await settings(slide, id)).corrections.length).toBe(3);
  for (let n = 0; n < 3; n++) await slide.button('Undo correction').click();
  await expect.poll(counts).toEqual([positive, all]);
  await slide.button('Redo correction').click();
  await expect.poll(counts).toEqual([positive - 1, all]);

  // By keys alone: what lies below the cross, and what is moved there.
  await slide.button('Undo correction').click();
  await slide.button('Delete nucleus').click();
  await slide.view.focus();
  await page.keyboard.press('Enter');
  await expect.poll(counts).toEqual([positive - 1, all - 1]);
  await slide.button('Undo correction').click();
  await expect.poll(counts).toEqual([positive, all]);
  await slide.view.focus();
  // 4 screen pixels each: into the gap between two nuclei, where nothing is deleted.
  for (let n = 0; n < 18; n++) await page.keyboard.press('Alt+ArrowRight');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await expect(slide.button('Delete nucleus')).toHaveAttribute('aria-pressed', 'false');
  expect(await counts()).toEqual([positive, all]);
  await slide.button('Add positive').click();
  await slide.view.focus();
  await page.keyboard.press('Enter');
  await expect.poll(counts).toEqual([positive + 1, all + 1]);
  await slide.tool('Rectangle').click();
  await expect(slide.button('Add positive')).toHaveAttribute('aria-pressed', 'false');
});

test('another segmentation threshold finds all anew; a second window is told', { tag: '@once' }, async ({
  page,
  context,
}) => {
  const slide = new SlidePage(page);
  const id = await openSlide(slide);
  await slide.button('Score tumour').click();
  await finished(slide, id);
  await expect(total(slide)).toHaveText(String((await scores(slide, id)).slide.num_total));
  const other = new SlidePage(await context.newPage());
  await other.open(id);
  await expect(total(other)).toHaveText((await total(slide).textContent()) ?? '');

  // A window that is asleep does not learn of changes.
  const asleep = '**/settings';
  await other.page.route(asleep, (route) => (route.request().method() === 'GET' ? route.abort() : route.continue()));
  await page.getByLabel('Segmentation value').fill('180');
  await slide.button('Find nuclei anew').click();
  await expect.poll(async () => (await scorings(slide, id)).length).toBe(2);
  await finished(slide, id);
  const known = await scores(slide, id);
  expect(known.thresholds.prob_thresh).toBe(180);
  await expect(total(slide)).toHaveText(String(known.slide.num_total));

  // The other window still has the settings of before, and says so instead of writing over the new ones.
  await other.page.unroute(asleep);
  await other.page.getByLabel('Smallest, px').fill('300');
  await expect(other.page.getByText('were changed in another window')).toBeVisible();
  await other.button('Take theirs').click();
  await expect(other.page.getByLabel('Segmentation value')).toHaveValue('180');
  await expect(total(other)).toHaveText(String(known.slide.num_total));
});

test('a scoring is cancelled; a view link shows numbers, and changes nothing', { tag: '@once' }, async ({ page }) => {
  const slide = new SlidePage(page);
  const id = await openSlide(slide);
  await slide.button('Score slide').click();
  await slide.button('Cancel').click();
  await expect(page.getByText('The last scoring was cancelled.')).toBeVisible();
  await slide.button('Score tumour').click();
  await finished(slide, id);
  const { view_id: viewId } = await SlidePage.read(page, id);
  await page.goto(`/slides/${viewId}`);
  await expect(total(slide)).toHaveText(String((await scores(slide, id)).slide.num_total));
  for (const name of ['Score slide', 'Score tumour', 'Score region', 'Flip class', 'Keep as annotations'])
    await expect(slide.button(name)).toHaveCount(0);
  for (const label of ['Minimum size', 'Smallest, px', 'Reset size'])
    await expect(page.getByLabel(label, { exact: true })).toBeDisabled();
  await slide.page.goto(`/slides/${id}`);
  await slide.button('Delete now').click();
  await slide.button('Delete everything').click();
  await expect(page).toHaveURL('/');
  expect((await page.request.get(slideScoringPaths.scores(id))).status()).toBe(404);
});

test('the cores of a microarray are scored as its tumour; a changed outline is told, and scored', {
  tag: '@once',
}, async ({ page }) => {
  const slide = new SlidePage(page);
  const core = (id: string, column: number, x: number) => ({
    ...{ id, class: 'other', name: '', origin: 'core', core: { row: 0, column } },
    polygons: box(x, 700, x + 500, 1200),
  });
  const tissue = {
    id: 'the-tissue-1',
    class: 'tissue',
    name: '',
    origin: 'tissue',
    polygons: box(600, 700, 1100, 1200),
  };
  // A second piece of tissue, in another field of work.
  const two = join(folder, 'two.tif');
  const patch = await sharp(path).extract({ left: 700, top: 700, width: 300, height: 300 }).png().toBuffer();
  await sharp(path)
    .composite([{ input: patch, left: 3650, top: 700 }])
    .withMetadata({ density: 101_600 })
    .tiff({ tile: true, pyramid: true, tileWidth: 256, tileHeight: 256, compression: 'jpeg', quality: 95 })
    .toFile(two);
  const cores = [core('core-number-1', 0, 600), core('core-number-2', 1, 1300)];
  const id = await openSlide(slide, [tissue, ...cores], two);
  await expect(page.getByText('Score tumour scores the cores (2).')).toBeVisible();
  await slide.button('Score tumour').click();
  await finished(slide, id);
  for (const address of ['A1', 'A2'])
    await expect(row(slide, address).getByRole('cell').nth(3)).toHaveText(/^[1-9]\d*$/);
  await slide.button('Score slide').click();
  await expect.poll(async () => (await scorings(slide, id)).length).toBe(2);
  await finished(slide, id);
  await expect(page.getByTestId('provisional')).toHaveCount(0);

  const { revision, annotations } = await SlidePage.annotations(page, id);
  const data = {
    base_revision: revision,
    annotations: annotations.map((one) => (one.id === tissue.id ? { ...one, polygons: box(0, 0, 4000, 3000) } : one)),
  };
  expect((await page.request.put(slidePaths.annotations(id), { data })).status()).toBe(200);
  await page.reload();
  await expect(page.getByTestId('provisional')).toContainText('the outline of the tissue has changed');
  await slide.button('Score the rest').click();
  await expect.poll(async () => (await scorings(slide, id)).length).toBe(3);
  await finished(slide, id);
  await expect(page.getByTestId('provisional')).toHaveCount(0);
});

test('a file without a pixel size is asked for it before it is scored', { tag: '@once' }, async ({ page }) => {
  const plain = join(folder, 'plain.tif');
  await sharp(path)
    .tiff({ tile: true, pyramid: true, tileWidth: 256, tileHeight: 256, compression: 'jpeg' })
    .toFile(plain);
  const id = await SlidePage.send(page, plain);
  const slide = new SlidePage(page);
  await slide.open(id);
  await slide.button('Score slide').click();
  await expect(page.getByText('How large is a pixel?')).toBeVisible();
  await page.getByRole('radio', { name: /^40x/ }).click();
  await slide.button('Score').click();
  await expect.poll(async () => (await settings(slide, id)).microns_per_pixel).toBe(0.25);
  await expect.poll(async () => (await scorings(slide, id)).length).toBe(1);
});
