import { rmSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { GET as exportFile } from '@/app/api/slides/[id]/exports/[name]/route';
import { Annotations } from '@/lib/contracts/annotation';
import { AppError } from '@/lib/errors';
import { problemOf, runSite } from '@/lib/server/analyses/__fixtures__/site';
import { drawTiff, long, text } from '@/lib/server/readers/__fixtures__/draw-tiff';
import { getStorage } from '@/lib/server/storage';
import type { Storage } from '@/lib/server/storage/storage';
import { drawGrain, drawSlide } from './__fixtures__/draw-slide';
import { keysOfSlides, sendSlide, slideOf, slides, slideUntil } from './__fixtures__/slide-site';
import { TileFile } from './pyramid/tile-file';
import { drawDiscs, rowOfDiscs } from './scoring/__fixtures__/draw-discs';
import { ended, keepPicture, largeTiles, scored, scoringOf, scorings } from './scoring/__fixtures__/scoring-site';

// Each ends in a sentence, and leaves nothing half-written. The failures are those that the disk and the storage have.

const models = largeTiles();
runSite({ MODELS_DIR: models });
afterAll(() => rmSync(models, { recursive: true }));
afterEach(async () => {
  vi.restoreAllMocks();
  await getStorage().delete('slides/');
});

const TIMEOUT = 120_000;
const form = { side: 64, colour: 'rgb', sampling: '4:4:4', hasTables: true } as const;
const drawn = await drawSlide(drawGrain(400, 300), form);
const noSpace = () => Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });

/** Lets writes of keys that match fail as often as is said. @returns how often they did */
function failWrites(pattern: RegExp, error: () => Error, times = Number.POSITIVE_INFINITY): () => number {
  const storage = getStorage();
  let failed = 0;
  for (const method of ['put', 'putNew'] as const) {
    const original = storage[method].bind(storage) as Storage['put'];
    vi.spyOn(storage, method).mockImplementation((async (...written: Parameters<Storage['put']>) => {
      if (!pattern.test(written[0]) || failed >= times) return original(...written);
      failed++;
      throw error();
    }) as never);
  }
  return () => failed;
}

it.each([
  ['storage', () => void failWrites(/pyramid\.tif$/, () => new AppError('storage_full', 'The storage is full.'))],
  ['temporary folder', () => void vi.spyOn(TileFile.prototype, 'append').mockRejectedValue(noSpace())],
])('a %s that is full in mid-ingest: said, nothing is kept, and it can be tried again', async (_, fill) => {
  const { id } = await sendSlide(drawn.file);
  fill();
  await slides.ingest(id);
  await expect(slideUntil(id, 'ready')).rejects.toThrow(/storage_full/);
  const failed = await slideOf(slides.read(id));
  expect(failed).toMatchObject({ state: 'failed', can_retry: true, problem: { status: 507 } });
  expect(failed.problem?.detail).toMatch(/full|room|space/);
  expect((await keysOfSlides()).filter((key) => /pyramid|slide\.json/.test(key))).toEqual([]);
  vi.restoreAllMocks();
  await slides.ingest(id);
  await slideUntil(id, 'ready');
});

// Of a TIFF the directory often lies at the end, of a PNG or JPEG at the beginning.
it.each(['tiff', 'png', 'jpeg'] as const)(
  'a %s that is cut short, wherever: its fault, never the server’s',
  async (as) => {
    const { pixels, ...size } = drawGrain(400, 300);
    const bytes = await sharp(pixels, { raw: { ...size, channels: 3 } })
      .toFormat(as)
      .toBuffer();
    for (const share of [0, 0.02, 0.5, 0.8]) {
      const { id } = await sendSlide(bytes.subarray(0, Math.max(9, Math.floor(share * bytes.length))));
      await slides.ingest(id);
      await expect(slideUntil(id, 'ready'), `${share}`).rejects.toThrow(/unreadable_image/);
      expect(await slideOf(slides.read(id))).toMatchObject({
        state: 'failed',
        can_retry: false,
        problem: { code: 'unreadable_image' },
      });
    }
  },
);

