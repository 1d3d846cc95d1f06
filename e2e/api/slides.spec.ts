import { mkdtempSync, readFileSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import sharp from 'sharp';
import { Analysis, analysisPaths, TERMS_HEADER, TERMS_VERSION } from '@/lib/contracts/analysis';
import { InferResult } from '@/lib/contracts/infer';
import { Problem } from '@/lib/contracts/problem';
import { describePng, drawTissue } from './drawn-pictures';
import { type OwnServer, startOwnServer } from './own-server';

const SIDE = 20_000;
const MAX_MEMORY_BYTES = 1.5e9;

test.describe('a slide of 20,000 x 20,000 pixels', { tag: '@long' }, () => {
  test.describe.configure({ mode: 'serial', timeout: 300_000 });
  let folder: string;
  let path: string;
  let server: OwnServer;

  test.beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'restain-e2e-'));
    path = join(folder, 'slide');
    const tile = await sharp(await drawTissue(500, 500))
      .blur(1)
      .toBuffer();
    await sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: '#fff' }, limitInputPixels: false })
      .composite([{ input: tile, tile: true }])
      .withMetadata({ density: 101_600 })
      .tiff({ tile: true, pyramid: true, tileWidth: 256, tileHeight: 256, compression: 'jpeg', quality: 80 })
      .toFile(path);
    server = await startOwnServer({ STORAGE_DIR: join(folder, 'storage'), LOG_LEVEL: 'warn' });
  });
  test.afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true });
  });

  const post = async (query: string) => {
    const form = new FormData();
    form.set('img', new Blob([new Uint8Array(readFileSync(path))]), 'slide');
    return fetch(`${server.url}/api/infer?${query}`, { method: 'POST', body: form });
  };
  async function ask(url: string, method = 'GET', body?: unknown): Promise<Analysis> {
    const headers = { 'Content-Type': 'application/json', [TERMS_HEADER]: TERMS_VERSION };
    const response = await fetch(`${server.url}${url}`, { method, headers, body: body ? JSON.stringify(body) : null });
    expect(response.ok, `${method} ${url}: ${response.status}`).toBe(true);
    return Analysis.parse(await response.json());
  }

  test('is refused whole by the API, and a region of it is analysed', async () => {
    const whole = await post('');
    expect(whole.status).toBe(413);
    expect(Problem.parse(await whole.json()).detail).toContain('20000 x 20000 = 400000000. Send a region of it.');

    const outside = await post('region=19000,0,2000,100');
    expect(outside.status).toBe(400);
    expect(Problem.parse(await outside.json()).errors).toEqual([
      { pointer: '/region', detail: 'must lie in 20000 x 20000 pixels' },
    ]);

    const response = await post('region=7000,9000,600,500&include=cells');
    expect(response.status).toBe(200);
    const { images, provenance, scoring, cells } = InferResult.parse(await response.json());
    expect(await describePng(images.Seg as string)).toBe('png 600x500 3 uchar');
    expect(scoring?.num_total).toBe(cells?.length);
    expect(provenance).toMatchObject({
      ...{ microns_per_pixel: 0.25, microns_per_pixel_source: 'file' },
      selection: { level: 0, region: { x: 7000, y: 9000, width: 600, height: 500 } },
    });
    // Level 5 is 625 pixels wide, of 8 µm each.
    expect(Problem.parse(await (await post('level=5')).json()).detail).toContain('level: at this level a pixel is 8');
  });

  test('shows its thumbnail soon when it is uploaded, and a field of 3,000 x 3,000 is analysed', async () => {
    const file = await open(path);
    const { size: bytes } = await file.stat();
    const created = await ask(analysisPaths.create, 'POST', { bytes });
    for (const part of created.upload!.missing) {
      const { buffer } = await file.read(Buffer.alloc(part.bytes), 0, part.bytes, part.offset);
      const sent = await fetch(`${server.url}${part.url}`, { method: 'PUT', headers: part.headers, body: buffer });
      expect(sent.status).toBe(200);
    }
    await file.close();

    const started = performance.now();
    const { source } = await ask(analysisPaths.verify(created.id), 'POST');
    console.log(`Checked, with its thumbnail, in ${Math.round(performance.now() - started)} ms.`);
    expect(source).toMatchObject({ width: SIDE, height: SIDE, url: null, slide: { max_pixels: 100_000_000 } });
    expect(source!.thumbnail).toMatchObject({ width: 768, height: 768 });

    const region = { x: 7000, y: 9000, width: 3000, height: 3000 };
    await ask(analysisPaths.start(created.id), 'POST', { region });
    let latest = await ask(analysisPaths.one(created.id));
    while (latest.state === 'queued' || latest.state === 'running') {
      await new Promise((resolve) => setTimeout(resolve, 500));
      latest = await ask(analysisPaths.one(created.id));
    }
    expect(latest).toMatchObject({ state: 'done', source: { width: 3000, height: 3000, selection: { region } } });
  });

  test('costs less than 1.5 GB of memory in all this', () => {
    test.skip(process.platform !== 'linux', 'the peak is told by /proc');
    const status = readFileSync(`/proc/${server.process.pid}/status`, 'utf8');
    const peak = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) * 1024;
    console.log(`Peak: ${Math.round(peak / 1e6)} MB.`);
    expect(peak).toBeLessThan(MAX_MEMORY_BYTES);
  });
});
