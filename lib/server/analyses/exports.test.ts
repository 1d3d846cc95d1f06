import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Analysis, PICTURE_NAMES } from '@/lib/contracts/analysis';
import { DOCUMENT_NAMES, DOCUMENT_TYPES, EXPORT_NAMES, pictureFile } from '@/lib/contracts/exports';
import { ensurePython, READERS_MS, readExports } from '@/lib/exchange/__fixtures__/other-readers';
import { openZip } from '@/lib/exports/__fixtures__/open-zip';
import { FEATURES } from '@/lib/scoring/classify/feature-names';
import { getStorage } from '@/lib/server/storage';
import { readObject } from '@/lib/server/storage/storage';
import { drawDiscs } from '@/workers/__fixtures__/draw';
import { analysisOf, api, follow, problemOf, runSite, sendAndVerify, toPng, until } from './__fixtures__/site';
import { keysOf } from './record';

const MEASURED = { timeout: 120_000 };
const png = await toPng(drawDiscs(300, 200, 20, 7).image);
const LEFT_HALF: [number, number][] = [
  [0, 0],
  [160, 0],
  [160, 200],
  [0, 200],
  [0, 0],
];
const region = { id: 'a', name: 'Left', kind: 'include', shape: 'rectangle', enabled: true, rings: [LEFT_HALF] };

runSite();
let id: string;
let analysis: Analysis;

beforeAll(async () => {
  id = await sendAndVerify(png);
  await api.start(id, { resolution: '40x' });
  await until(id, 'done');
  analysis = await analysisOf(api.score(id, { regions: [region], intensity_two_plus: 0.2, hot_spot_nuclei: 2 }));
}, 60_000);

async function fetchFile(name: string, query = ''): Promise<{ bytes: Buffer; headers: Headers }> {
  const response = await api.exportFile(id, name, query);
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return { bytes: Buffer.from(await response.arrayBuffer()), headers: response.headers };
}
const fetchText = async (name: string, query = '') => (await fetchFile(name, query)).bytes.toString();
const fetchJson = async (name: string, query = '') => JSON.parse(await fetchText(name, query));
const rowsOf = (csv: string) => csv.trimEnd().split('\r\n').slice(1);

