import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import sharp from 'sharp';
import type { Annotation } from '@/lib/contracts/annotation';
import { slidePaths } from '@/lib/contracts/slide';
import { expect, test } from '../fixtures';
import { SlidePage } from '../pages/slide-page';
import { drawTissue } from '../test-files';

let folder: string;
let path: string;
const [width, height] = [4000, 3000];

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'restain-e2e-'));
  path = join(folder, 'slide.tif');
  const { buffer: tile } = await drawTissue(8);
  await sharp({ create: { width, height, channels: 3, background: '#fff' } })
    .composite([{ input: tile, tile: true }])
    .withMetadata({ density: 101_600 })
    .tiff({ tile: true, pyramid: true, tileWidth: 256, tileHeight: 256, compression: 'jpeg' })
    .toFile(path);
});
test.afterAll(() => rm(folder, { recursive: true }));

const square = (x: number, y: number, side: number) => [
  [
    [
      [x, y],
      [x + side, y],
      [x + side, y + side],
      [x, y + side],
    ],
  ],
];
const region = (id: string, polygons: unknown, more: object = {}) => ({ id, class: 'tumour', polygons, ...more });

/** The sum of all rings' own areas, holes counted against. */
const areaOf = ({ polygons }: Pick<Annotation, 'polygons'>) =>
  polygons.reduce(
    (sum, rings) =>
      sum +
      rings.reduce((area, ring, i) => {
        const twice = ring.reduce((total, [x, y], j) => {
          const [nextX, nextY] = ring[(j + 1) % ring.length] ?? [0, 0];
          return total + x * nextY - nextX * y;
        }, 0);
        return area + ((i === 0 ? 1 : -1) * Math.abs(twice)) / 2;
      }, 0),
    0,
  );

async function openWith(slide: SlidePage, annotations: unknown[] = []): Promise<string> {
  const id = await SlidePage.send(slide.page, path);
  const { revision } = await SlidePage.annotations(slide.page, id);
  const data = { base_revision: revision, annotations };
  expect((await slide.page.request.put(slidePaths.annotations(id), { data })).status()).toBe(200);
  await slide.open(id);
  return id;
}

/** What is stored, once all is saved. */
async function stored(slide: SlidePage, id: string): Promise<readonly Annotation[]> {
  await slide.saved();
  return (await SlidePage.annotations(slide.page, id)).annotations;
}

test('regions are drawn in every way by mouse or finger, and stay', async ({ page, isMobile }) => {
  const slide = new SlidePage(page);
  const id = await openWith(slide);
  const stroke = isMobile ? slide.swipe.bind(slide) : slide.drag.bind(slide);
  const press = isMobile ? slide.tap.bind(slide) : (at: readonly [number, number]) => slide.click(at);
  const choose = (of: string) => page.getByLabel('Class of what is drawn').selectOption(of);

  await slide.tool('Rectangle').click();
  await stroke([0.2, 0.3], [0.4, 0.45]);
  await expect(slide.rows).toHaveCount(1);
  await slide.tool('Ellipse').click();
  await choose('stroma');
  await stroke([0.5, 0.3], [0.7, 0.45]);
  await expect(slide.rows).toHaveCount(2);
  await slide.tool('Polygon').click();
  await choose('necrosis');
  for (const corner of [
    [0.2, 0.55],
    [0.4, 0.55],
    [0.3, 0.7],
  ] as const)
    await press(corner);
  await slide.button('Close polygon').click();
  await expect(slide.rows).toHaveCount(3);
  await slide.tool('Freehand').click();
  await choose('other');
  await stroke([0.5, 0.6], [0.6, 0.55], [0.65, 0.7], [0.55, 0.72]);
  await expect(slide.rows).toHaveCount(4);

  // A brush adds to what is selected; of none it draws a new one.
  await slide.tool('Select and move').click();
  await press([0.9, 0.92]);
  await slide.tool('Brush').click();
  await choose('ignore');
  await stroke([0.75, 0.6], [0.9, 0.6]);
  await expect(slide.rows).toHaveCount(5);
  const paintedArea = async () => areaOf((await stored(slide, id))[4] ?? { polygons: [] });
  const once = await paintedArea();
  await stroke([0.75, 0.66], [0.9, 0.66]);
  await expect(slide.rows).toHaveCount(5);
  await expect.poll(paintedArea).toBeGreaterThan(1.2 * once);
  const painted = await paintedArea();
  await slide.tool('Erase').click();
  await stroke([0.82, 0.5], [0.82, 0.8]);
  await expect.poll(async () => (await stored(slide, id))[4]?.polygons.length).toBe(2);
  const all = await stored(slide, id);
  expect(all.map((one) => [one.class, one.shape])).toEqual([
    ['tumour', 'rectangle'],
    ['stroma', 'ellipse'],
    ['necrosis', 'polygon'],
    ['other', 'polygon'],
    ['ignore', 'polygon'],
  ]);
  expect(areaOf(all[4] as Annotation)).toBeLessThan(0.8 * painted);
  await slide.rows.first().scrollIntoViewIfNeeded();
  await expect(slide.rows.first().getByTestId('annotation-area')).toHaveText(/^[\d,.]+ (µm|mm)²$/);
  const { violations } = await new AxeBuilder({ page }).include('main').analyze();
  expect(violations).toEqual([]);

  await page.reload();
  await expect(slide.rows).toHaveCount(5);
  expect(await stored(slide, id)).toEqual(all);
});