it('a disk that is full in mid-scoring: said, and the next one goes on', { timeout: TIMEOUT }, async () => {
  const { id } = await keepPicture(drawDiscs(600, 400, rowOfDiscs({ x: 60, y: 60 }, 20, 20)));
  failWrites(/\.bin$/, () => new AppError('storage_full', 'The storage of this server is full.'));
  const failed = await ended(id, await scoringOf(scorings.start(id, { kind: 'slide' })));
  expect(failed).toMatchObject({
    state: 'failed',
    problem: { code: 'storage_full', detail: expect.stringContaining('full') },
  });
  expect((await keysOfSlides()).filter((key) => key.endsWith('.bin'))).toEqual([]);
  vi.restoreAllMocks();
  await scored(id, { kind: 'slide' });
});

it('a storage that is away for a moment in mid-scoring: the work waits and goes on', { timeout: TIMEOUT }, async () => {
  const { id } = await keepPicture(drawDiscs(600, 400, rowOfDiscs({ x: 60, y: 60 }, 20, 20)));
  const away = () => new AppError('storage_unavailable', 'The storage cannot be reached.', { retryAfterSeconds: 5 });
  const failures = failWrites(/\.(bin|br)$/, away, 2);
  await scored(id, { kind: 'slide' });
  expect(failures()).toBe(2);
});

it('a storage that is away while a file is asked for: 503 with a time to wait', { timeout: TIMEOUT }, async () => {
  const { id } = await keepPicture(drawDiscs(300, 200, rowOfDiscs({ x: 60, y: 60 }, 5, 5)));
  await scored(id, { kind: 'slide' });
  const gone = new AppError('storage_unavailable', 'The storage cannot be reached.', { retryAfterSeconds: 5 });
  vi.spyOn(getStorage(), 'get').mockRejectedValue(gone);
  const params = Promise.resolve({ id, name: 'report.pdf' });
  const answer = await exportFile(new Request('http://localhost/'), { params });
  expect(answer.headers.get('Retry-After')).toBe('5');
  expect(await problemOf(answer)).toMatchObject({ status: 503, code: 'storage_unavailable' });
});

it('fluorescence is refused with the number of channels, and its file goes', async () => {
  const pixels = Buffer.alloc(64 * 48 * 3);
  const tags = { 65420: long(1), 65434: text('TRITC') };
  const { id } = await sendSlide(drawTiff([{ width: 64, height: 48, samples: 3, pixels, tags }]));
  await slides.ingest(id);
  await expect(slideUntil(id, 'ready')).rejects.toThrow(/holds 1 fluorescence channel/);
  const failed = await slideOf(slides.read(id));
  expect(failed).toMatchObject({ state: 'failed', can_retry: false, problem: { code: 'unreadable_image' } });
  expect((await keysOfSlides()).filter((key) => /upload\/|pyramid/.test(key))).toEqual([]);
});

it('damaged tiles are kept as such, told, and left out of the tissue', { timeout: TIMEOUT }, async () => {
  // All of it is tissue, but for the tile that is damaged: the second of the second row.
  const grain = drawGrain(1024, 1024);
  const { file } = await drawSlide(grain, { ...form, side: 256, damaged: [5] }, { steps: [1], description: '' });
  const { id } = await sendSlide(file);
  await slides.ingest(id);
  const kept = await slideUntil(id, 'ready');
  expect(kept.slide).toMatchObject({
    damaged_tiles: [{ column: 1, row: 1 }],
    warnings: [expect.objectContaining({ code: 'image_damaged' })],
  });
  const { annotations } = Annotations.parse(await (await slides.annotations(id)).json());
  const tissue = annotations.filter((one) => one.class === 'tissue').flatMap(({ polygons }) => polygons);
  const isInside = (x: number, y: number) => {
    let crossings = 0;
    for (const rings of tissue)
      for (const ring of rings)
        for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
          const [[xi, yi] = [0, 0], [xj, yj] = [0, 0]] = [ring[i], ring[j]];
          if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) crossings++;
        }
    return crossings % 2 === 1;
  };
  expect(isInside(640, 640)).toBe(true);
  expect(isInside(384, 384)).toBe(false);
});
