import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GET as readAnnotations, PUT as saveAnnotations } from '@/app/api/slides/[id]/annotations/route';
import { GET } from '@/app/api/slides/[id]/exports/[name]/route';
import { EXAMPLE_CLASSIFIER } from '@/lib/contracts/classifier';
import { SLIDE_FILE_NAMES, SLIDE_FILE_TYPES } from '@/lib/contracts/slide-exports';
import { ensurePython, READERS_MS } from '@/lib/exchange/__fixtures__/other-readers';
import { openZip } from '@/lib/exports/__fixtures__/open-zip';
import { readSlideFiles } from '@/lib/exports/__fixtures__/read-slide-files';
import { TAUGHT_COLUMNS } from '@/lib/scoring/classify/feature-names';
import { heatLegend } from '@/lib/scoring/slide/heat-map';
import { problemOf, runSite } from '@/lib/server/analyses/__fixtures__/site';
import { slides } from '@/lib/server/slides/__fixtures__/slide-site';
import { drawDiscs, rowOfDiscs } from '@/lib/server/slides/scoring/__fixtures__/draw-discs';
import {
  keepPicture,
  largeTiles,
  scored,
  scoresOf,
  scorings,
} from '@/lib/server/slides/scoring/__fixtures__/scoring-site';
import { openMaterial } from './slide-material';

const models = largeTiles();
runSite({ MODELS_DIR: models });
afterAll(() => rmSync(models, { recursive: true }));

const [WIDTH, HEIGHT] = [1100, 600];
const discs = [...rowOfDiscs({ x: 60, y: 60 }, 30, 20), ...rowOfDiscs({ x: 700, y: 300 }, 20, 20)];
const LEFT = [
  [
    [
      [0, 0],
      [500, 0],
      [500, 600],
      [0, 600],
      [0, 0],
    ],
  ],
];
let id: string;

const fetchFile = (name: string, { query = '', method = 'GET', of = id } = {}) =>
  GET(new Request(`http://localhost/?${query}`, { method }), { params: Promise.resolve({ id: of, name }) });

async function bytesOf(name: string, query = ''): Promise<Buffer> {
  const response = await fetchFile(name, { query });
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return Buffer.from(await response.arrayBuffer());
}
const jsonOf = async (name: string, query = '') => JSON.parse((await bytesOf(name, query)).toString());

beforeAll(async () => {
  ({ id } = await keepPicture(drawDiscs(WIDTH, HEIGHT, discs)));
  await scored(id, { kind: 'rectangle', x: 0, y: 0, width: WIDTH, height: HEIGHT });
  const before = await (
    await readAnnotations(new Request('http://localhost/'), { params: Promise.resolve({ id }) })
  ).json();
  const body = {
    base_revision: before.revision,
    annotations: [{ id: 'region-one', class: 'tumour', name: 'Left', polygons: LEFT, rating: 'high' }],
  };
  const headers = { 'Content-Type': 'application/json' };
  const request = new Request('http://localhost/', { method: 'PUT', headers, body: JSON.stringify(body) });
  const saved = await saveAnnotations(request, { params: Promise.resolve({ id }) });
  if (!saved.ok) throw new Error(await saved.text());
}, 240_000);