test('regions are drawn, moved and deleted by keys alone', { tag: '@once' }, async ({ page }) => {
  const slide = new SlidePage(page);
  const id = await openWith(slide);
  await slide.view.focus();
  const keys = async (...pressed: string[]) => {
    for (const key of pressed) await page.keyboard.press(key);
  };
  const times = (key: string, n: number) => Array.from({ length: n }, () => key);
  await keys('r', 'Enter', ...times('ArrowRight', 3), ...times('ArrowDown', 2), 'Enter');
  await expect(slide.rows).toHaveCount(1);
  await keys('e', 'Enter', ...times('ArrowRight', 2), ...times('ArrowDown', 3), 'Enter');
  await keys('p', 'Enter', ...times('ArrowLeft', 3), 'Enter', ...times('ArrowUp', 2), 'Enter', 'C');
  await keys('d', 'Enter', ...times('ArrowLeft', 2), ...times('ArrowUp', 2), ...times('ArrowRight', 2), 'Enter');
  await expect(slide.rows).toHaveCount(4);
  await keys('v', 'Escape', 'b', ']', 'Enter', ...times('ArrowLeft', 3), 'Enter');
  await expect(slide.rows).toHaveCount(5);
  await keys('x', 'Enter', ...times('ArrowLeft', 4), 'Enter');
  await expect.poll(async () => (await stored(slide, id)).length).toBe(5);
  const drawn = await stored(slide, id);
  expect(drawn.map(({ shape }) => shape)).toEqual(['rectangle', 'ellipse', 'polygon', 'polygon', 'polygon']);
  expect(areaOf(drawn[0] as Annotation)).toBeCloseTo(
    1.5 * areaOf({ polygons: square(0, 0, sideOf(drawn[0])) } as never),
    -2,
  );

  // The polygon: selected in the list, moved as a whole, then by a corner.
  await slide.rows.nth(2).getByRole('button', { expanded: false }).focus();
  await keys('Enter');
  await slide.view.focus();
  await keys('v', 'Control+ArrowRight', 'Control+ArrowRight');
  const left = (all: readonly Annotation[]) => all[2]?.polygons[0]?.[0]?.[0]?.[0] ?? 0;
  await expect.poll(async () => left(await stored(slide, id))).toBeGreaterThan(left(drawn) + 1);
  const moved = await stored(slide, id);
  const area = areaOf(drawn[2] as Annotation);
  expect(areaOf(moved[2] as Annotation)).toBeCloseTo(area, 0);
  await keys(']', 'Control+ArrowUp');
  const corners = (all: readonly Annotation[]) => all[2]?.polygons[0]?.[0] ?? [];
  const apart = async () =>
    corners(await stored(slide, id)).filter(
      ([x, y], i) => x !== corners(moved)[i]?.[0] || y !== corners(moved)[i]?.[1],
    );
  await expect.poll(async () => (await apart()).length).toBe(1);
  await keys('Control+z', 'Control+z');
  await expect.poll(() => stored(slide, id)).toEqual(drawn);
  await keys('Control+y');
  await expect.poll(() => stored(slide, id)).toEqual(moved);
  await keys('Delete');
  await expect(slide.rows).toHaveCount(4);
});

