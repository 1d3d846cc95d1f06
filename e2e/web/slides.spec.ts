import AxeBuilder from '@axe-core/playwright';
import sharp from 'sharp';
import { Analysis } from '@/lib/contracts/analysis';
import { drawTiff, omeXml } from '@/lib/server/readers/__fixtures__/draw-tiff';
import { expect, test } from '../fixtures';
import { SlidePage } from '../pages/slide-page';
import { drawTissue } from '../test-files';

/** A small pyramid, as a part that is cut out of a scan is stored. */
const [width, height] = [1600, 1200];

test('a small slide leads to its page, where a region of it opens as a result', async ({ home, page, isMobile }) => {
  const { buffer: tile } = await drawTissue(8);
  const buffer = await sharp({ create: { width, height, channels: 3, background: '#fff' } })
    .composite([{ input: tile, tile: true }])
    .withMetadata({ density: 50_800 })
    .tiff({ tile: true, pyramid: true, tileWidth: 256, tileHeight: 256, compression: 'jpeg' })
    .toBuffer();
  await home.choose({ name: 'part.tif', mimeType: 'image/tiff', buffer });
  await page.waitForURL(/\/slides\/[\w-]{22}/, { timeout: 60_000 });
  const slide = new SlidePage(page);
  await expect(slide.canvas).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText('1,600 x 1,200 px, 0.8 x 0.6 mm')).toBeVisible();
  await expect(slide.tool('Rectangle')).toBeEnabled();
  await slide.tool('Rectangle').click();
  await slide.drag(
    await slide.placeOf([200, 128], { width, height }),
    await slide.placeOf([840, 640], { width, height }),
  );
  await expect(slide.rows.filter({ hasText: 'Tumour' })).toHaveCount(1);
  await slide.saved();
  const drawn = await SlidePage.annotations(page, new URL(page.url()).pathname.split('/').at(-1) ?? '');
  const ring = drawn.annotations.find(({ origin }) => origin === 'drawn')?.polygons[0]?.[0] ?? [];
  await page.getByRole('button', { name: 'Open as result' }).click();
  await page.waitForURL(/\/analyses\//, { timeout: 60_000 });
  await expect(home.percent).toBeVisible({ timeout: 90_000 });
  const { result } = Analysis.parse(await (await page.request.get(`/api${new URL(page.url()).pathname}`)).json());
  const [xs, ys] = [ring.map(([x]) => x), ring.map(([, y]) => y)];
  const [x, y] = [Math.floor(Math.min(...xs)), Math.floor(Math.min(...ys))];
  const region = { x, y, width: Math.ceil(Math.max(...xs)) - x, height: Math.ceil(Math.max(...ys)) - y };
  expect(region.width).toBeGreaterThan(500);
  expect(result?.provenance).toMatchObject({ microns_per_pixel: 0.5, selection: { level: 0, region } });
  if (isMobile) return;
  await page.getByRole('button', { name: 'Provenance', exact: true }).click();
  await expect(
    page.getByText(`image 0, plane 0, level 0, ${region.width} x ${region.height} px at ${x}, ${y} of the full`),
  ).toBeVisible();
});

test('a focal plane is chosen, and the picture follows', { tag: '@once' }, async ({ home, page }) => {
  const size = { width: 96, height: 64 };
  const buffer = drawTiff(
    [60, 120, 220].map((shade, z) => ({
      ...{ ...size, samples: 3, pixels: Buffer.alloc(size.width * size.height * 3, shade) },
      tags: z === 0 ? { 270: omeXml(size, ['RGB'], { samples: 3, z: 3 }) } : {},
    })),
  );
  const created = page.waitForResponse((answer) => answer.url().endsWith('/api/analyses'));
  await home.choose({ name: 'stack.ome.tif', mimeType: 'image/tiff', buffer });
  const { id } = Analysis.parse(await (await created).json());
  const open = page.getByRole('button', { name: 'Open the slide' });
  await expect(open).toBeVisible({ timeout: 60_000 });
  const plane = page.getByRole('combobox', { name: 'Focal plane' });
  await expect(plane).toHaveValue('1');
  await expect(page.getByRole('combobox')).toHaveCount(1);
  const shade = () =>
    home.picture.evaluate(async (image: HTMLImageElement) => {
      // If it cannot be decoded yet, the next one is still loading.
      await image.decode().catch(() => undefined);
      const canvas = document.createElement('canvas');
      const context = canvas.getContext('2d') as CanvasRenderingContext2D;
      context.drawImage(image, 0, 0);
      return context.getImageData(10, 10, 1, 1).data[0];
    });
  expect(await shade()).toBe(120);
  await plane.selectOption('3 of 3');
  await expect.poll(shade).toBe(220);
  await expect(plane).toHaveValue('2');
  // By its link the same form comes, without the name of the file.
  await page.goto(`/analyses/${id}`);
  await expect(plane).toHaveValue('2');
  await open.click();
  await page.waitForURL(/\/slides\/[\w-]{22}/);
  const slide = new SlidePage(page);
  await expect(slide.canvas).toBeVisible({ timeout: 60_000 });
  const kept = await SlidePage.read(page, new URL(page.url()).pathname.split('/').at(-1) ?? '');
  expect(kept.slide).toMatchObject({ width: 96, height: 64, plane: 2 });
  const { pathname } = new URL(page.url());
  await page.goto('/');
  await expect(page.locator(`a[href="${pathname}"]`)).toContainText('stack.ome.tif');
});

test('of three channels without names somebody says that they are red, green and blue', { tag: '@once' }, async ({
  home,
  page,
}) => {
  const { buffer: png } = await drawTissue(3);
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const size = { width: info.width, height: info.height };
  const buffer = drawTiff(
    [0, 1, 2].map((c) => ({
      ...{ ...size, samples: 1, pixels: Buffer.from(data.filter((_, i) => i % 3 === c)) },
      tags: c === 0 ? { 270: omeXml(size, ['', '', '']) } : {},
    })),
  );
  await home.choose({ name: 'channels.ome.tif', mimeType: 'image/tiff', buffer });
  const open = page.getByRole('button', { name: 'Open the slide' });
  await expect(open).toBeVisible({ timeout: 60_000 });
  const box = page.getByLabel('These channels are red, green and blue');
  await expect(box).not.toBeChecked();
  await expect(open).toBeDisabled();
  const { violations } = await new AxeBuilder({ page }).include('main').analyze();
  expect(violations).toEqual([]);
  await page.screenshot({ path: test.info().outputPath('channels.png') });
  await box.check();
  await open.click();
  await page.waitForURL(/\/slides\/[\w-]{22}/);
  await expect(new SlidePage(page).canvas).toBeVisible({ timeout: 60_000 });
});