describe('the files of a result', MEASURED, () => {
  it('have their type, their name and, where it is known, their length', async () => {
    const types = { ...DOCUMENT_TYPES, 'Seg.png': 'image/png' };
    for (const [name, type] of Object.entries(types)) {
      const { bytes, headers } = await fetchFile(name);
      expect(headers.get('Content-Type')).toBe(type);
      expect(headers.get('Content-Disposition')).toBe(`attachment; filename="${name}"`);
      expect(headers.get('Cache-Control')).toBe('no-store, no-transform');
      expect(headers.get('Content-Length')).toBe(String(bytes.length));
    }
    const { headers } = await fetchFile('all.zip');
    expect(headers.get('Content-Disposition')).toMatch(/^attachment; filename="restain-\d{4}-[\d-]+\.zip"$/);
  });

  it('are told of by HEAD without being made', async () => {
    for (const name of EXPORT_NAMES) {
      const head = await api.exportFile(id, name, '', 'HEAD');
      expect(head.status).toBe(200);
      expect(head.body).toBeNull();
      const { bytes, headers } = await fetchFile(name);
      for (const header of ['Content-Type', 'Content-Disposition'])
        expect(head.headers.get(header)).toBe(headers.get(header));
      if (name.endsWith('.png')) expect(head.headers.get('Content-Length')).toBe(String(bytes.length));
    }
  });

  it('agree with the result', async () => {
    const { scoring, h_score, allred, intensity, hot_spot, area_mm2, corrections } = analysis.result!;
    const total = scoring.num_total;
    expect(total).toBeGreaterThan(3);
    expect(await fetchJson('scoring.json')).toMatchObject({
      ...{ scoring, h_score, allred, intensity, hot_spot, area_mm2, corrections },
      regions: [{ name: 'Left', kind: 'include', enabled: true }],
    });
    expect(hot_spot?.num_total).toBeGreaterThanOrEqual(2);
    expect(rowsOf(await fetchText('nuclei.csv'))).toHaveLength(total);
    const { features } = await fetchJson('nuclei.geojson');
    const types = features.map((feature: { properties: { objectType: string } }) => feature.properties.objectType);
    expect(types.filter((type: string) => type === 'detection')).toHaveLength(total);
    expect(types.filter((type: string) => type === 'annotation')).toHaveLength(1);
    expect((await openZip((await fetchFile('nuclei-imagej.zip')).bytes)).size).toBe(total);
    expect(await fetchJson('provenance.json')).toMatchObject({
      ...analysis.result!.provenance,
      revision: 2,
      parameters: { ...analysis.result!.defaults, intensity_two_plus: 0.2, intensity_three_plus: 0.43 },
      regions: [{ name: 'Left' }],
    });
  });

  it('are written as the query says', async () => {
    expect((await fetchJson('nuclei.geojson', 'coordinates=slide')).restain.coordinates).toBe('slide');
    expect(await fetchText('nuclei.geojson', 'geojson_classes=grades')).toMatch(/"name":"[123]\+"/);
    const [head = '', first = ''] = (await fetchText('nuclei.csv', 'features=all')).split('\r\n');
    const sizeAt = head.split(',').indexOf('feature_size');
    expect(head.split(',').slice(sizeAt)).toEqual(FEATURES.map((name) => `feature_${name}`));
    expect(Math.abs(Number(first.split(',')[sizeAt]))).toBeLessThan(3);
    const { features } = JSON.parse(await fetchText('nuclei.geojson', 'features=all'));
    type Detection = { properties: { objectType: string; measurements: Record<string, number> } };
    const detection = (features as Detection[]).find(({ properties }) => properties.objectType === 'detection');
    const measured = detection?.properties.measurements ?? {};
    expect(measured['Feature: size']).toBe(Number(first.split(',')[sizeAt]));
    expect(measured['Feature: wide_cover']).toBeGreaterThan(0);
    expect(await fetchText('nuclei.csv', 'csv=semicolon')).toMatch(/^\uFEFFid;class;/);
    const refused = await api.exportFile(id, 'nuclei.csv', 'csv=tab');
    expect(await problemOf(refused)).toMatchObject({ status: 400, errors: [{ pointer: '/csv' }] });
    expect(await problemOf(api.exportFile(id, 'nuclei.csv', 'form=comma'))).toMatchObject({ code: 'invalid_option' });
  });

  it('are all in one archive, byte for byte', async () => {
    const files = await openZip((await fetchFile('all.zip')).bytes);
    const pictures = PICTURE_NAMES.filter((name) => analysis.result!.pictures[name]).map(pictureFile);
    expect([...files.keys()].sort()).toEqual([...DOCUMENT_NAMES, ...pictures].sort());
    for (const name of ['scoring.json', 'nuclei.csv', 'nuclei.geojson', 'provenance.json'])
      expect(files.get(name)?.toString()).toBe(await fetchText(name));
    for (const name of PICTURE_NAMES) {
      const link = analysis.result!.pictures[name]?.url;
      if (!link) continue;
      const stored = Buffer.from(await (await follow(link)).arrayBuffer());
      expect(files.get(pictureFile(name))?.equals(stored)).toBe(true);
      expect((await fetchFile(pictureFile(name))).bytes.equals(stored)).toBe(true);
    }
  });
});

describe('a file that is not there', MEASURED, () => {
  it('is refused with the names that are', async () => {
    const problem = await problemOf(api.exportFile(id, 'nuclei.xlsx'));
    expect(problem).toMatchObject({ status: 404, code: 'not_found' });
    expect(problem.detail).toContain('all.zip, report.pdf');
    expect(await problemOf(api.exportFile(id, 'toString'))).toMatchObject({ code: 'not_found' });
  });

  it('is of no analysis, or of one without a result', async () => {
    const none = await problemOf(api.exportFile('AAAAAAAAAAAAAAAAAAAAAA', 'nuclei.csv'));
    expect(none).toMatchObject({ status: 404, code: 'analysis_not_found' });
    const ready = await sendAndVerify(png);
    const problem = await problemOf(api.exportFile(ready, 'all.zip'));
    expect(problem).toMatchObject({
      status: 409,
      code: 'wrong_state',
      detail: 'An analysis that is ready has no result.',
    });
  });
});

