import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensurePython, READERS_MS } from '@/lib/exchange/__fixtures__/other-readers';
import { frameOf } from '@/lib/exchange/coordinate-frame';
import { writeOmeTiff } from '@/lib/exchange/ome-tiff';
import { describeObjects } from '@/lib/exchange/qupath-geojson';
import {
  listSlide,
  namesOfRegions,
  type SlideList,
  writeSlideCsv,
  writeSlideGeojson,
} from '@/lib/exchange/slide-lists';
import { outlineMask } from '@/lib/imaging/tissue/mask-outlines';
import { FEATURES } from '@/lib/scoring/classify/feature-names';
import { NOT_NAMED } from '@/lib/scoring/classify/kinds';
import type { Polygon } from '@/lib/scoring/gate/roi';
import { gridNuclei } from '@/lib/scoring/slide/nucleus-grid';
import { outlineSink, writeOutline } from '@/lib/scoring/slide/outline-bytes';
import { tellSlide } from '@/lib/scoring/slide/slide-kinds';
import type { KindColumns, SlideNuclei } from '@/lib/scoring/slide/slide-nuclei';
import { NEGATIVE } from '@/lib/scoring/slide/zone-numbers';
import { readSlideFiles } from './__fixtures__/read-slide-files';
import { writeSlideParquet } from './slide-parquet';

const PICTURES = [['##', '##'], ['####', '#..#', '####'], ['##..', '##..', '..##', '..##'], ['#'], ['.##.', '####']];

/** Of a nucleus that is twice as long as wide, along the x axis. */
const longColumns = (areaPx: Int32Array): KindColumns => ({
  odSpread: new Float32Array(areaPx.length).fill(0.0625),
  brownMean: new Float32Array(areaPx.length).fill(-0.125),
  varianceX: Float32Array.from(areaPx, (area) => area / (2 * Math.PI)),
  varianceY: Float32Array.from(areaPx, (area) => area / (8 * Math.PI)),
  covariance: new Float32Array(areaPx.length),
});

/** Nuclei with holes, and of two parts, far out on a slide. */
function drawTable(count: number): SlideNuclei {
  const sink = outlineSink();
  const outlineOffsets = new Float64Array(count + 1);
  const areaPx = new Int32Array(count);
  for (let k = 0; k < count; k++) {
    const rows = PICTURES[k % PICTURES.length]!;
    const width = rows[0]!.length;
    const data = Uint8Array.from(rows.join(''), (letter) => Number(letter === '#'));
    areaPx[k] = data.reduce((sum, value) => sum + value, 0);
    // The two parts of one touch at a corner, which `outlineMask` would join.
    const halves =
      k % PICTURES.length === 2 ? [data.map((v, i) => (i < 8 ? v : 0)), data.map((v, i) => (i < 8 ? 0 : v))] : [data];
    for (const half of halves)
      writeOutline(
        sink,
        outlineMask({ data: half, width, height: rows.length }, { x: 1, y: 1 }, 0) as readonly Polygon[],
        { x: 0, y: 0 },
      );
    outlineOffsets[k + 1] = sink.length;
  }
  const place = (k: number) => ({ x: 90_000 + 10 * (k % 50), y: 70_000 + 10 * Math.floor(k / 50) });
  return {
    ...{ algorithm: 'watershed', count, areaPx, outlineOffsets, markerHistogram: null },
    kindColumns: longColumns(areaPx),
    outlineBytes: sink.bytes.slice(0, sink.length),
    centroidX: Float64Array.from({ length: count }, (_, k) => place(k).x + 0.25),
    centroidY: Float64Array.from({ length: count }, (_, k) => place(k).y + 0.5),
    positive: Uint8Array.from({ length: count }, (_, k) => k % 2),
    markerMax: new Uint8Array(count).fill(200),
    markerMean: new Float32Array(count).fill(12.5),
    odMean: new Float32Array(count).fill(0.25),
  };
}

/** Round nuclei of 20 pixels, all of one shape. */
function drawMany(count: number): SlideNuclei {
  const side = 20;
  const isInside = (i: number) => Math.hypot((i % side) - 9.5, Math.floor(i / side) - 9.5) < 9.5;
  const data = Uint8Array.from({ length: side * side }, (_, i) => Number(isInside(i)));
  const sink = outlineSink();
  const [polygon] = outlineMask({ data, width: side, height: side }, { x: 1, y: 1 }, 0) as readonly Polygon[];
  writeOutline(sink, polygon ? [polygon] : [], { x: 0, y: 0 });
  const shape = sink.bytes.slice(0, sink.length);
  const outlineBytes = new Uint8Array(shape.length * count);
  for (let k = 0; k < count; k++) outlineBytes.set(shape, k * shape.length);
  const areaPx = new Int32Array(count).fill(data.reduce((sum, value) => sum + value, 0));
  const place = (k: number) => ({ x: 25 * (k % 4000) + 12, y: 25 * Math.floor(k / 4000) + 12 });
  return {
    ...{ algorithm: 'watershed', count, markerHistogram: null, outlineBytes },
    ...{ areaPx, kindColumns: longColumns(areaPx) },
    outlineOffsets: Float64Array.from({ length: count + 1 }, (_, k) => k * shape.length),
    centroidX: Float64Array.from({ length: count }, (_, k) => place(k).x),
    centroidY: Float64Array.from({ length: count }, (_, k) => place(k).y),
    positive: new Uint8Array(count),
    markerMax: new Uint8Array(count).fill(200),
    markerMean: new Float32Array(count).fill(12.5),
    odMean: new Float32Array(count).fill(0.25),
  };
}

