import { rmSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { GET as readExport } from '@/app/api/slides/[id]/exports/[name]/route';
import type { SlideSettings } from '@/lib/contracts/slide-settings';
import { joinMembranes } from '@/lib/exchange/cell-membranes';
import { joinCells } from '@/lib/exchange/slide-nuclei';
import { describeMembranes } from '@/lib/scoring/membrane/describe-membranes';
import { runSite } from '@/lib/server/analyses/__fixtures__/site';
import { slides } from '@/lib/server/slides/__fixtures__/slide-site';
import { keysOf } from '@/lib/server/slides/record';
import { getStorage } from '@/lib/server/storage';
import { readObject } from '@/lib/server/storage/storage';
import { drawDiscs, rowOfDiscs } from './__fixtures__/draw-discs';
import { keepPicture, largeTiles, readCells, scored, scoresOf, scorings } from './__fixtures__/scoring-site';

const models = largeTiles();
runSite({ MODELS_DIR: models });
afterAll(() => rmSync(models, { recursive: true }));
afterEach(() => getStorage().delete('slides/'));

/** Of the fixture network at 1 µm per pixel. */
const CELL = 992;
const [WIDTH, HEIGHT] = [CELL + 120, 260];
const RING = { inner: 6, outer: 7.5 };

// Around the border of two cells, and far from it. Rings of brown surround every second one.
const discs = [...rowOfDiscs({ x: CELL - 58, y: 40 }, 9, 9, 15), ...rowOfDiscs({ x: 200, y: 60 }, 6, 6, 15)];
const picture = drawDiscs(WIDTH, HEIGHT, discs);
for (const [n, disc] of discs.entries()) {
  if (n % 2 === 1) continue;
  for (let y = Math.max(0, disc.y - RING.outer); y <= disc.y + RING.outer && y < HEIGHT; y++)
    for (let x = Math.max(0, disc.x - RING.outer); x <= disc.x + RING.outer && x < WIDTH; x++) {
      const away = Math.hypot(x - disc.x, y - disc.y);
      if (away >= RING.inner && away <= RING.outer)
        picture.pixels.set([215, 185, 150], 3 * (Math.floor(y) * WIDTH + Math.floor(x)));
    }
}

async function change(id: string, fields: Partial<SlideSettings>) {
  const { revision, ...settings } = (await (await scorings.settings(id)).json()) as SlideSettings;
  const saved = await scorings.save(id, { ...settings, ...fields, base_revision: revision });
  expect(saved.status).toBe(200);
}

async function filesOf(viewId: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const { key } of getStorage().list(keysOf(viewId).allNuclei))
    files.set(key.slice(keysOf(viewId).folder.length), (await readObject(getStorage(), key))?.toString('base64') ?? '');
  return files;
}