/** The height of a rectangle. */
const sideOf = (annotation: Annotation | undefined) => {
  const ys = annotation?.polygons[0]?.[0]?.map(([, y]) => y) ?? [];
  return Math.max(...ys) - Math.min(...ys);
};

test('corners that were pressed are closed by Enter, and by another tool', { tag: '@once' }, async ({ page }) => {
  const slide = new SlidePage(page);
  const id = await openWith(slide);
  const press = async (...corners: (readonly [number, number])[]) => {
    for (const corner of corners) await slide.click(corner);
  };
  await slide.tool('Polygon').click();
  await press([0.2, 0.3], [0.4, 0.3]);
  await page.keyboard.press('Enter');
  await expect(slide.rows).toHaveCount(0);
  await press([0.3, 0.4]);
  await page.keyboard.press('Enter');
  await expect(slide.rows).toHaveCount(1);
  await press([0.6, 0.3], [0.8, 0.3], [0.7, 0.4]);
  await slide.tool('Rectangle').click();
  await expect(slide.rows).toHaveCount(2);
  // Three corners each, as pressed: none of them in the middle of the view.
  const corners = (await stored(slide, id)).map(({ polygons }) => new Set(polygons.flat(2).map(String)).size);
  expect(corners).toEqual([3, 3]);
  await slide.tool('Polygon').click();
  await press([0.2, 0.6], [0.4, 0.6], [0.3, 0.7]);
  await page.keyboard.press('Escape');
  await slide.tool('Rectangle').click();
  await expect(slide.rows).toHaveCount(2);
});

test('an annotation is changed, and every change is taken back', { tag: '@once' }, async ({ page }) => {
  const slide = new SlidePage(page);
  const two = [...square(1000, 1000, 400), ...square(1800, 1000, 400)];
  const id = await openWith(slide, [
    region('first-one', square(400, 1800, 600), { shape: 'rectangle' }),
    region('second-one', two),
  ]);
  const before = await stored(slide, id);

  // A side of the rectangle is dragged, then the whole of it.
  const at = async (x: number, y: number) => slide.placeOf([x, y], { width, height });
  await slide.click(await at(700, 2100));
  await slide.drag(await at(1000, 2100), await at(1200, 2100));
  await expect.poll(async () => areaOf((await stored(slide, id))[0] as Annotation) / (800 * 600)).toBeCloseTo(1, 1);
  await slide.drag(await at(700, 2000), await at(900, 2200));
  const first = async () => (await stored(slide, id))[0]?.polygons[0]?.[0]?.[0]?.[0];
  await expect.poll(first).toBeGreaterThan(580);
  const moved = (await stored(slide, id))[0] as Annotation;
  expect(moved.shape).toBe('rectangle');
  // Of a polygon an edge gets a corner.
  await slide.click(await at(1200, 1200));
  await slide.drag(await at(1200, 1400), await at(1200, 1600));
  await expect.poll(async () => (await stored(slide, id))[1]?.polygons[0]?.[0]?.length).toBe(5);
  await slide.button('Delete corner').click();
  await expect.poll(async () => (await stored(slide, id))[1]?.polygons[0]?.[0]?.length).toBe(4);

  await slide.button('Split into 2').click();
  await expect(slide.rows).toHaveCount(3);
  await slide.button('Merge').click();
  await expect(slide.rows).toHaveCount(2);
  await slide.button('Duplicate').click();
  await expect(slide.rows).toHaveCount(3);
  await page.getByLabel('Name', { exact: true }).fill('Hot nest');
  await page.getByRole('combobox', { name: 'Class', exact: true }).selectOption('stroma');
  await expect(slide.rows.first()).toContainText('Hot nest');
  await slide.rows.first().getByRole('button', { name: 'Lock' }).click();
  await expect(page.getByLabel('Name', { exact: true })).toBeDisabled();
  await slide.view.focus();
  await page.keyboard.press('Delete');
  await expect(page.getByText('Locked annotations stay.')).toBeVisible();
  await slide.rows.first().getByRole('button', { name: 'Hide' }).click();
  await expect
    .poll(async () => (await stored(slide, id))[2])
    .toMatchObject({
      name: 'Hot nest',
      class: 'stroma',
      is_locked: true,
      is_hidden: true,
    });

  const undo = slide.button('Undo');
  while ((await undo.getAttribute('aria-disabled')) !== 'true') await undo.click();
  await expect.poll(() => stored(slide, id)).toEqual(before);
});