const COUNT = 120;
const nuclei = drawTable(COUNT);
/** Every tenth one does not count. */
const grades = Uint8Array.from({ length: COUNT }, (_, k) => (k % 10 === 9 ? 0 : 1 + (k % 2)));
const slide = { width: 100_000, height: 80_000, micronsPerPixel: 0.25 };
const regions = [
  {
    name: 'left, upper',
    polygons: [
      [
        [
          [89_000, 69_000],
          [90_250, 69_000],
          [90_250, 71_000],
          [89_000, 71_000],
        ],
      ],
    ] as Polygon[],
  },
  {
    name: 'all',
    polygons: [
      [
        [
          [0, 0],
          [100_000, 0],
          [100_000, 80_000],
          [0, 80_000],
        ],
      ],
    ] as Polygon[],
  },
];
/** Every third one of a class that a user named, which counts as tumour. */
const kinds = {
  kind: Uint8Array.from({ length: COUNT }, (_, k) => (k % 3 === 0 ? 0 : k % 4)),
  likelihood: new Float32Array(COUNT).fill(0.75),
  named: { names: ['DCIS'], entry: Uint8Array.from({ length: COUNT }, (_, k) => (k % 3 === 0 ? 0 : NOT_NAMED)) },
};
const kindsMadeBy = 'taught with 12 clicks';
const list: SlideList = {
  slide,
  nuclei,
  grades,
  regions: namesOfRegions(nuclei, gridNuclei(nuclei), regions),
  kinds,
  kindsMadeBy,
  features: null,
};
const listed = [...listSlide(list)].flat();

async function parquetBytes(table: SlideList): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeSlideParquet(table)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const rowsOf = (bytes: Uint8Array) =>
  parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer });

describe('the files of a slide', () => {
  it('list what counts, with ids that count on and the regions of each', () => {
    expect(listed).toHaveLength(108);
    expect(listed.map(({ id }) => id)).toEqual(listed.map((_, i) => i + 1));
    expect(listed[0]).toMatchObject({
      x: 90_000.75,
      y: 70_001,
      isPositive: false,
      areaUm2: 0.25,
      regions: 'left, upper; all',
    });
    expect(listed[40]?.regions).toBe('all');
    expect(listed[0]?.details).toMatchObject({ kind: 'tumour', kindLikelihood: 0.75, className: 'DCIS', angle: 0 });
    expect(listed[1]?.details).toMatchObject({
      kind: 'lymphocyte',
      className: null,
      odSpread: 0.0625,
      brownMean: -0.125,
    });
    // Twice as long as wide, of 10 px and 0.25 µm.
    const { majorUm = 0, minorUm = 0 } = listed[1]?.details ?? {};
    expect(majorUm).toBeCloseTo(2 * minorUm, 5);
    expect((Math.PI * majorUm * minorUm) / 4).toBeCloseTo(0.25 ** 2 * (listed[1]?.areaPx ?? 0), 5);
    expect([...listSlide(list, 7)].map(({ length }) => length)).toEqual([...new Array(15).fill(7), 3]);
  });

  it('have in GeoJSON what a result has', () => {
    for (const classes of ['positive', 'grades', 'kinds'] as const) {
      const text = [...writeSlideGeojson(list, classes)].join('');
      const frame = frameOf('slide', slide, null);
      const options = { frame, micronsPerPixel: 0.25, classes, kindsMadeBy };
      expect(JSON.parse(text)).toEqual(describeObjects(listed, [], options));
      expect(text.includes('"DCIS: Negative"') && text.includes('"Stroma: Negative"')).toBe(classes === 'kinds');
    }
  });

  it('have one header in CSV, and one row a nucleus', () => {
    const lines = [...writeSlideCsv(list, 'comma')].join('').trimEnd().split('\r\n');
    expect(lines).toHaveLength(109);
    expect(lines[0]).toMatch(/^id,class,intensity,x_px,.*,regions,kind,.*,brown_mean,class_name,kind_made_by$/);
    expect(lines[1]).toBe(
      '1,negative,negative,90000.75,70001.00,22500.19,17500.25,4,0.25,200,12.50,0.2500,slide,0,1,"left, upper; all",' +
        'tumour,0.750,0.80,0.40,0.0,0.0625,-0.1250,DCIS,taught with 12 clicks',
    );
    expect(lines[2]).toContain('all",lymphocyte,0.750,');
    const semicolon = [...writeSlideCsv(list, 'semicolon')].join('');
    expect(semicolon.split('\uFEFF')).toHaveLength(2);
  });

  it('leave kinds empty where they cannot be told', async () => {
    const older = { ...list, nuclei: { ...nuclei, kindColumns: null }, kinds: null };
    expect([...writeSlideCsv(older, 'comma')].join('').split('\r\n')[1]).toMatch(/all",,,,,,,,,$/);
    const text = [...writeSlideGeojson(older, 'kinds')].join('');
    expect(text).not.toMatch(/Tumor|kinds_made_by|Kind likelihood/);
    const [row] = await rowsOf(await parquetBytes(older));
    expect(row).toMatchObject({ id: 1, kind: null, kind_likelihood: null, class_name: null, major_um: null });
  });

  it('have kinds and what they are told by in Parquet', async () => {
    const rows = await rowsOf(await parquetBytes(list));
    expect(rows.map(({ kind }) => kind)).toEqual(listed.map(({ details }) => details?.kind));
    expect(rows[0]).toMatchObject({ class_name: 'DCIS', kind_likelihood: 0.75, od_spread: 0.0625, brown_mean: -0.125 });
    expect(rows[1]).toMatchObject({ class_name: 'lymphocyte', angle_deg: 0 });
  });

  it('have each feature where that was asked for, but of nuclei added by hand', async () => {
    const features = Float32Array.from({ length: (COUNT - 11) * FEATURES.length }, (_, i) => i / 64);
    const richer = { ...list, features };
    const rows = await rowsOf(await parquetBytes(richer));
    const lines = [...writeSlideCsv(richer, 'comma')].join('').trimEnd().split('\r\n');
    expect(lines[0]?.split(',').slice(-FEATURES.length)).toEqual(FEATURES.map((name) => `feature_${name}`));
    const { features: objects } = JSON.parse([...writeSlideGeojson(richer, 'positive')].join(''));
    for (const [n, k] of [0, 50].entries()) {
      // Every tenth one does not count.
      const row = k - Math.floor(k / 10);
      const own = [...features.subarray(k * FEATURES.length, (k + 1) * FEATURES.length)];
      expect(
        FEATURES.map((name) => rows[row]?.[`feature_${name}`]),
        String(n),
      ).toEqual(own);
      expect(lines[1 + row]?.split(',').slice(-FEATURES.length).map(Number)).toEqual(
        own.map((value) => Number(value.toFixed(4))),
      );
      expect(objects[row].properties.measurements[`Feature: ${FEATURES[3]}`]).toBeCloseTo(own[3] ?? 0, 4);
    }
    expect(rows.at(-1)?.feature_size).toBeNull();
    expect(lines.at(-1)).toMatch(/,,,$/);
    expect(
      Object.keys((await rowsOf(await parquetBytes(list)))[0] ?? {}).some((name) => name.startsWith('feature')),
    ).toBe(false);
  });

  it('are valid without any nucleus', async () => {
    const none = { ...list, grades: new Uint8Array(COUNT) };
    expect(JSON.parse([...writeSlideGeojson(none, 'positive')].join('')).features).toEqual([]);
    expect([...writeSlideCsv(none, 'comma')].join('').split('\r\n')).toHaveLength(2);
    expect(await rowsOf(await parquetBytes(none))).toEqual([]);
  });

  it('have rows in several groups of Parquet', async () => {
    const many = drawTable(45_000);
    const table = {
      ...list,
      ...{ nuclei: many, kinds: null },
      grades: new Uint8Array(45_000).fill(2),
      regions: { texts: [''], textOf: new Int32Array(45_000) },
    };
    const bytes = await parquetBytes(table);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    const rows = await parquetReadObjects({ file, columns: ['id', 'class', 'x_px'], rowStart: 39_990, rowEnd: 40_010 });
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, i) => 39_991 + i));
    expect(rows[0]).toMatchObject({ class: 'positive', x_px: many.centroidX[39_990]! + 0.5 });
  });
});

