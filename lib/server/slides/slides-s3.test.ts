import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installVersityGw, VersityGw } from '@/e2e/s3/versitygw';
import { TileSource } from '@/lib/pyramid/tile-source';
import { startSite } from '@/lib/server/analyses/__fixtures__/site';
import { drawGrain, drawSlide } from './__fixtures__/draw-slide';
import { keysOfSlides, sendSlide, slides, slideUntil } from './__fixtures__/slide-site';

const s3 = await installVersityGw();
if ('missing' in s3) console.warn(`S3 is not tested: ${s3.missing}`);

describe.skipIf('missing' in s3)('slides in a bucket', { timeout: 180_000 }, () => {
  let server: VersityGw;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    server = await VersityGw.start((s3 as { program: string }).program);
    stop = await startSite(server.environment);
  });
  afterAll(async () => {
    await stop();
    await server.stop();
  });

  it('are taken in, and read by ranges straight from it', async () => {
    const form = { side: 64, colour: 'ycc', sampling: '4:2:0', hasTables: true } as const;
    const { id } = await sendSlide((await drawSlide(drawGrain(700, 500), form)).file);
    await slides.ingest(id);
    const { pyramid } = await slideUntil(id, 'ready');
    const { url, bytes } = pyramid as { url: string; bytes: number };
    expect(new URL(url).origin).toBe(server.endpoint);
    const source = await TileSource.open(async (offset, length) => {
      const answer = await fetch(url, { headers: { Range: `bytes=${offset}-${offset + length - 1}` } });
      expect(answer.status).toBe(206);
      return answer.arrayBuffer();
    }, bytes);
    const tile = new Uint8Array((await source.tile(0, 10, 7)) ?? new ArrayBuffer(0));
    expect([...tile.subarray(0, 2), ...tile.subarray(-2)]).toEqual([0xff, 0xd8, 0xff, 0xd9]);
    await slides.remove(id);
    expect(await keysOfSlides()).toEqual([]);
    expect((await fetch(url)).status).toBe(404);
  });
});