test('a second window is told, and nothing of either is lost', { tag: '@once' }, async ({ page, context }) => {
  const slide = new SlidePage(page);
  const id = await openWith(slide, [region('first-one', square(400, 400, 600))]);
  const other = new SlidePage(await context.newPage());
  await other.open(id);
  await other.tool('Rectangle').click();
  await other.drag([0.5, 0.5], [0.6, 0.6]);
  await other.saved();
  await slide.tool('Ellipse').click();
  await slide.drag([0.7, 0.7], [0.8, 0.8]);
  await expect(page.getByText('changed in another window, or by somebody else')).toBeVisible();
  await expect(slide.savingState).toHaveText('Not saved');
  const { violations } = await new AxeBuilder({ page }).include('main').analyze();
  expect(violations).toEqual([]);
  await slide.button('Keep both').click();
  await expect
    .poll(async () => (await stored(slide, id)).map(({ shape }) => shape))
    .toEqual(['polygon', 'rectangle', 'ellipse']);
  // A window that comes back to the front shows what others have saved.
  await other.page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await expect(other.rows).toHaveCount(3);
});

test('what is drawn without a network is kept, and sent when it is back', { tag: '@once' }, async ({ page }) => {
  const slide = new SlidePage(page);
  const id = await openWith(slide);
  await page.route('**/annotations', (route) =>
    route.request().method() === 'PUT' ? route.abort() : route.continue(),
  );
  await slide.tool('Rectangle').click();
  await slide.drag([0.3, 0.3], [0.5, 0.5]);
  await expect(slide.savingState).toHaveText('Not saved yet');
  await expect(page.getByText('kept in this page, and sent as soon as')).toBeVisible();
  // The browser asks before the page is left.
  const asked = page.waitForEvent('dialog');
  const closing = page.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe('beforeunload');
  await dialog.dismiss();
  await closing;
  await page.unroute('**/annotations');
  await slide.saved();
  expect((await SlidePage.annotations(page, id)).annotations).toHaveLength(1);
});

test('a link within the site asks too, while something is not saved', { tag: '@once' }, async ({ page }) => {
  const slide = new SlidePage(page);
  const id = await openWith(slide);
  await page.route('**/annotations', (route) =>
    route.request().method() === 'PUT' ? route.abort() : route.continue(),
  );
  await slide.tool('Ellipse').click();
  await slide.drag([0.3, 0.3], [0.5, 0.5]);
  await expect(slide.savingState).toHaveText('Not saved yet');
  const asked = page.waitForEvent('dialog');
  const leaving = page.getByRole('link', { name: 'Restain' }).first().click();
  const dialog = await asked;
  expect(dialog.type()).toBe('beforeunload');
  await dialog.dismiss();
  await leaving;
  await expect(page).toHaveURL(new RegExp(id));
  await page.unroute('**/annotations');
  await slide.saved();
  // What was drawn just before a link is pressed is sent, and nobody is asked.
  await slide.drag([0.6, 0.6], [0.7, 0.7]);
  await expect.poll(async () => (await stored(slide, id)).length).toBe(2);
  await page.getByRole('link', { name: 'Restain' }).first().click();
  await page.waitForURL('/');
});