describe('the readers of others', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slide-files-'));
  let environment: ReturnType<typeof ensurePython>;
  const planes = [
    { name: 'index, %', values: Float32Array.of(0, 12.5, Number.NaN, 100, 3, 4) },
    { name: 'nuclei per mm²', values: Float32Array.of(1, 2, 3, 4, 5, 6) },
  ];

  /** Eighths, which every format keeps. */
  const eighths = (from: number) => Float32Array.from({ length: nuclei.count }, (_, k) => ((k + from) % 9) / 8);
  const measured: SlideList = {
    ...list,
    membranes: { completeness: eighths(0), density: eighths(3), cytoplasm: eighths(5) },
  };
  const listed = [...listSlide(measured)].flat();

  beforeAll(async () => {
    environment = ensurePython();
    writeFileSync(join(folder, 'nuclei.geojson.gz'), gzipSync([...writeSlideGeojson(measured, 'kinds')].join('')));
    writeFileSync(join(folder, 'nuclei.csv.gz'), gzipSync([...writeSlideCsv(measured, 'comma')].join('')));
    writeFileSync(join(folder, 'nuclei.parquet'), await parquetBytes(measured));
    writeFileSync(join(folder, 'heatmap.ome.tif'), writeOmeTiff({ width: 3, height: 2, micronsPerPixel: 200, planes }));
  }, READERS_MS);
  afterAll(() => rmSync(folder, { recursive: true }));

  it('open them: geopandas, pyarrow, pandas and tifffile', { tags: ['long'] }, (context) => {
    if (typeof environment === 'string') {
      console.log(`skipped: no Python that has other readers (${environment})`);
      return context.skip(environment);
    }
    const seen = readSlideFiles(environment.python, folder);
    const areas = listed.map(({ areaPx }) => areaPx);
    expect(seen.geojson).toMatchObject({ areas, valid: true, ccw: true });
    expect(seen.parquet).toMatchObject({ areas, valid: true, ccw: true, area_px: areas, rows: 108, groups: 1 });
    expect(seen.parquet.centroids).toEqual(seen.geojson.centroids);
    expect(seen.parquet.classes).toEqual(listed.map(({ isPositive }) => (isPositive ? 'positive' : 'negative')));
    expect(seen.parquet.regions).toEqual(listed.map((nucleus) => nucleus.regions));
    expect(seen.parquet.restain).toMatchObject({ coordinates: 'slide', microns_per_pixel: 0.25 });
    expect(seen.parquet.kinds).toEqual(listed.map(({ details }) => details?.kind));
    expect(seen.parquet.restain).toMatchObject({ kinds_made_by: kindsMadeBy });
    expect(seen.csv.kinds).toEqual(seen.parquet.kinds);
    expect(seen.csv.class_names).toEqual(seen.parquet.class_names);
    expect(seen.geojson.classes.slice(0, 4)).toEqual([
      'DCIS: Negative',
      'Immune cells: Positive',
      'Stroma: Negative',
      'DCIS: Positive',
    ]);
    const membranes = listed.map(({ details }) => details?.membrane);
    expect(new Set(membranes.map((one) => one?.completeness)).size).toBe(9);
    for (const file of [seen.csv, seen.parquet])
      expect(file.membranes).toEqual({
        membrane_completeness: membranes.map((one) => one?.completeness),
        membrane_od: membranes.map((one) => one?.density),
        cytoplasm_od: membranes.map((one) => one?.cytoplasm),
      });
    expect(seen.csv.ids).toEqual(listed.map(({ id }) => id));
    expect(seen.csv.x).toEqual(listed.map(({ x }) => x));
    expect(seen.heat).toEqual({
      ...{ ome: true, shape: [2, 2, 3], axes: 'CYX', names: ['index, %', 'nuclei per mm²'] },
      values: [
        [
          [0, 12.5, -1],
          [100, 3, 4],
        ],
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
      ],
    });
  });
});

it('of a million nuclei are written in less than 500 MB of memory', {
  tags: ['long'],
  timeout: 1_200_000,
}, async () => {
  const before = process.memoryUsage().rss;
  let most = 0;
  const look = () => {
    most = Math.max(most, process.memoryUsage().rss - before);
  };
  const table = drawMany(1_000_000);
  const grid = gridNuclei(table);
  const all: SlideList = {
    ...{ slide, nuclei: table, grades: new Uint8Array(1_000_000).fill(NEGATIVE) },
    regions: namesOfRegions(table, grid, regions),
    ...{ kinds: tellSlide(table, slide, null), kindsMadeBy: 'prior', features: null },
  };
  const bytesOf = async (pieces: Iterable<string> | AsyncIterable<Uint8Array>) => {
    let bytes = 0;
    for await (const piece of pieces) {
      bytes += piece.length;
      look();
      // As a server does between pieces.
      await setImmediate();
    }
    return bytes;
  };
  expect(await bytesOf(writeSlideGeojson(all, 'positive'))).toBeGreaterThan(300e6);
  expect(await bytesOf(writeSlideCsv(all, 'comma'))).toBeGreaterThan(80e6);
  expect(await bytesOf(writeSlideParquet(all))).toBeGreaterThan(20e6);
  console.log(`${Math.round(most / 1e6)} MB more than before`);
  expect(most).toBeLessThan(500e6);
});
