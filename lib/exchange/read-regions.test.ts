import { describe, expect, it } from 'vitest';
import { MAX_REGION_VERTICES, readRegions } from './read-regions';

const square = (side: number, at = 0): [number, number][] => [
  [at, at],
  [at + side, at],
  [at + side, at + side],
  [at, at + side],
  [at, at],
];
const polygon = { type: 'Polygon', coordinates: [square(10), square(2, 4)] };
const feature = (properties: object, geometry: unknown = polygon) => ({ type: 'Feature', geometry, properties });
const plain = (rings: unknown, more: object = {}) => ({
  ...{ shape: 0, name: null, kind: 'include', className: null, metadata: {}, rings },
  ...more,
});

const read = (json: unknown) => readRegions(typeof json === 'string' ? json : JSON.stringify(json));
const regionsOf = (json: unknown) => {
  const file = read(json);
  if (typeof file === 'string') throw new Error(file);
  return file.regions;
};

describe('readRegions', () => {
  const expected = [plain([square(10), square(2, 4)])];

  it.each([
    ['a Polygon with a hole', polygon],
    ['a MultiPolygon', { type: 'MultiPolygon', coordinates: [polygon.coordinates] }],
    ['a Feature', feature({})],
    ['a Feature that does not say so', { geometry: polygon }],
    ['a FeatureCollection', { type: 'FeatureCollection', features: [feature({})] }],
    ['an array of features', [feature({})]],
    ['a GeometryCollection', { type: 'GeometryCollection', geometries: [polygon] }],
    ['a GeometryCollection of a Feature', feature({}, { type: 'GeometryCollection', geometries: [polygon] })],
    ['a byte order mark', `\uFEFF${JSON.stringify(polygon)}`],
    ['members of other programs', { crs: { type: 'name' }, bbox: [0, 0, 10, 10], ...polygon, plane: { c: -1, z: 0 } }],
  ])('takes %s', (_, json) => {
    expect(regionsOf(json)).toEqual(expected);
  });

  it('gives each part of a MultiPolygon, and each geometry of a collection, as a region', () => {
    const parts = { type: 'MultiPolygon', coordinates: [[square(1)], [square(2)]] };
    expect(regionsOf(feature({ name: ' Rand ' }, parts))).toEqual([
      plain([square(1)], { name: 'Rand' }),
      plain([square(2)], { name: 'Rand' }),
    ]);
    const several = regionsOf({ type: 'GeometryCollection', geometries: [parts, polygon] });
    expect(several.map(({ shape }) => shape)).toEqual([0, 0, 1]);
  });

  it('keeps every point of a ring as it stands, but for what is not x and y', () => {
    const ring = [
      [0.25, 1e-7],
      [10.5, 0, 7],
      [10.5, 0],
      [3, 12.125],
      [0.25, 1e-7],
    ];
    expect(regionsOf({ type: 'Polygon', coordinates: [ring] })[0]?.rings[0]).toEqual(ring.map(([x, y]) => [x, y]));
  });

  it('reads an export of QuPath: annotations with extra members, classes, a nucleus among them', () => {
    const id = '0a1b2c3d-0000-4000-8000-000000000001';
    const common = { isLocked: false, measurements: { 'Area µm^2': 12.5 } };
    const file = read({
      type: 'FeatureCollection',
      features: [
        { ...feature({ objectType: 'annotation', name: 'Tumour', ...common }, { ...polygon, isEllipse: true }), id },
        feature({ objectType: 'annotation', classification: { name: 'Ignore*', color: [180, 180, 180] } }),
        feature({ objectType: 'annotation', classification: { names: ['Ignore*'] } }),
        feature({ objectType: 'annotation', classification: 'Region*' }),
        feature({ objectType: 'detection', classification: { name: 'Positive' } }),
        feature({ object_type: 'CELL' }),
        feature({ objectType: 'annotation' }, { type: 'Point', coordinates: [1, 2] }),
        feature({ objectType: 'root' }, null),
      ],
    });
    if (typeof file === 'string') throw new Error(file);
    expect(file.regions.map(({ name, kind, className }) => [name, kind, className])).toEqual([
      ['Tumour', 'include', null],
      [null, 'exclude', 'Ignore*'],
      [null, 'exclude', 'Ignore*'],
      [null, 'include', 'Region*'],
    ]);
    expect(file.skipped).toEqual([
      { what: 'detection', count: 1 },
      { what: 'cell', count: 1 },
      { what: 'Point', count: 1 },
      { what: 'Feature without geometry', count: 1 },
    ]);
  });

  const EXPECTED =
    'expected GeoJSON with a Polygon or MultiPolygon: a geometry, a Feature, a collection or an array of them';
  const ring = (...points: unknown[]) => ({ type: 'Polygon', coordinates: [points] });
  let nested: unknown = polygon;
  for (let i = 0; i < 9; i++) nested = { type: 'GeometryCollection', geometries: [nested] };

  it.each<[unknown, string]>([
    ['{', 'expected GeoJSON, got text that is not JSON'],
    ['', 'expected GeoJSON, got text that is not JSON'],
    [null, `${EXPECTED}, got null`],
    [7, `${EXPECTED}, got number`],
    ['{}', `${EXPECTED}, got nothing`],
    [{ type: 'Circle' }, `${EXPECTED}, got "Circle"`],
    [[], `${EXPECTED}, got none`],
    [{ type: 'FeatureCollection', features: [] }, `${EXPECTED}, got none`],
    [{ type: 'Polygon', coordinates: [] }, `${EXPECTED}, got 1 empty Polygon`],
    [{ type: 'MultiPolygon', coordinates: [[]] }, `${EXPECTED}, got 1 empty Polygon`],
    [{ type: 'Point', coordinates: [1, 2] }, `${EXPECTED}, got 1 Point`],
    [{ type: 'FeatureCollection' }, 'features: expected an array, got nothing'],
    [[feature({}, { type: 'Curve' })], `0/geometry: ${EXPECTED}, got "Curve"`],
    [ring([0, 0], [1, 1], [0, 0]), 'coordinates/0: a ring needs four positions, the last equal to the first'],
    [ring([0, 0], [1, 1], [1, 2], [0, 1]), 'coordinates/0: a ring must end where it starts'],
    [ring([0, 0], ['1', 1], [1, 2], [0, 0]), 'coordinates/0/1: expected two numbers'],
    ['{"type":"Polygon","coordinates":[[[0,0],[1e999,1],[1,2],[0,0]]]}', 'coordinates/0/1: expected two numbers'],
    [ring([0, 0], [1], [1, 2], [0, 0]), 'coordinates/0/1: expected two numbers'],
    [{ type: 'Polygon', coordinates: square(2) }, 'coordinates/0/0: expected an array, got number'],
    [nested, `${'geometries/0/'.repeat(9).slice(0, -1)}: at most 8 collections in one another`],
  ])('refuses %j with the place and the reason', (json, reason) => {
    expect(read(json)).toBe(reason);
  });

  it('refuses more vertices than scoring should test against, and text that is nested without end', () => {
    const many = Array.from({ length: MAX_REGION_VERTICES }, (_, i) => [i, i % 7]);
    expect(read(ring(...many, many[0]))).toBe(
      `at most ${MAX_REGION_VERTICES} vertices, got ${MAX_REGION_VERTICES + 1}`,
    );
    expect(read('['.repeat(1_000_000))).toBe('expected GeoJSON, got text that is not JSON');
    expect(read('['.repeat(100_000) + ']'.repeat(100_000))).toMatch(/at most 8 collections|not JSON/);
  });
});
