import { expect, test } from '../fixtures';
import { ResultPanels } from '../pages/result-panels';
import { cutSample, drawTissue } from '../test-files';

const ROWS = 6;
const SIDE = ROWS * 64;

test('the score is of the regions that are drawn, named, switched off and deleted', async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(ROWS));
  await panels.show('Regions');
  const whole = await panels.numbers();

  await page.getByRole('button', { name: 'Rectangle' }).click();
  await panels.drag([20, 20], [SIDE / 2, SIDE - 20]);
  const list = page.getByRole('list', { name: 'Regions' });
  await expect(list.getByRole('listitem')).toHaveCount(1);
  const half = await panels.numbers();
  expect(half.total).toBeGreaterThan(0);
  expect(half.total).toBeLessThan(0.75 * whole.total);
  await expect(list.getByTestId('region-score')).toHaveText(
    `${half.percent.toFixed(1)} %, ${half.positive} of ${half.total}`,
  );

  await page.getByLabel('Name of region 1').fill('Tumour');
  await page.getByLabel('Exclude').check();
  await page.getByRole('button', { name: 'Freehand' }).click();
  await panels.drag([10, 10], [SIDE / 2, SIDE / 2]);
  // A straight stroke encloses nothing.
  await page.getByRole('button', { name: 'Rectangle' }).click();
  await panels.drag([10, 10], [SIDE / 2, SIDE / 2]);
  const less = await panels.numbers();
  expect(less.total).toBeLessThan(half.total);

  const { result, scoring } = await panels.update();
  expect(result?.scoring).toMatchObject({ num_total: less.total, num_pos: less.positive });
  expect(scoring.regions?.[0]).toMatchObject({ name: 'Tumour', kind: 'include', shape: 'rectangle', enabled: true });

  await page.getByLabel('Tumour counts').uncheck();
  expect((await panels.numbers()).total).toBeGreaterThan(less.total);
  for (const button of await page.getByRole('button', { name: /^Delete (Tumour|Region)/ }).all())
    await button
      .page()
      .getByRole('button', { name: /^Delete (Tumour|Region)/ })
      .first()
      .click();
  await expect(list).toBeHidden();
  expect(await panels.numbers()).toEqual(whole);
});

test('a polygon is drawn corner by corner', async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(ROWS));
  await panels.show('Regions');
  const whole = await panels.numbers();
  await page.getByRole('button', { name: 'Polygon' }).click();
  for (const [x, y] of [
    [30, 30],
    [SIDE - 30, 30],
    [SIDE - 30, SIDE - 30],
  ] as const) {
    await panels.press(x, y);
    // Two presses within the double-click time would end the polygon.
    await page.waitForTimeout(500);
  }
  const last = await panels.onScreen(30, SIDE - 60);
  await page.mouse.dblclick(last.x, last.y);
  await expect(page.getByRole('list', { name: 'Regions' }).getByRole('listitem')).toHaveCount(1);
  expect((await panels.numbers()).total).toBeLessThan(whole.total);
});

test('a rectangle is added with the keyboard alone: of what is in view, or by its numbers', { tag: '@once' }, async ({
  page,
}) => {
  const { keyboard } = page;
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(ROWS));
  await panels.show('Regions');
  const whole = await panels.numbers();
  const fold = page.getByRole('button', { name: 'Region by numbers' });
  const width = page.getByLabel('Width of the rectangle, px');

  await fold.focus();
  await keyboard.press('Enter');
  await expect(width).toHaveValue(String(SIDE));
  for (let n = 0; n < 3; n++) await keyboard.press('Tab');
  await expect(width).toBeFocused();
  await keyboard.type(String(SIDE / 2));
  for (let n = 0; n < 2; n++) await keyboard.press('Tab');
  await keyboard.press('Enter');
  await expect(page.getByRole('list', { name: 'Regions' }).getByRole('listitem')).toHaveCount(1);
  const half = await panels.numbers();
  expect(half.total).toBeGreaterThan(0);
  expect(half.total).toBeLessThan(0.75 * whole.total);
  const { scoring } = await panels.update();
  const corners = [
    [0, 0],
    [SIDE / 2, 0],
    [SIDE / 2, SIDE],
    [0, SIDE],
    [0, 0],
  ];
  expect(scoring.regions).toMatchObject([{ kind: 'include', shape: 'rectangle', rings: [corners] }]);

  await fold.press('Enter');
  await expect(width).toBeHidden();
  await page.getByRole('group', { name: /^Image view/ }).focus();
  for (let n = 0; n < 3; n++) await keyboard.press('+');
  await expect(async () => {
    await fold.press('Enter');
    expect(Number(await width.inputValue({ timeout: 200 }))).toBeLessThan(SIDE);
  }).toPass();
});