it('a result that was stored without H-score and its kin has them in its files', MEASURED, async () => {
  const keys = keysOf(id);
  const { run } = JSON.parse(String(await readObject(getStorage(), keys.record)));
  const key = keys.run(run.id).result(analysis.result!.revision);
  const before = await fetchJson('scoring.json');
  const stored = JSON.parse(String(await readObject(getStorage(), key)));
  const { area_mm2: _a, cells_per_mm2: _c, h_score: _h, allred: _l, intensity: _i, hot_spot: _s, ...older } = stored;
  await getStorage().put(key, Buffer.from(JSON.stringify(older)));
  expect(await fetchJson('scoring.json')).toEqual(before);
  await getStorage().put(key, Buffer.from(JSON.stringify(stored)));
});

it('geopandas, pandas, roifile, pypdf and zipfile open what the server sends', {
  timeout: READERS_MS,
}, async (context) => {
  const environment = ensurePython();
  if (typeof environment === 'string') {
    console.log(`skipped: no Python that has other readers (${environment})`);
    return context.skip(environment);
  }
  const folder = mkdtempSync(join(tmpdir(), 'route-'));
  const saves = {
    'nuclei.geojson': ['nuclei.geojson', ''],
    'slide.geojson': ['nuclei.geojson', 'coordinates=slide'],
    'nuclei.csv': ['nuclei.csv', ''],
    'nuclei-semicolon.csv': ['nuclei.csv', 'csv=semicolon'],
    'nuclei.zip': ['nuclei-imagej.zip', ''],
    'slide.zip': ['nuclei-imagej.zip', 'coordinates=slide'],
    'report.pdf': ['report.pdf', ''],
    'all.zip': ['all.zip', ''],
  } as const;
  const sizes: Record<string, number> = {};
  for (const [file, [name, query]] of Object.entries(saves)) {
    const { bytes } = await fetchFile(name, query);
    writeFileSync(join(folder, file), bytes);
    sizes[name] = bytes.length;
  }
  const seen = readExports(environment.python, folder);
  rmSync(folder, { recursive: true });
  const areas = rowsOf(await fetchText('nuclei.csv')).map((row) => Number(row.split(',')[7]));
  const { scoring } = analysis.result!;
  expect(areas).toHaveLength(scoring.num_total);
  // The region is a feature too, the first.
  expect(seen.geojson).toMatchObject({ areas: [160 * 200, ...areas], valid: true, turned: true });
  expect(seen.slide.areas).toEqual(seen.geojson.areas);
  expect(seen.csv.columns).toHaveLength(26);
  expect(seen.semicolon).toEqual(seen.csv);
  expect(seen.rois).toMatchObject({ areas, properties: { coordinates: 'image' } });
  expect(seen.slide_rois).toMatchObject({ areas, properties: { coordinates: 'slide' } });
  expect(seen.report).toMatchObject({ pictures: 1, title: 'Restain report' });
  expect(seen.report.text).toContain(`1 of ${seen.report.pages}`);
  expect(seen.report.text).toContain(`${scoring.percent_pos.toFixed(1)} % positive`);
  expect(seen.report.text).toContain(`${scoring.num_pos} positive of ${scoring.num_total} nuclei`);
  expect(seen.report.text).toContain('Hot spot');
  expect(seen.archive.damaged).toBeNull();
  for (const name of ['nuclei.csv', 'nuclei.geojson'] as const)
    expect(seen.archive.sizes[name]).toBe(Buffer.byteLength(await fetchText(name)));
});
