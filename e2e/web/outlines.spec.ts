import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import sharp from 'sharp';
import { expect, test } from '../fixtures';
import {
  contrastOf,
  LEAST_CONTRAST,
  LEAST_SHARE,
  type Picture,
  type Placement,
  type Ring,
} from '../pages/outline-contrast';
import { ResultPanels } from '../pages/result-panels';

const SHARED = join(process.env.RESTAIN_SHARED ?? '../shared', 'data');

const samples = readdirSync('public/samples')
  .filter((name) => name.endsWith('.jpg'))
  .map((name) => join('public/samples', name));

/** A picture of each set of labelled ones. */
function sharedPictures(): string[] {
  if (!existsSync(SHARED)) return [];
  const sets = readdirSync(SHARED).filter((name) => /^(he|ki67|cd138)-/.test(name));
  return sets.flatMap((set) => {
    const files = readdirSync(join(SHARED, set), { recursive: true }).map(String).sort();
    const picture = files.find(
      (name) => /\.(png|jpe?g|tif)$/.test(name) && !/mask|label|seg|dapi|lap2|marker|hema/i.test(name),
    );
    return picture ? [join(SHARED, set, picture)] : [];
  });
}

async function openResult(page: Page, file: string): Promise<ResultPanels> {
  const panels = new ResultPanels(page);
  const type = { '.jpg': 'image/jpeg', '.png': 'image/png', '.tif': 'image/tiff' }[file.slice(-4)] ?? 'image/jpeg';
  const resolution = (['10x', '20x'] as const).find((name) => file.includes(name));
  await panels.open({ name: 'image', mimeType: type, buffer: readFileSync(file) }, resolution);
  return panels;
}

/** The outlines of the nuclei that count, in image pixels from the corner of the image. */
async function ringsOf(panels: ResultPanels): Promise<Ring[]> {
  const response = await panels.page.request.get(`/api/analyses/${panels.id}/exports/nuclei.geojson`);
  const { features } = (await response.json()) as { features: { geometry: { type: string; coordinates: never } }[] };
  return features.flatMap(({ geometry: { type, coordinates } }) =>
    type === 'Polygon' ? [coordinates[0] as Ring] : (coordinates as Ring[][]).map((polygon) => polygon[0] as Ring),
  );
}

async function pictureOf(page: Page): Promise<Picture> {
  const url = await page
    .locator('canvas[aria-label="Image view"]')
    .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL('image/png'));
  const png = Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
  const { data, info } = await sharp(png).flatten().removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

const centred = (canvas: Picture, image: { width: number; height: number }, scale: number): Placement => ({
  scale,
  x: (canvas.width - image.width * scale) / 2,
  y: (canvas.height - image.height * scale) / 2,
});

async function measure(page: Page, file: string) {
  const panels = await openResult(page, file);
  const rings = await ringsOf(panels);
  const { source } = await panels.stored();
  if (!source) throw new Error('no source');
  const outlines = page.getByRole('button', { name: 'Outlines', exact: true });
  const found: { view: string; zoom: string; nuclei: number; share: number }[] = [];
  for (const view of ['Original', 'Inferred'] as const) {
    await page.getByRole('radio', { name: view, exact: true }).click();
    for (const zoom of ['fit', '1:1'] as const) {
      await page.getByRole('button', { name: zoom === 'fit' ? 'Fit' : 'One to one', exact: true }).click();
      await page.waitForTimeout(1500);
      const drawn = await pictureOf(page);
      await outlines.click();
      await page.waitForTimeout(500);
      const plain = await pictureOf(page);
      await outlines.click();
      const fit = Math.min(drawn.width / source.width, drawn.height / source.height);
      const placement = centred(drawn, source, zoom === 'fit' ? fit : 1);
      const contrasts = rings.flatMap((ring) => contrastOf(ring, drawn, plain, placement) ?? []);
      const good = contrasts.filter((value) => value >= LEAST_CONTRAST).length;
      found.push({ view, zoom, nuclei: contrasts.length, share: good / Math.max(1, contrasts.length) });
    }
  }
  return found;
}

async function expectSeen(page: Page, file: string) {
  for (const { view, zoom, nuclei, share } of await measure(page, file)) {
    const what = `${file}, ${view}, ${zoom}: ${nuclei} nuclei`;
    console.log(`${what}: ${(100 * share).toFixed(1)} %`);
    if (zoom === 'fit') expect(nuclei, what).toBeGreaterThan(0);
    expect.soft(share, what).toBeGreaterThanOrEqual(LEAST_SHARE);
  }
}

const QUICK = 'public/samples/ki67-dense.jpg';

test('outlines stand out from a crowd, in both pictures and at both zooms', { tag: '@once' }, ({ page }) =>
  expectSeen(page, QUICK),
);

for (const file of samples.filter((name) => name !== QUICK))
  test(`outlines stand out from all samples: ${file}`, { tag: ['@once', '@long'] }, ({ page }) =>
    expectSeen(page, file),
  );

for (const file of sharedPictures())
  test(`outlines stand out from labelled pictures: ${file}`, { tag: ['@once', '@long'] }, ({ page }) =>
    expectSeen(page, file),
  );
