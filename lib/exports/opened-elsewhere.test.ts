import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { labelsOf, nucleiOf } from '@/lib/exchange/__fixtures__/drawn-nuclei';
import { ensurePython, READERS_MS, readExports } from '@/lib/exchange/__fixtures__/other-readers';
import { frameOf } from '@/lib/exchange/coordinate-frame';
import { imagejRoiName } from '@/lib/exchange/imagej-roi';
import { markNuclei } from '@/lib/exchange/mark-nuclei';
import { writeNucleusCsv } from '@/lib/exchange/nucleus-csv';
import { describeObjects } from '@/lib/exchange/qupath-geojson';
import { zipRois } from './archive';

// What leaves is opened by geopandas (shapely, GDAL), pandas and roifile, which know nothing of us.

/** Blocks, single pixels, parts that touch at corners, holes: labels scattered by a seeded draw. */
function scattered() {
  const rows = Array.from({ length: 60 }, () => new Array<string>(60).fill('.'));
  let state = 11;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let label = 1; label <= 9; label++) {
    const [left, top] = [((label - 1) % 3) * 20 + 1, Math.floor((label - 1) / 3) * 20 + 1];
    for (let y = 0; y < 2 * label; y++)
      for (let x = 0; x < 2 * label; x++) if (label === 1 || random(10) < 8) rows[top + y]![left + x] = String(label);
  }
  return labelsOf(...rows.map((row) => row.join('')));
}

const labels = scattered();
const nuclei = nucleiOf(labels);
const areas = nuclei.map(({ areaPx }) => areaPx);
const part = { level: 1, downsample: 4, region: { x: 70_000, y: 50_000, width: 240, height: 240 } };
const frames = { nuclei: frameOf('image', labels, part), slide: frameOf('slide', labels, part) };
const folder = mkdtempSync(join(tmpdir(), 'exports-'));
let environment: ReturnType<typeof ensurePython>;

async function writeExports() {
  for (const [name, frame] of Object.entries(frames)) {
    const options = { frame, micronsPerPixel: 0.5, classes: 'positive' } as const;
    writeFileSync(join(folder, `${name}.geojson`), JSON.stringify(describeObjects(nuclei, [], options)));
    writeFileSync(join(folder, `${name}.zip`), await zipRois(nuclei, options));
  }
  const options = { frame: frames.nuclei, micronsPerPixel: 0.5 };
  const marked = markNuclei(nuclei, { regions: [], corrections: [] });
  writeFileSync(join(folder, 'nuclei.csv'), writeNucleusCsv(marked, { ...options, form: 'comma' }));
  writeFileSync(join(folder, 'nuclei-semicolon.csv'), writeNucleusCsv(marked, { ...options, form: 'semicolon' }));
}

beforeAll(async () => {
  environment = ensurePython();
  await writeExports();
}, READERS_MS);
afterAll(() => rmSync(folder, { recursive: true }));

it('is opened by geopandas, pandas and roifile, with the areas and centres that we say', {
  tags: ['long'],
}, (context) => {
  if (typeof environment === 'string') {
    console.log(`skipped: no Python that has other readers (${environment})`);
    return context.skip(environment);
  }
  const { geojson, slide, csv, semicolon, rois, slide_rois: slideRois } = readExports(environment.python, folder);
  expect(nuclei.some(({ outline }) => outline.polygons.length > 1)).toBe(true);
  expect(nuclei.some(({ outline }) => outline.polygons.some((rings) => rings.length > 1))).toBe(true);
  expect(geojson).toMatchObject({ areas, valid: true, turned: true });
  expect(slide).toMatchObject({ areas: areas.map((area) => 16 * area), valid: true, turned: true });
  nuclei.forEach(({ x, y }, i) => {
    expect(geojson.centroids[i]).toEqual([expect.closeTo(x, 6), expect.closeTo(y, 6)]);
    expect(slide.centroids[i]).toEqual([expect.closeTo(70_000 + 4 * x, 4), expect.closeTo(50_000 + 4 * y, 4)]);
  });
  const names = nuclei.map(imagejRoiName);
  expect(rois).toMatchObject({ names, areas, properties: { coordinates: 'image', level: 1, downsample: 4 } });
  expect(slideRois).toMatchObject({ names, areas: areas.map((area) => 16 * area) });
  expect(slideRois.properties).toMatchObject({ coordinates: 'slide', region: '70000,50000,240,240' });
  expect(csv.columns).toHaveLength(26);
  expect(semicolon).toEqual(csv);
  // id, x_px, y_px, x_um, y_um, area_px: numbers, not text.
  expect(csv.numbers.map((row: number[]) => [row[0], row[5]])).toEqual(nuclei.map(({ id, areaPx }) => [id, areaPx]));
});
