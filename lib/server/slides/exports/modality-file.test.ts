import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { GET } from '@/app/api/slides/[id]/exports/[name]/route';
import { MAX_MODALITY_PIXELS, MODALITIES_FILE, SlideExportOptions } from '@/lib/contracts/slide-exports';
import { ensurePython, READERS_MS } from '@/lib/exchange/__fixtures__/other-readers';
import { readModalities } from '@/lib/exports/__fixtures__/read-slide-files';
import { raster, sharedRaster } from '@/lib/imaging/raster';
import { planesOf, splitPlanes } from '@/lib/imaging/tiles/map-planes';
import { MODALITIES } from '@/lib/models/modalities';
import { problemOf, runSite } from '@/lib/server/analyses/__fixtures__/site';
import { analyseImage } from '@/lib/server/inference/analyse-image';
import { slides } from '@/lib/server/slides/__fixtures__/slide-site';
import { keysOf } from '@/lib/server/slides/record';
import { drawDiscs, rowOfDiscs } from '@/lib/server/slides/scoring/__fixtures__/draw-discs';
import { keepPicture, largeTiles, scored } from '@/lib/server/slides/scoring/__fixtures__/scoring-site';
import { getStorage } from '@/lib/server/storage';
import { readObject } from '@/lib/server/storage/storage';
import { packPlanes } from '@/workers/pack-planes';
import { regionOf } from './modality-file';

const models = largeTiles();
runSite({ MODELS_DIR: models });
afterAll(() => rmSync(models, { recursive: true }));

const [WIDTH, HEIGHT, MICRONS_PER_PIXEL] = [1100, 600, 0.5];
const WHOLE = `region=0,0,${WIDTH},${HEIGHT}`;
const picture = drawDiscs(WIDTH, HEIGHT, [
  ...rowOfDiscs({ x: 60, y: 60 }, 30, 20),
  ...rowOfDiscs({ x: 700, y: 300 }, 20, 20),
]);
const PAGES = ['DAPI', 'Lap2', 'Marker', 'Seg R', 'Seg G', 'Seg B', 'Hema'];
/** Of the drawn network. */
const EMPTY = ['Lap2', 'Seg G'];
const REGION = [530, 250, 400, 301] as const;
let id: string;
let viewId: string;

const fetchFile = (
  query: string,
  { of = id, method = 'GET', signal }: { of?: string; method?: string; signal?: AbortSignal } = {},
) =>
  GET(new Request(`http://localhost/?${query}`, { method, ...(signal && { signal }) }), {
    params: Promise.resolve({ id: of, name: MODALITIES_FILE }),
  });

async function bytesOf(query: string): Promise<Buffer> {
  const response = await fetchFile(query);
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(response.headers.get('Content-Length')).toBe(String(bytes.length));
  return bytes;
}

/** A level of a page, 0 = the full resolution. */
async function pageOf(file: Buffer, page: number, level = 0) {
  const options = level === 0 ? { page } : { page, subifd: level - 1 };
  const { data, info } = await sharp(file, options).raw().toBuffer({ resolveWithObject: true });
  const channels = page === PAGES.length - 1 ? 3 : 1;
  // Grey pages are decoded as three equal channels by some versions.
  const step = info.channels / channels;
  return { ...info, data: step === 1 ? data : Buffer.from(data.filter((_, i) => i % step === 0)) };
}
const pagesOf = (file: Buffer) => Promise.all(PAGES.map(async (_, page) => (await pageOf(file, page)).data));

const temporary = () =>
  readdirSync(tmpdir())
    .filter((name) => name.startsWith(`restain-${process.pid}-`))
    .sort();

beforeAll(async () => {
  ({ id, view_id: viewId } = await keepPicture(picture, {}, MICRONS_PER_PIXEL));
}, 120_000);