test('the cores of a microarray have addresses, and the grid is corrected', { tag: '@once' }, async ({ page }) => {
  const [columns, rows, pitch] = [4, 3, 1600];
  const { buffer: tissue } = await drawTissue(8);
  const disc = `<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="1200"><circle cx="600" cy="600" r="600"/></svg>`;
  const core = await sharp({ create: { width: 1200, height: 1200, channels: 4, background: '#cdb8d2' } })
    .composite([
      { input: tissue, tile: true },
      { input: Buffer.from(disc), blend: 'dest-in' },
    ])
    .png()
    .toBuffer();
  const places = Array.from({ length: rows * columns }, (_, i) => i).filter((i) => i !== 6);
  const microarray = join(folder, 'microarray.tif');
  await sharp({ create: { width: columns * pitch, height: rows * pitch, channels: 3, background: '#f4f3f5' } })
    .composite(
      places.map((i) => ({
        input: core,
        left: (i % columns) * pitch + 200,
        top: Math.floor(i / columns) * pitch + 200,
      })),
    )
    .withMetadata({ density: 50_800 })
    .tiff({ tile: true, pyramid: true, tileWidth: 256, tileHeight: 256, compression: 'jpeg' })
    .toFile(microarray);
  const slide = new SlidePage(page);
  const id = await SlidePage.send(page, microarray);
  await slide.open(id);
  await expect(slide.rows).toHaveCount(12);
  await page.getByText('Tissue microarray: 11 cores in 3 rows and 4 columns').click();
  await page.getByRole('checkbox', { name: 'Select Core B4' }).check();
  await slide.button('Insert a column before 4').click();
  const addresses = async () =>
    (await stored(slide, id)).flatMap(({ core: at }) => (at ? [`${at.row} ${at.column}`] : []));
  await expect.poll(async () => (await addresses()).filter((at) => at.endsWith(' 4')).length).toBe(3);
  await slide.rows.filter({ hasText: 'Core B5' }).getByLabel('Core', { exact: true }).fill('a1');
  await page.keyboard.press('Enter');
  await expect(page.getByText('There is a core A1 already.')).toBeVisible();
  await slide.rows.filter({ hasText: 'Core B5' }).getByLabel('Core', { exact: true }).fill('b4');
  await page.keyboard.press('Enter');
  await expect(slide.rows.filter({ hasText: 'Core B4' })).toHaveCount(1);
  const { violations } = await new AxeBuilder({ page }).include('main').analyze();
  expect(violations).toEqual([]);
});