describe('the files of a slide', { timeout: 120_000 }, () => {
  it('come once something is scored; what is drawn can be saved before', async () => {
    const { id: of } = await keepPicture(drawDiscs(300, 200, []));
    for (const name of ['all.zip', ...SLIDE_FILE_NAMES.filter((one) => one !== 'regions.geojson')])
      expect(await problemOf(await fetchFile(name, { of })), name).toMatchObject({ status: 409, code: 'wrong_state' });
    expect((await fetchFile('regions.geojson', { of })).status).toBe(200);
  });

  it('have their type and name, by GET and HEAD', async () => {
    for (const name of SLIDE_FILE_NAMES) {
      const [got, told] = [await fetchFile(name), await fetchFile(name, { method: 'HEAD' })];
      expect(got.status).toBe(200);
      expect((await got.arrayBuffer()).byteLength).toBeGreaterThan(100);
      expect(told.body).toBeNull();
      for (const { headers } of [got, told]) {
        expect(headers.get('Content-Type')).toBe(SLIDE_FILE_TYPES[name]);
        expect(headers.get('Content-Disposition')).toBe(`attachment; filename="${name}"`);
        expect(headers.get('Cache-Control')).toBe('no-store, no-transform');
      }
    }
  });

  it('agree with the numbers', async () => {
    const scores = await scoresOf(id);
    expect(await jsonOf('scores.json')).toEqual(scores);
    expect(scores.tumour?.num_total).toBeGreaterThan(500);
    const { features, restain } = JSON.parse(gunzipSync(await bytesOf('nuclei.geojson.gz')).toString());
    expect(restain).toMatchObject({
      coordinates: 'slide',
      region: { width: WIDTH, height: HEIGHT },
      microns_per_pixel: 1,
    });
    expect(features).toHaveLength(discs.length);
    const positive = features.filter(
      (feature: { properties: { classification: { name: string } } }) =>
        feature.properties.classification.name === 'Positive',
    );
    expect(positive).toHaveLength(discs.filter((disc) => disc.positive).length);
    const lines = gunzipSync(await bytesOf('nuclei.csv.gz'))
      .toString()
      .trimEnd()
      .split('\r\n');
    expect(lines).toHaveLength(discs.length + 1);
    expect(lines.filter((line) => line.includes(',Left,'))).toHaveLength(scores.tumour?.num_total ?? 0);
    const parquet = await bytesOf('nuclei.parquet');
    const file = parquet.buffer.slice(parquet.byteOffset, parquet.byteOffset + parquet.length) as ArrayBuffer;
    const rows = await parquetReadObjects({ file, columns: ['id', 'class', 'regions', 'kind'] });
    const left = rows.filter(({ regions }) => regions === 'Left');
    expect(left).toHaveLength(scores.tumour?.num_total ?? 0);
    const tumour = left.filter(({ kind }) => kind === 'tumour');
    expect(scores.tumour?.tumour).toMatchObject({
      num_total: tumour.length,
      num_pos: tumour.filter((row) => row.class === 'positive').length,
      made_by: 'prior',
    });
    expect(lines.filter((line) => line.includes(',Left,tumour,'))).toHaveLength(tumour.length);
  });

  it('follow what was taught, and count no tumour nuclei of a marker of other cells', async () => {
    const { id: of } = await keepPicture(drawDiscs(400, 300, rowOfDiscs({ x: 60, y: 60 }, 8, 20)));
    await scored(of, { kind: 'slide' });
    const { slide: before, annotations: none } = await scoresOf(of);
    expect(none).toEqual([]);
    /** Every nucleus is a blast, and positive from no brown on. */
    const row = (column: string) => [0, 0, 0, 0, column === 'constant' ? 900 : 0];
    const classifier = {
      ...JSON.parse(EXAMPLE_CLASSIFIER),
      ...{
        clicks: 31,
        classes: [{ name: 'Blast', kind: 'tumour' }],
        limits: { positive_from: -3, negative_below: null },
      },
      weights: Object.fromEntries(TAUGHT_COLUMNS.map((column) => [column, row(column)])),
    };
    const saved = await scorings.save(of, { base_revision: 0, classifier });
    expect(saved.status, await saved.clone().text()).toBe(200);
    const taught = (await scoresOf(of)).slide;
    expect(taught).toMatchObject({ num_total: before.num_total, num_pos: before.num_total });
    expect(taught.tumour).toMatchObject({ num_total: before.num_total, num_pos: before.num_total, percent_pos: 100 });
    expect(taught.tumour?.made_by).toBe('taught with 31 clicks');
    const bytes = gunzipSync(
      Buffer.from(await (await fetchFile('nuclei.geojson.gz', { of, query: 'geojson_classes=kinds' })).arrayBuffer()),
    );
    const { features, restain } = JSON.parse(bytes.toString());
    expect(restain.kinds_made_by).toBe('taught with 31 clicks');
    expect(
      new Set(
        features.map((one: { properties: { classification: { name: string } } }) => one.properties.classification.name),
      ),
    ).toEqual(new Set(['Blast: Positive']));
    await scorings.save(of, { base_revision: 1, classifier, marker: 'cd138' });
    expect((await scoresOf(of)).slide).toMatchObject({ num_pos: before.num_total, tumour: null });
    await scorings.save(of, { base_revision: 2 });
    expect((await scoresOf(of)).slide).toEqual(before);
    // Said of two nuclei of the slide itself; the third click is on none.
    const clicks = [60, 72, 66].map((x) => ({ x, y: 60, name: x === 60 ? 'lymphocyte' : 'tumour' }));
    const teaching = { classes: [], clicks };
    expect((await scorings.save(of, { base_revision: 3, teaching })).status).toBe(200);
    expect((await scoresOf(of)).slide.tumour?.made_by).toBe('taught with 2 clicks');
    const odd = { classes: [], clicks: [{ x: 60, y: 60, name: 'Blast' }] };
    expect((await scorings.save(of, { base_revision: 4, teaching: odd })).status).toBe(400);
  });

  it('have the regions with their numbers, and the hot spots', async () => {
    const scores = await scoresOf(id);
    const { features } = await jsonOf('regions.geojson');
    const [first, ...spots] = features as { properties: { name: string; measurements: Record<string, number> } }[];
    expect(first?.properties).toMatchObject({
      name: 'Left',
      measurements: { 'Positive %': scores.annotations[0]?.percent_pos },
    });
    expect(first?.properties.measurements['Num Detections']).toBe(scores.annotations[0]?.num_total);
    expect(first?.properties.measurements['Num Tumor']).toBe(scores.annotations[0]?.tumour?.num_total);
    expect(spots).toHaveLength(scores.hot_spots.reduce((sum, { spots: found }) => sum + found.length, 0));
    expect(spots.length).toBeGreaterThan(0);
  });

  it('show the heat map in squares of the size that is asked for', async () => {
    const { data, info } = await sharp(await bytesOf('heatmap.png', 'heat_map_um=50'))
      .raw()
      .toBuffer({ resolveWithObject: true });
    // 22 x 12 squares of 72 pixels.
    expect(info.width).toBe(22 * 72);
    const colourAt = (x: number, y: number) => [
      ...data.subarray(3 * (y * info.width + x), 3 * (y * info.width + x) + 3),
    ];
    const squares = Array.from({ length: 22 * 12 }, (_, i) =>
      colourAt(72 * (i % 22) + 36, 72 * Math.floor(i / 22) + 36).join(),
    );
    expect(squares).toContain('255,255,255');
    expect(new Set(squares).size).toBeGreaterThan(2);
    // The last page holds the numbers of nuclei.
    const tiff = await bytesOf('heatmap.ome.tif', 'heat_map_um=50');
    const counts = Array.from({ length: 22 * 12 }, (_, i) => tiff.readFloatLE(tiff.length - 4 * (22 * 12 - i)));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(discs.length);
  });

  it.each(['index', 'density'] as const)('have the legend of %s below the heat map', async (kind) => {
    const { data, info } = await sharp(await bytesOf('heatmap.png', `heat_map_um=50&heat_map=${kind}`))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const rowOf = (y: number) => data.subarray(3 * y * info.width, 3 * (y + 1) * info.width);
    // Behind the squares and a gap.
    const bar = rowOf(12 * 72 + 10);
    const steps = heatLegend(kind);
    const shown = steps.map((_, i) => [...bar.subarray(3 * (8 + 72 * i + 36), 3 * (8 + 72 * i + 36) + 3)]);
    expect(shown).toEqual(steps.map(({ colour }) => [...colour]));
    // The number of each step, and two lines of words.
    const inkIn = (from: number, to: number) => {
      let ink = 0;
      for (let y = from; y < to; y++) ink += rowOf(y).filter((value) => value === 30).length / 3;
      return ink;
    };
    const numbers = 12 * 72 + 8 + 18 + 8;
    expect(inkIn(numbers, numbers + 14)).toBeGreaterThan(8 * 20);
    expect(inkIn(numbers + 22, numbers + 36)).toBeGreaterThan(500);
    expect(inkIn(numbers + 44, numbers + 58)).toBeGreaterThan(500);
  });

  it('are of one moment, whatever is changed meanwhile', async () => {
    const begun = await openMaterial(id);
    const before = await scoresOf(id);
    const query = new Request('http://localhost/');
    const { revision, annotations } = await (await readAnnotations(query, { params: Promise.resolve({ id }) })).json();
    const change = async (base: number, drawn: object[]) => {
      const body = JSON.stringify({ base_revision: base, annotations: drawn });
      const headers = { 'Content-Type': 'application/json' };
      const request = new Request('http://localhost/', { method: 'PUT', headers, body });
      expect((await saveAnnotations(request, { params: Promise.resolve({ id }) })).status).toBe(200);
    };
    const resize = async (size: number) => {
      const { revision: base } = (await (await scorings.settings(id)).json()) as { revision: number };
      expect((await scorings.save(id, { base_revision: base, size_thresh: size })).status).toBe(200);
    };
    await change(revision, []);
    await resize(100_000);
    expect((await scoresOf(id)).slide.num_total).toBe(0);
    expect(await begun.scores()).toEqual(before);
    const { grades, regions } = await begun.list();
    expect(grades.filter((grade) => grade > 0)).toHaveLength(before.slide.num_total);
    expect(regions.texts).toContain('Left');
    // Of a core there is its address, which is how it is known.
    const core = { id: 'a-core-of-two', class: 'other', name: '', polygons: LEFT, core: { row: 0, column: 1 } };
    await change(revision + 1, [core]);
    expect((await (await openMaterial(id)).list()).regions.texts).toEqual(['', 'A2']);
    await change(revision + 2, annotations);
    await resize(before.thresholds.size_thresh);
  });

  it('are written as the query says, or refused', async () => {
    expect(gunzipSync(await bytesOf('nuclei.csv.gz', 'csv=semicolon')).toString()).toMatch(/^\uFEFFid;class;/);
    expect(gunzipSync(await bytesOf('nuclei.geojson.gz', 'geojson_classes=grades')).toString()).toMatch(
      /"name":"[123]\+"/,
    );
    expect(await problemOf(fetchFile('heatmap.png', { query: 'heat_map_um=5' }))).toMatchObject({
      status: 400,
      errors: [{ pointer: '/heat_map_um' }],
    });
    expect(await problemOf(fetchFile('nuclei.csv'))).toMatchObject({ code: 'not_found' });
    expect(await problemOf(fetchFile('nuclei.csv.gz', { of: 'x'.repeat(22) }))).toMatchObject({
      code: 'slide_not_found',
    });
  });

  it('are all in one archive', async () => {
    const files = await openZip(await bytesOf('all.zip'));
    expect([...files.keys()].sort()).toEqual([...SLIDE_FILE_NAMES].sort());
    expect(files.get('nuclei.parquet')?.equals(await bytesOf('nuclei.parquet'))).toBe(true);
    expect(JSON.parse(files.get('scores.json')?.toString() ?? '')).toEqual(await scoresOf(id));
  });

  it('are opened by geopandas, pyarrow, tifffile and pypdf', {
    tags: ['long'],
    timeout: READERS_MS,
  }, async (context) => {
    const environment = ensurePython();
    if (typeof environment === 'string') {
      console.log(`skipped: no Python that has other readers (${environment})`);
      return context.skip(environment);
    }
    const folder = mkdtempSync(join(tmpdir(), 'slide-exports-'));
    for (const name of SLIDE_FILE_NAMES) writeFileSync(join(folder, name), await bytesOf(name));
    const seen = readSlideFiles(environment.python, folder);
    rmSync(folder, { recursive: true });
    expect(seen.geojson.areas).toHaveLength(discs.length);
    expect(seen.geojson).toMatchObject({ valid: true, ccw: true });
    expect(seen.parquet).toMatchObject({ rows: discs.length, areas: seen.geojson.areas, valid: true });
    expect(seen.csv.ids).toHaveLength(discs.length);
    expect(seen.heat).toMatchObject({ ome: true, shape: [3, 3, 6] });
    expect(seen.regions).toMatchObject({ valid: true });
    const scores = await scoresOf(id);
    expect(seen.report.text).toContain(`${scores.tumour?.percent_pos.toFixed(1)} % positive`);
    expect(seen.report.text).toContain('Tumor: Left');
    expect(seen.report.text).toContain('doi:10.1093/jnci/djaa201');
    expect(seen.report.pictures).toBeGreaterThan(1);
  });

  it('are written as far as somebody reads', async () => {
    const stop = new AbortController();
    const request = new Request('http://localhost/', { signal: stop.signal });
    const response = await GET(request, { params: Promise.resolve({ id, name: 'nuclei.csv.gz' }) });
    stop.abort();
    await expect(response.arrayBuffer()).rejects.toThrow();
  });

  it('are valid where nothing was found, and gone with the slide', async () => {
    const { id: bare } = await keepPicture(drawDiscs(300, 200, []));
    await scored(bare, { kind: 'rectangle', x: 0, y: 0, width: 300, height: 200 });
    for (const name of SLIDE_FILE_NAMES) {
      const response = await fetchFile(name, { of: bare });
      expect(response.status, name).toBe(200);
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
    }
    const begun = await openMaterial(bare);
    expect((await slides.remove(bare)).status).toBe(204);
    await expect(begun.list()).rejects.toMatchObject({ code: 'slide_not_found' });
    expect(await problemOf(fetchFile('report.pdf', { of: bare }))).toMatchObject({ code: 'slide_not_found' });
  });
});