describe('modalities of a region', { timeout: 120_000 }, () => {
  it('are those of the network, as pages with levels and names', async () => {
    const file = await bytesOf(WHOLE);
    const xml = file.toString('latin1');
    const names = [...xml.matchAll(/<Channel ID="[^"]*" Name="([^"]*)"/g)].map(([, name]) => name);
    expect(names).toEqual([
      ...['DAPI', 'Lap2', 'Marker'],
      ...['Segmentation: positive', 'Segmentation: boundary', 'Segmentation: negative', 'Hematoxylin'],
    ]);
    expect(xml).toContain('PhysicalSizeX="0.5" PhysicalSizeXUnit="&#181;m"');
    expect(xml).toContain(`<M K="region">0,0,${WIDTH},${HEIGHT}</M>`);
    const sizes = await Promise.all([0, 1, 2].map(async (level) => pageOf(file, 0, level)));
    expect(sizes.map(({ width, height }) => `${width} x ${height}`)).toEqual(['1100 x 600', '550 x 300', '275 x 150']);

    // The picture in one piece. Its tiles are others, and the drawn network sees no further than its halo.
    const decoded = await decodedSlide();
    const analysis = await analyseImage(
      {
        ...{ image: decoded, micronsPerPixel: MICRONS_PER_PIXEL, model: undefined, scoring: null },
        ...{ modalities: MODALITIES, overlay: false, refined: false },
      },
      { signal: new AbortController().signal, onProgress: () => {}, onInferred: () => {} },
    );
    const { hematoxylin, dapi, lap2, marker, segmentation } = analysis.modalities;
    const channel = (i: number) => segmentation?.data.filter((_, at) => at % 3 === i);
    const expected = [dapi?.data, lap2?.data, marker?.data, channel(0), channel(1), channel(2), hematoxylin?.data];
    for (const [i, page] of (await pagesOf(file)).entries()) {
      const whole = expected[i] ?? new Uint8Array();
      expect(page.length, PAGES[i]).toBe(whole.length);
      if (!EMPTY.includes(PAGES[i] ?? '')) expect(highest(page), PAGES[i]).toBeGreaterThan(100);
      expect(mostDifferent(page, whole), PAGES[i]).toBeLessThanOrEqual(1);
    }
  });

  it('are the same of a part as of the whole', async () => {
    const [x, y, width, height] = REGION;
    const [whole, part] = [await bytesOf(WHOLE), await bytesOf(`region=${REGION}`)];
    expect(part.toString('latin1')).toContain(`PositionX="${x / 2}" PositionXUnit="&#181;m" PositionY="${y / 2}"`);
    for (const [page, name] of PAGES.entries()) {
      const { data } = await pageOf(whole, page);
      const channels = data.length / (WIDTH * HEIGHT);
      const rows = Array.from({ length: height }, (_, row) => {
        const from = ((y + row) * WIDTH + x) * channels;
        return data.subarray(from, from + width * channels);
      });
      expect((await pageOf(part, page)).data.equals(Buffer.concat(rows)), name).toBe(true);
    }
  });

  it('are, where the slide is scored, those by which its nuclei were found', async () => {
    const before = await pagesOf(await bytesOf(WHOLE));
    await scored(id, { kind: 'rectangle', x: 0, y: 0, width: WIDTH, height: HEIGHT });
    for (const [i, page] of (await pagesOf(await bytesOf(WHOLE))).entries())
      expect(page.equals(before[i] as Buffer), PAGES[i]).toBe(true);
    const tile = await changedTile();
    const [, , marker, positive, boundary, negative] = await pagesOf(await bytesOf(WHOLE));
    const at = tile.y * WIDTH + tile.x;
    expect([marker, positive, boundary, negative].map((page) => page?.[at])).toEqual([44, 11, 22, 33]);
  });

  it('are of the box of an annotation, cut to the slide', async () => {
    const ring = [
      [1000.4, 500],
      [1100, 500],
      [1100, 600],
    ];
    const { revision } = (await (await slides.annotations(id)).json()) as { revision: number };
    const annotations = [{ id: 'corner-one', class: 'tumour', polygons: [[ring]] }];
    const saved = await slides.annotate(id, { base_revision: revision, annotations });
    expect(saved.status).toBe(200);
    const { width, height } = await pageOf(await bytesOf('annotation=corner-one'), 0);
    expect([width, height]).toEqual([100, 100]);
  });

  it('are refused where the region is missing, double, unknown or off the slide', async () => {
    const detail = async (query: string) => {
      const problem = await problemOf(fetchFile(query));
      expect((await fetchFile(query, { method: 'HEAD' })).status).toBe(problem.status);
      return `${problem.code}: ${problem.detail}`;
    };
    expect(await detail('')).toBe(
      'invalid_option: region: modalities.ome.tif needs `region` or `annotation`, and not both.',
    );
    expect(await detail(`${WHOLE}&annotation=corner-one`)).toContain('not both');
    expect(await detail('annotation=no-such-one')).toContain('no annotation of this id');
    expect(await detail('region=0,0,1101,10')).toContain('1100 x 600 px; it is 1101 x 10 px at 0, 0');
    expect(await detail('region=0,0,0,10')).toContain('x,y,width,height');
  });

  it('are of so many pixels at most', () => {
    const material = { annotations: [], current: { plan: { slide: { width: 90_000, height: 90_000 } } } };
    const box = (region: string) => regionOf(material as never, SlideExportOptions.parse({ region }));
    expect(box('5,6,6000,6000')).toEqual({ x: 5, y: 6, width: 6000, height: 6000 });
    expect(6000 * 6000).toBe(MAX_MODALITY_PIXELS);
    expect(() => box('5,6,6000,6001')).toThrow('at most 36 megapixels at once; it has 6000 x 6001, which is 36.0');
  });

  it('leave nothing behind, read to the end or not, and whoever leaves stops the work', async () => {
    const before = temporary();
    await bytesOf(WHOLE);
    const half = await fetchFile(WHOLE);
    await half.body?.cancel();
    const stop = new AbortController();
    stop.abort();
    expect((await fetchFile(WHOLE, { signal: stop.signal })).ok).toBe(false);
    await vi.waitFor(() => expect(temporary()).toEqual(before));
  });

  it('are opened by tifffile', { tags: ['long'], timeout: READERS_MS }, async (context) => {
    const environment = ensurePython();
    if (typeof environment === 'string') {
      console.log(`skipped: no Python that has other readers (${environment})`);
      return context.skip(environment);
    }
    const file = await bytesOf(`region=${REGION}`);
    const folder = mkdtempSync(join(tmpdir(), 'slide-modalities-'));
    writeFileSync(join(folder, MODALITIES_FILE), file);
    const pages = await pagesOf(file);
    writeFileSync(join(folder, 'single.raw'), Buffer.concat(pages.slice(0, -1)));
    writeFileSync(join(folder, 'colours.raw'), pages.at(-1) as Buffer);
    const seen = readModalities(environment.python, folder);
    rmSync(folder, { recursive: true });
    const [x, y, width, height] = REGION;
    expect(seen).toMatchObject({
      ome: true,
      names: ['Inferred modalities', 'Hematoxylin'],
      shapes: [
        [6, height, width],
        [height, width, 3],
      ],
      axes: ['CYX', 'YXS'],
      levels: [[[6, height, width]], [[height, width, 3]]],
      size: [0.5, 0.5],
      place: [x / 2, y / 2],
      channels: [
        'DAPI',
        'Lap2',
        'Marker',
        'Segmentation: positive',
        'Segmentation: boundary',
        'Segmentation: negative',
      ],
      differs: [0, 0],
    });
  });

  it('of a slide that is deleted are gone with it', async () => {
    const { id: of } = await keepPicture(drawDiscs(200, 150, []));
    const storage = getStorage();
    const putNew = storage.putNew.bind(storage);
    // It is measured for the first time then.
    vi.spyOn(storage, 'putNew').mockImplementationOnce(async (...written) => {
      await slides.remove(of);
      return putNew(...written);
    });
    expect(await problemOf(fetchFile('region=0,0,200,150', { of }))).toMatchObject({ code: 'slide_not_found' });
    vi.restoreAllMocks();
    const left: string[] = [];
    for await (const { key } of storage.list('slides/')) if (!key.startsWith(keysOf(viewId).folder)) left.push(key);
    expect(left).toEqual([]);
  });
});

/** The slide as it is kept. */
async function decodedSlide() {
  const pyramid = await readObject(getStorage(), keysOf(viewId).pyramid);
  const { data, info } = await sharp(pyramid ?? Buffer.alloc(0))
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const image = sharedRaster(info.width, info.height, 3);
  image.data.set(data);
  return image;
}

/** Replaces a stored map by one of known values. @returns a pixel of its tile */
async function changedTile(): Promise<{ x: number; y: number }> {
  const { folder } = keysOf(viewId);
  for await (const { key } of getStorage().list(`${folder}maps/`)) {
    if (!key.endsWith('/0-0.br')) continue;
    // Of the fixture's network 512 pixels less two halos, which are rounded up to its stride, at half the resolution.
    const side = Math.floor((512 - 2 * Math.ceil(5 / 4) * 4) / 2);
    const fill = (...values: number[]) =>
      Uint8Array.from({ length: values.length * side * side }, (_, i) => values[i % values.length] ?? 0);
    const planes = new Uint8Array(planesOf(true) * side * side);
    splitPlanes(raster(fill(11, 22, 33), side, side, 3), raster(fill(44), side, side, 1), planes);
    await getStorage().put(key, packPlanes(planes));
    return { x: 5, y: 7 };
  }
  throw new Error('no stored map');
}

const highest = (page: Uint8Array) => page.reduce((most, value) => Math.max(most, value), 0);

function mostDifferent(a: Uint8Array, b: Uint8Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs((a[i] ?? 0) - (b[i] ?? 0)));
  return most;
}
