import { expect, test } from 'vitest';
import type { Analysis } from '@/lib/contracts/analysis';
import { importRegions } from './import-regions';

const square = (at: number, side = 10) => [
  [at, at],
  [at + side, at],
  [at + side, at + side],
  [at, at + side],
  [at, at],
];
const polygon = (at: number) => ({ type: 'Polygon', coordinates: [square(at)] });
const feature = (at: number, properties: object = {}) => ({ type: 'Feature', geometry: polygon(at), properties });
const collection = (...features: unknown[]) => ({ type: 'FeatureCollection', features });
const of = (selection: unknown = null) =>
  ({ source: { width: 100, height: 80 }, result: { provenance: { selection } } }) as unknown as Analysis;
const part = { level: 1, downsample: 2, region: { x: 1000, y: 2000, width: 200, height: 160 } };
const read = (json: unknown, analysis = of(), present = 0) =>
  importRegions(typeof json === 'string' ? json : JSON.stringify(json), analysis, present);

test.each([
  ['a collection', collection(feature(5))],
  ['an array of features', [feature(5)]],
  ['one feature', feature(5)],
  ['a collection of geometries', { type: 'GeometryCollection', geometries: [polygon(5)] }],
  ['a byte order mark', `\uFEFF${JSON.stringify(collection(feature(5)))}`],
])('takes %s', (_, json) => {
  expect(read(json)).toEqual({
    regions: [{ kind: 'include', shape: 'polygon', rings: [square(5)] }],
    words: '1 region imported.',
  });
});

test('keeps names and what is left out of the count, and says what was not used', () => {
  const ignored = { classification: { name: 'Ignore*' }, name: 'Fold' };
  const read1 = read(
    collection(feature(5, { name: 'Tumour' }), feature(9, ignored), feature(200), {
      type: 'Point',
      coordinates: [1, 2],
    }),
  );
  expect(read1).toMatchObject({
    regions: [{ name: 'Tumour', kind: 'include' }, { name: 'Fold', kind: 'exclude' }, { kind: 'include' }],
    words: expect.stringMatching(/^3 regions imported\. 1 lies outside the image\. .*1 Point/),
  });
});

test('regions of the slide are moved into the part that was analysed', () => {
  const told = { ...collection(feature(2010)), restain: { coordinates: 'slide' } };
  const ring = (json: unknown) =>
    (read(json, of(part)) as { regions: { rings: unknown[][] }[] }).regions[0]?.rings[0]?.[0];
  expect(
    ring({
      ...told,
      features: [
        {
          ...feature(0),
          geometry: { type: 'Polygon', coordinates: [square(2010).map(([x, y]) => [(x as number) - 1000, y])] },
        },
      ],
    }),
  ).toEqual([5, 5]);
  expect(ring(collection(feature(5)))).toEqual([5, 5]);
});

test.each<[string, unknown, number, RegExp]>([
  ['no JSON', '{', 0, /not JSON/],
  ['no region', collection(), 0, /expected GeoJSON/],
  [
    'nothing in the image',
    collection(feature(500)),
    0,
    /none of its 1 regions touches the image, which is 100 x 80 px/,
  ],
  ['too many', collection(feature(5)), 500, /over 500/],
])('refuses %s with a reason', (_, json, present, reason) => {
  expect(read(json, of(), present)).toMatch(reason);
});
