import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ensurePython, READERS_MS, readExports } from '@/lib/exchange/__fixtures__/other-readers';
import { readRegions } from '@/lib/exchange/read-regions';
import { ANNOTATION_CLASSES, Annotation } from './annotation';
import { annotationsOf, annotationsToGeojson } from './annotation-files';

const square = (x: number, y: number, side: number): [number, number][] => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
];
const slide = { width: 40_000, height: 30_000, micronsPerPixel: 0.25 };
const one = (more: object = {}) =>
  Annotation.parse({ id: 'annotation-1', class: 'tumour', polygons: [[square(100, 200, 50)]], ...more });
const read = (json: unknown, unclassified: Annotation['class'] = 'tumour') => {
  const file = readRegions(JSON.stringify(json));
  if (typeof file === 'string') throw new Error(file);
  return annotationsOf(file, unclassified);
};
const feature = (classification?: unknown, more: object = {}) => ({
  type: 'Feature',
  geometry: { type: 'Polygon', coordinates: [[...square(0, 0, 9), [0, 0]]] },
  properties: { objectType: 'annotation', ...(classification !== undefined && { classification }), ...more },
});

describe('regions of a file', () => {
  it.each([
    ['Tumor', 'tumour'],
    ['Tumour', 'tumour'],
    ['tumor', 'tumour'],
    ['Tumor: Positive', 'tumour'],
    ['Stroma', 'stroma'],
    ['Necrosis', 'necrosis'],
    ['Ignore*', 'ignore'],
    ['Other', 'other'],
    ['Region*', 'other'],
    ['Tissue', 'tissue'],
  ])('of class %s are %s', (name, of) => {
    expect(read([feature({ name, color: [1, 2, 3] })]).annotations).toMatchObject([
      { class: of, name: '', origin: 'imported' },
    ]);
    expect(read([feature({ name })]).unknown).toEqual([]);
  });

  it('of no class have the one that is chosen, and of an unknown one keep it in the name', () => {
    const { annotations, unknown } = read(
      [feature(), feature({ name: 'Immune cells' }, { name: 'A' }), feature('Immune cells')],
      'stroma',
    );
    expect(annotations.map(({ class: of, name }) => [of, name])).toEqual([
      ['stroma', ''],
      ['other', 'Immune cells: A'],
      ['other', 'Immune cells'],
    ]);
    expect(unknown).toEqual(['Immune cells']);
  });

  it('are cut to the length of a name', () => {
    expect(read([feature('Tumor', { name: 'x'.repeat(150) })]).annotations[0]?.name).toHaveLength(100);
  });

  it('are one annotation for each MultiPolygon, with its holes', () => {
    const parts = {
      type: 'MultiPolygon',
      coordinates: [
        [[...square(0, 0, 9), [0, 0]]],
        [
          [...square(20, 0, 9), [20, 0]],
          [...square(22, 2, 2), [22, 2]],
        ],
      ],
    };
    const { annotations } = read([{ ...feature('Tumor'), geometry: parts }, feature('Tumor')]);
    expect(annotations.map(({ polygons }) => polygons.map((rings) => rings.length))).toEqual([[1, 2], [1]]);
  });
});

describe('annotations as GeoJSON', () => {
  const holes = [[square(1000, 1000, 400), square(1100, 1100, 50)], [square(2000, 1000, 10)]];
  const all = [
    one({ name: 'Nest 1', shape: 'rectangle', rating: 'high' }),
    one({ id: 'annotation-2', class: 'stroma', polygons: holes, is_locked: true }),
    one({ id: 'annotation-3', class: 'other', origin: 'core', core: { row: 27, column: 6 } }),
    ...ANNOTATION_CLASSES.map((of, i) => one({ id: `of-class-${i}`, class: of })),
  ];

  it('come back as they were, whatever their class', () => {
    const { annotations } = read(annotationsToGeojson(all, slide));
    expect(annotations).toHaveLength(all.length);
    for (const [i, { class: of, name, shape, rating, core }] of all.entries())
      expect(annotations[i]).toMatchObject({ class: of, name, shape, rating, core });
    expect(annotations[1]?.polygons.map((rings) => rings.length)).toEqual([2, 1]);
  });

  it('call a core by its address, or by its name', () => {
    const core = { row: 1, column: 6 };
    const { features } = annotationsToGeojson(
      [one({ core }), one({ id: 'annotation-2', core, name: 'Case 12' })],
      slide,
    );
    expect(features.map(({ properties }) => properties.name)).toEqual(['B7', 'Case 12']);
    expect(read({ type: 'FeatureCollection', features }).annotations).toMatchObject([
      { name: '', core },
      { name: 'Case 12', core },
    ]);
  });

  it('have the form that QuPath reads', () => {
    const schema = z.fromJSONSchema(JSON.parse(readFileSync('integrations/qupath/geojson.schema.json', 'utf8')));
    expect(schema.safeParse(JSON.parse(JSON.stringify(annotationsToGeojson(all, slide))))).toMatchObject({
      success: true,
    });
  });

  it('keep the id that QuPath gave them, and get one where they come from elsewhere', () => {
    const sent = one({ id: '5f6a1e4e6d0b4b5e9a550c7b3c6f8a01' });
    const [first, second] = annotationsToGeojson([sent, one({ id: 'annotation-4' })], slide).features;
    expect(first?.id).toBe('5f6a1e4e-6d0b-4b5e-9a55-0c7b3c6f8a01');
    expect(second?.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('leave out what has no area', () => {
    const line = one({
      polygons: [
        [
          [
            [0, 0],
            [10, 0],
            [20, 0],
          ],
        ],
      ],
    });
    expect(annotationsToGeojson([line, all[0]!], slide).features).toHaveLength(1);
  });

  it('are read by geopandas: valid, turned right, of the same area', { timeout: READERS_MS }, (context) => {
    const environment = ensurePython();
    if (typeof environment === 'string') return context.skip(environment);
    const folder = mkdtempSync(join(tmpdir(), 'annotations-'));
    try {
      writeFileSync(join(folder, 'annotations.geojson'), JSON.stringify(annotationsToGeojson(all.slice(0, 2), slide)));
      const { annotations } = readExports(environment.python, folder);
      expect(annotations).toMatchObject({ areas: [2500, 160_000 - 2500 + 100], valid: true, turned: true });
      expect(annotations.centroids[0]).toEqual([125, 225]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