test('regions of QuPath and ImageScope come in, and go out to QuPath', async ({ page, isMobile }) => {
  const slide = new SlidePage(page);
  const id = await openWith(slide);
  const closed = (rings: number[][][]) => rings.map((ring) => [...ring, ring[0]]);
  const [outer, hole] = [square(500, 500, 800)[0]?.[0], square(700, 700, 100)[0]?.[0]] as [number[][], number[][]];
  const geojson = {
    type: 'FeatureCollection',
    features: [
      {
        type: 'Feature',
        geometry: { type: 'Polygon', coordinates: closed([outer, hole]) },
        properties: { objectType: 'annotation', name: 'Nest', classification: { name: 'Tumor', color: [200, 0, 0] } },
      },
    ],
  };
  const file = (name: string, text: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
  const input = page.getByLabel('Import a file');
  await input.setInputFiles(file('regions.geojson', JSON.stringify(geojson)));
  await expect(page.getByText('1 annotation imported.')).toBeVisible();
  const vertices = square(2000, 500, 300)[0]?.[0]
    ?.map(([x, y]) => `<Vertex X="${x}" Y="${y}" Z="0"/>`)
    .join('');
  const xml = `<Annotations><Annotation Name="Stroma"><Regions><Region Type="0" NegativeROA="0" Text="Rim"><Vertices>${vertices}</Vertices></Region></Regions></Annotation></Annotations>`;
  await input.setInputFiles(file('regions.xml', xml));
  await expect(slide.rows).toHaveCount(2);
  await input.setInputFiles(file('notes.txt', 'no regions at all'));
  await expect(page.getByText('notes.txt was not taken: expected GeoJSON')).toBeVisible();
  await expect.poll(async () => (await stored(slide, id)).length).toBe(2);
  const all = await stored(slide, id);
  expect(all.map((one) => [one.class, one.name, areaOf(one)])).toEqual([
    ['tumour', 'Nest', 640_000 - 10_000],
    ['stroma', 'Rim', 90_000],
  ]);
  await expect(slide.rows.first().getByTestId('annotation-area')).toHaveText('5,630 µm²');
  if (isMobile) return;
  const [download] = await Promise.all([page.waitForEvent('download'), slide.button('Export GeoJSON').click()]);
  const written = readFileSync(await download.path(), 'utf8');
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  await expect(slide.rows).toHaveCount(0);
  await input.setInputFiles(file('again.geojson', written));
  await expect(slide.rows).toHaveCount(2);
  const said = (list: readonly Annotation[]) => list.map((one) => [one.class, one.name, areaOf(one)]);
  await expect.poll(async () => said(await stored(slide, id))).toEqual(said(all));
});

test('regions lie where they are drawn on a slide that is turned', { tag: '@once' }, async ({ page }) => {
  const slide = new SlidePage(page);
  const id = await openWith(slide);
  await slide.button('Turn by 90°').click();
  await slide.tool('Rectangle').click();
  const box = await slide.canvas.boundingBox();
  await slide.drag([0.4, 0.45], [0.5, 0.6]);
  await expect.poll(async () => (await stored(slide, id)).length).toBe(1);
  const ring = (await SlidePage.annotations(page, id)).annotations[0]?.polygons[0]?.[0] ?? [];
  const [xs, ys] = [ring.map(([x]) => x), ring.map(([, y]) => y)];
  const [wide, high] = [Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)];
  // What is high on the screen is wide on the slide, and what is left of the middle is below it.
  expect(wide / high).toBeCloseTo((0.15 * (box?.height ?? 0)) / (0.1 * (box?.width ?? 0)), 1);
  expect(Math.min(...ys)).toBeCloseTo(height / 2, -1);
  await slide.tool('Select and move').click();
  await slide.click([0.9, 0.9]);
  await expect(page.getByText('1 selected')).toHaveCount(0);
  await slide.click([0.45, 0.5]);
  await expect(page.getByText('1 selected')).toBeVisible();
});

test('a view link shows what is drawn, and changes nothing', { tag: '@once' }, async ({ page }) => {
  const slide = new SlidePage(page);
  const id = await openWith(slide, [region('first-one', square(400, 400, 600), { name: 'Nest' })]);
  const { view_id: viewId } = await SlidePage.read(page, id);
  await page.goto(`/slides/${viewId}`);
  await expect(slide.rows).toHaveCount(1);
  await slide.rows.first().getByRole('button').click();
  await expect(page.getByLabel('Name', { exact: true })).toBeDisabled();
  await expect(page.getByRole('toolbar', { name: 'Drawing' })).toHaveCount(0);
  await slide.view.focus();
  await page.keyboard.press('Delete');
  await expect(slide.rows).toHaveCount(1);
  await slide.button('Go to').click();
  await expect(page).toHaveURL(/x=7\d\d&y=7\d\d/);
});

test('everything of the bars is within the page', async ({ page }) => {
  const slide = new SlidePage(page);
  await openWith(slide, [region('first-one', [...square(400, 400, 600), ...square(1400, 400, 600)])]);
  await slide.rows.first().getByRole('button', { expanded: false }).click();
  const within = page.viewportSize()?.width ?? 0;
  for (const tool of ['Select and move', 'Polygon', 'Brush', 'Select and move']) {
    await slide.tool(tool).click();
    const bars = page.locator('[role=toolbar] button, [role=toolbar] + div :is(button, select, input)');
    for (const control of await bars.all()) {
      const [box, name] = [await control.boundingBox(), (await control.getAttribute('aria-label')) ?? ''];
      expect(box, name).not.toBeNull();
      expect((box?.x ?? 0) + (box?.width ?? 0), name).toBeLessThanOrEqual(within);
      expect(box?.x, name).toBeGreaterThanOrEqual(0);
    }
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(wide).toBeLessThanOrEqual(within);
});
