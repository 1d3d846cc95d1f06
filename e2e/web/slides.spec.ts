import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import sharp from 'sharp';
import { Analysis } from '@/lib/contracts/analysis';
import { drawTiff, omeXml } from '@/lib/server/readers/__fixtures__/draw-tiff';
import { expect, test } from '../fixtures';
import { drawTissue } from '../test-files';

let folder: string;
let path: string;
const [width, height] = [12_800, 9_600];

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'restain-e2e-'));
  path = join(folder, 'slide.tif');
  const { buffer: tile } = await drawTissue(8);
  await sharp({ create: { width, height, channels: 3, background: '#fff' }, limitInputPixels: false })
    .composite([{ input: tile, tile: true }])
    .withMetadata({ density: 101_600 })
    .tiff({ tile: true, pyramid: true, tileWidth: 512, tileHeight: 512, compression: 'jpeg' })
    .toFile(path);
});
test.afterAll(() => rm(folder, { recursive: true }));

const box = (page: Page, name: string) => page.getByRole('spinbutton', { name: `${name} of the region, px` });

async function expectRegion(page: Page, region: Record<'Left' | 'Top' | 'Width' | 'Height', number>, slack = 0) {
  for (const [name, value] of Object.entries(region))
    await expect
      .poll(async () => Math.abs(Number(await box(page, name).inputValue()) - value), { message: name })
      .toBeLessThanOrEqual(slack);
}

test('of a slide too large to be analysed whole, a region is chosen on its thumbnail', async ({
  home,
  page,
  isMobile,
}) => {
  await home.bring(path);
  await expect(page.getByText(`slide.tif, ${width} x ${height} px`)).toBeVisible();
  await expectRegion(page, { Left: 4900, Top: 3300, Width: 3000, Height: 3000 });
  const { violations } = await new AxeBuilder({ page }).include('main').analyze();
  expect(violations).toEqual([]);

  // By the pointer: a corner resizes the region, its middle moves it, a press elsewhere centres it there.
  const picture = (await home.picture.boundingBox())!;
  const scale = picture.width / width;
  const at = (x: number, y: number) => [picture.x + x * scale, picture.y + y * scale] as const;
  const drag = async (from: readonly [number, number], to: readonly [number, number]) => {
    await page.mouse.move(...from);
    await page.mouse.down();
    await page.mouse.move(...to, { steps: 4 });
    await page.mouse.up();
  };
  const slack = 2 / scale;
  await drag(at(7900, 6300), at(6900, 5300));
  await expectRegion(page, { Left: 4900, Top: 3300, Width: 2000, Height: 2000 }, slack);
  await drag(at(5900, 4300), at(1000, 4300));
  await expectRegion(page, { Left: 0, Top: 3300, Width: 2000, Height: 2000 }, slack);
  await page.mouse.click(...at(11_000, 8000));
  await expectRegion(page, { Left: 10_000, Top: 7000, Width: 2000, Height: 2000 }, slack);

  // By the keyboard. The region cannot leave the slide.
  for (const [name, value] of [
    ['Left', 12_700],
    ['Top', 128],
    ['Width', 640],
    ['Height', 512],
  ] as const) {
    await box(page, name).fill(String(value));
    await box(page, name).blur();
  }
  await expectRegion(page, { Left: 10_800, Top: 128, Width: 640, Height: 512 }, slack);
  await home.pick('40x');
  await home.startButton.click();
  await page.waitForURL(/\/analyses\//);
  await expect(home.percent).toBeVisible({ timeout: 90_000 });
  const { result } = Analysis.parse(await (await page.request.get(`/api${new URL(page.url()).pathname}`)).json());
  expect(result?.provenance.selection).toMatchObject({ level: 0, region: { y: 128, width: 640, height: 512 } });
  if (isMobile) return;
  await page.getByRole('button', { name: 'Provenance', exact: true }).click();
  await expect(page.getByText(/^image 0, plane 0, level 0, 640 x 512 px at 10\d\d\d, 128 of the full/)).toBeVisible();
});

test('or all of it at a lower resolution', { tag: '@once' }, async ({ home, page }) => {
  await home.bring(path);
  const resolution = page.getByRole('combobox', { name: 'Resolution' });
  await expect(resolution.getByRole('option')).toHaveText([
    'Full: 12800 x 9600 px, 0.25 µm/px',
    '1/2: 6400 x 4800 px, 0.5 µm/px',
    '1/4: 3200 x 2400 px, 1 µm/px',
    '1/8: 1600 x 1200 px, 2 µm/px',
  ]);
  await resolution.selectOption('1/8: 1600 x 1200 px, 2 µm/px');
  await expect(page.getByTestId('region-box')).toBeHidden();
  await home.cancelButton.click();
  await expect(home.chooseButton).toBeVisible();
});

test('a focal plane is chosen, and the picture follows', { tag: '@once' }, async ({ home, page }) => {
  const size = { width: 96, height: 64 };
  const buffer = drawTiff(
    [60, 120, 220].map((shade, z) => ({
      ...{ ...size, samples: 3, pixels: Buffer.alloc(size.width * size.height * 3, shade) },
      tags: z === 0 ? { 270: omeXml(size, ['RGB'], { samples: 3, z: 3 }) } : {},
    })),
  );
  await home.bring({ name: 'stack.ome.tif', mimeType: 'image/tiff', buffer });
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
  await expect(home.startButton).toBeEnabled();
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
  await home.bring({ name: 'channels.ome.tif', mimeType: 'image/tiff', buffer });
  const box = page.getByLabel('These channels are red, green and blue');
  await expect(box).not.toBeChecked();
  await expect(home.startButton).toBeDisabled();
  const { violations } = await new AxeBuilder({ page }).include('main').analyze();
  expect(violations).toEqual([]);
  await page.screenshot({ path: test.info().outputPath('channels.png') });
  await box.check();
  await home.pick('40x');
  await home.start();
  await home.result();
});