test('regions of another program are imported, in every form of GeoJSON', { tag: '@once' }, async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(ROWS));
  await panels.show('Regions');
  const whole = await panels.numbers();
  const ring = (x0: number, x1: number) => [
    [x0, 0],
    [x1, 0],
    [x1, SIDE],
    [x0, SIDE],
    [x0, 0],
  ];
  const polygon = { type: 'Polygon', coordinates: [ring(0, SIDE / 2)] };
  const feature = { type: 'Feature', geometry: polygon, properties: { objectType: 'annotation', name: 'Tumour' } };
  const list = page.getByRole('list', { name: 'Regions' });
  const take = (content: string) =>
    page
      .getByLabel('Import regions (GeoJSON)')
      .setInputFiles({ name: 'regions.geojson', mimeType: 'application/json', buffer: Buffer.from(content) });
  const state = page.getByTestId('import-state');

  for (const json of [
    { type: 'FeatureCollection', features: [feature] },
    [feature],
    feature,
    { type: 'GeometryCollection', geometries: [polygon] },
  ]) {
    await take(`\uFEFF${JSON.stringify(json)}`);
    await expect(state).toHaveText('1 region imported.');
    await expect(list.getByRole('listitem')).toHaveCount(1);
    const half = await panels.numbers();
    expect(half.total).toBeGreaterThan(0);
    expect(half.total).toBeLessThan(0.75 * whole.total);
    await list.getByRole('button', { name: /^Delete / }).click();
    await expect(list).toBeHidden();
  }

  await take('{"type":"FeatureCollection","features":[]}');
  await expect(state).toContainText('regions.geojson was not taken: expected GeoJSON');
  await take(JSON.stringify({ type: 'Polygon', coordinates: [ring(5000, 6000)] }));
  await expect(state).toContainText(`touches the image, which is ${SIDE} x ${SIDE} px`);
  await expect(list).toBeHidden();
});

test('the hot spot is found, shown as a region and scored', { tag: '@once' }, async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(ROWS));
  await panels.show('Regions');
  const whole = await panels.numbers();
  const area = page.getByLabel('Area of the hot spot, mm²');
  // It fits the image, of 96 x 96 µm.
  await expect(area).toHaveValue('0.002');
  await area.fill('0.2');
  await page.getByRole('button', { name: 'Find hot spot' }).click();
  await expect(page.getByText('The image is smaller than such a field.')).toBeVisible();
  await area.fill('0.002');
  await page.getByRole('button', { name: 'Find hot spot' }).click();
  const found = page.getByText(/^Found: /);
  await expect(found).toBeVisible();
  const spot = await panels.numbers();
  expect(spot.percent).toBeGreaterThan(whole.percent);
  await expect(found).toHaveText(`Found: ${spot.percent.toFixed(1)} %, ${spot.positive} of ${spot.total} nuclei.`);
  const { result, scoring } = await panels.update();
  expect(result?.scoring).toMatchObject({ num_total: spot.total, num_pos: spot.positive });
  expect(scoring.regions).toMatchObject([{ shape: 'hotspot', kind: 'include', name: 'Hot spot' }]);
});

test('a region is moved, resized, given a corner, copied, painted on and erased; each step is undone', async ({
  page,
}) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(ROWS));
  const tool = (name: string) => page.getByRole('button', { name, exact: true });
  const list = page.getByRole('list', { name: 'Regions' });
  await panels.show('Regions');
  const area = async (place = 0) =>
    Number.parseFloat(((await list.getByTestId('region-area').nth(place).textContent()) ?? '').replace(',', ''));
  await tool('Rectangle').click();
  await panels.drag([40, 40], [168, 168]);
  // 128 px of 0.25 µm.
  await expect.poll(() => area()).toBeCloseTo(1020, -1.5);
  const first = await panels.numbers();

  await tool('Edit regions').click();
  // Within it, and where no nucleus is in the way of a press.
  await panels.press(104, 104);
  await expect(page.getByText('1 selected')).toBeVisible();
  await panels.drag([104, 104], [254, 204]);
  expect(await area()).toBeCloseTo(1020, -1.5);
  // Its corner at the lower right.
  await panels.drag([318, 268], [350, 300]);
  await expect.poll(() => area()).toBeGreaterThan(1500);
  const resized = await area();
  await tool('Duplicate').click();
  await expect(list.getByRole('listitem')).toHaveCount(2);
  await tool('Delete').click();
  await expect(list.getByRole('listitem')).toHaveCount(1);

  await panels.press(260, 210);
  await tool('Brush').click();
  await panels.drag([300, 290], [370, 370]);
  await expect(list.getByRole('listitem')).toHaveCount(1);
  await expect.poll(() => area()).toBeGreaterThan(resized);
  const painted = await area();
  await tool('Erase').click();
  await panels.drag([340, 340], [380, 380]);
  await expect.poll(() => area()).toBeLessThan(painted);

  const { result, scoring } = await panels.update();
  expect(result?.scoring.num_total).toBe((await panels.numbers()).total);
  expect(scoring.regions?.[0]?.rings[0]?.length).toBeGreaterThan(8);
  for (let step = 0; step < 6; step++) await tool('Undo').click();
  await expect.poll(() => area()).toBeCloseTo(1020, -1.5);
  expect(await panels.numbers()).toEqual(first);
});