async function exported(id: string, name: string): Promise<Buffer> {
  const response = await readExport(new Request('http://localhost/'), { params: Promise.resolve({ id, name }) });
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

const codesOf = ({ warnings }: { warnings: readonly { code: string }[] }) => warnings.map(({ code }) => code);

describe('membranes of a slide', { timeout: 240_000 }, () => {
  it('are measured where the marker is one of membranes, for every part, and are in every file', async () => {
    const { id } = await keepPicture(picture);
    const { revision: base_revision } = (await (await slides.annotations(id)).json()) as { revision: number };
    const left = [[[0, 0], [500, 0], [500, HEIGHT], [0, HEIGHT], [0, 0]]]; // biome-ignore format: corners
    await slides.annotate(id, { base_revision, annotations: [{ id: 'left-part', class: 'tumour', polygons: [left] }] });
    await change(id, { marker: 'pdl1' });
    await scored(id, { kind: 'rectangle', x: 0, y: 0, width: WIDTH, height: HEIGHT });
    const scores = await scoresOf(id);
    expect(codesOf(scores)).toContain('membrane_unproven');
    const { cells, membranes, cursor } = await readCells(id);
    expect([cells.length, membranes.length]).toEqual([2, 2]);
    expect(await readCells(id, cursor)).toMatchObject({ cells: [], membranes: [] });
    // Cells that lie beside a border have neighbours in the other cell.
    const table = joinCells(cells, 'watershed');
    const sectors = joinMembranes(table, cells, membranes);
    expect(sectors?.neighbours.every((entry) => entry >= 0)).toBe(true);
    expect(membranes.some(({ foreign }) => foreign.length > 0)).toBe(true);
    const told = sectors && describeMembranes(sectors, { weak: 0.2 }, { ...table, micronsPerPixel: 0.25 });
    expect(told?.completeness.filter((share) => share > 0.5).length).toBeGreaterThan(10);
    expect(told?.completeness.filter((share) => share < 0.2).length).toBeGreaterThan(10);

    const { slide, tumour, annotations } = scores;
    const total = (of: typeof slide) =>
      of.membrane ? of.membrane.tumour.num_total + of.membrane.tumour.num_unsure + of.membrane.immune.num_total : 0;
    expect(total(slide)).toBeGreaterThan(0);
    expect(total(slide)).toBeLessThanOrEqual(slide.num_total);
    expect(tumour?.membrane).toEqual(annotations[0]?.membrane);
    expect(scores.hot_spots[0]?.spots.every(({ membrane }) => membrane !== null)).toBe(true);

    // Cut points change the numbers at once.
    await change(id, { membrane_weak: 2, membrane_moderate: 2, membrane_strong: 2 });
    const none = (await scoresOf(id)).slide.membrane;
    expect(none).toMatchObject({ tps: 0, cuts: { weak: 2 } });
    await change(id, { membrane_weak: undefined, membrane_moderate: undefined, membrane_strong: undefined });
    expect((await scoresOf(id)).slide.membrane).toEqual(slide.membrane);

    const [head, ...rows] = gunzipSync(await exported(id, 'nuclei.csv.gz'))
      .toString()
      .trim()
      .split(/\r?\n/);
    expect(head).toMatch(/membrane_completeness,membrane_od,cytoplasm_od$/);
    const at = head?.split(',').indexOf('membrane_completeness') ?? -1;
    const shares = rows.map((row) => Number(row.split(',')[at]));
    expect(shares.filter((share) => share > 0.5).length).toBeGreaterThan(10);
    const detections = JSON.parse(gunzipSync(await exported(id, 'nuclei.geojson.gz')).toString());
    expect(detections.features[0].properties.measurements).toHaveProperty(['Membrane: Completeness']);
    const parquet = await exported(id, 'nuclei.parquet');
    const file = parquet.buffer.slice(parquet.byteOffset, parquet.byteOffset + parquet.length) as ArrayBuffer;
    const listed = await parquetReadObjects({ file });
    expect(listed.map((row) => Number(Number(row.membrane_completeness).toFixed(3)))).toEqual(shares);
    const regions = JSON.parse((await exported(id, 'regions.geojson')).toString());
    expect(regions.features[0].properties.measurements['Membrane: TPS %']).toBe(tumour?.membrane?.tps);
    expect((await exported(id, 'report.pdf')).subarray(0, 4).toString()).toBe('%PDF');
  });

  it('are the same whichever part is scored first, and nuclei are those of a slide without membranes', async () => {
    const plain = await keepPicture(picture);
    await scored(plain.id, { kind: 'slide' });
    const nuclei = await filesOf(plain.view_id);
    expect([...nuclei.keys()].every((name) => name.endsWith('.bin'))).toBe(true);

    // Named later: the numbers of nuclei stay, and a warning says what is missing until it is scored again.
    await change(plain.id, { marker: 'her2' });
    const before = await scoresOf(plain.id);
    expect(before.slide).toMatchObject({ membrane: null, num_total: discs.length });
    expect(before.warnings.find(({ code }) => code === 'membrane_unmeasured')?.detail).toMatch(/Score again/);
    const maps = `${keysOf(plain.view_id).folder}maps/`;
    const ages = async () => {
      const found = [];
      for await (const { key, modified } of getStorage().list(maps)) found.push(`${key} ${modified.getTime()}`);
      return found.sort();
    };
    const inferred = await ages();
    const { cursor } = await readCells(plain.id);
    await scored(plain.id, { kind: 'scored' });
    expect(await ages()).toEqual(inferred);
    const after = await scoresOf(plain.id);
    expect(after.slide.membrane).not.toBeNull();
    expect({ ...after.slide, membrane: null }).toEqual(before.slide);
    expect(codesOf(after)).not.toContain('membrane_unmeasured');
    expect(await readCells(plain.id, cursor)).toMatchObject({ cells: [], membranes: [{}, {}] });
    const expected = await filesOf(plain.view_id);
    for (const [name, bytes] of nuclei) expect(expected.get(name), name).toBe(bytes);

    const parts = await keepPicture(picture);
    await change(parts.id, { marker: 'pdl1' });
    await scored(parts.id, { kind: 'rectangle', x: CELL + 20, y: 100, width: 10, height: 10 });
    expect(codesOf(await scoresOf(parts.id))).toContain('membrane_unproven');
    await scored(parts.id, { kind: 'slide' });
    expect(await filesOf(parts.view_id)).toEqual(expected);
  });
});