test('nuclei at the edge of the picture count or not, which number, page, report and answer state', {
  tag: '@once',
}, async ({ page, request }) => {
  const panels = new ResultPanels(page);
  await panels.open(await cutSample('ki67-low'));
  const whole = await panels.numbers();
  const edge = page.getByRole('checkbox', { name: 'Count nuclei at the edge of the picture' });
  await expect(edge).toBeChecked();
  const touching = Number.parseInt((await page.getByTestId('edge-count').textContent()) ?? '', 10);
  expect(touching).toBeGreaterThan(0);

  await edge.uncheck();
  await expect(page.getByTestId('edges-left-out')).toHaveText(
    new RegExp(`^${touching} (nucleus|nuclei) at the edge of the picture (is|are) not counted\\.$`),
  );
  const inner = await panels.numbers();
  expect(inner.total).toBe(whole.total - touching);
  const { result, scoring } = await panels.update();
  expect(result?.scoring).toMatchObject({
    num_total: inner.total,
    num_pos: inner.positive,
    exclude_on_edges: true,
    num_on_edges: touching,
  });
  expect(scoring.exclude_on_edges).toBe(true);
  const csv = await (await request.get(`/api/analyses/${panels.id}/exports/nuclei.csv`)).text();
  expect(csv.trim().split('\n')).toHaveLength(1 + inner.total);
  await page.reload();
  await panels.settled();
  await expect(edge).not.toBeChecked();
});

test('of three hot spots that do not fit, the page says that the others do not', { tag: '@once' }, async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(ROWS));
  await page.getByLabel('Best three').check();
  await page.getByLabel('Size of the hot spot').selectOption('nuclei');
  await page.getByRole('button', { name: 'Find hot spot' }).click();
  await expect(page.getByText('The image holds fewer than 500 nuclei.')).toBeVisible();
  await page.getByLabel('Size of the hot spot').selectOption('area');
  // More than half of the side of the picture.
  await page.getByLabel('Area of the hot spot, mm²').fill('0.005');
  await page.getByRole('button', { name: 'Find hot spot' }).click();
  await expect(page.getByText('No other field of this size fits beside what was found.')).toBeVisible();
  await expect(page.getByRole('list', { name: 'Regions' }).getByRole('listitem')).toHaveCount(1);
});

test('a heat map of index or density lies over the picture, with its legend, and the address keeps it', {
  tag: '@once',
}, async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await cutSample('ki67-low', 800));
  const view = page.getByRole('img', { name: 'Image view' });
  const look = async () => (await view.screenshot()).toString('base64');
  const plain = await look();
  const heat = page.getByRole('combobox', { name: 'Heat map' });
  await heat.selectOption('density');
  const legend = page.getByTestId('heat-legend');
  await expect(legend).toContainText('thousands of nuclei per mm²; a colour begins at its number');
  await expect(legend.getByRole('listitem')).toHaveText(['0', '1', '2', '4', '6', '10', '15', '20']);
  await expect(legend).toContainText(/Squares of \d+ µm/);
  await expect.poll(look).not.toBe(plain);
  const density = await look();
  await heat.selectOption('index');
  await expect(legend).toContainText('none with fewer than 10 nuclei');
  await expect.poll(look).not.toBe(density);
  await expect(page).toHaveURL(/heat=index/);
  await page.reload();
  await panels.settled();
  await expect(heat).toHaveValue('index');
  await expect(legend).toBeVisible();
  await heat.selectOption('off');
  await expect(legend).toBeHidden();
});
