import { describe, expect, it } from 'vitest';
import { MAX_REGION_VERTICES } from '@/lib/exchange/read-regions';
import { MEMBRANE_CUTS } from '@/lib/scoring/membrane/describe-membranes';
import { InferOptions, PostprocessOptions } from './options';
import { membraneCutsOf } from './score-choice';

const square = (side: number): [number, number][] => [
  [0, 0],
  [side, 0],
  [side, side],
  [0, side],
  [0, 0],
];

const messageOf = (fields: Record<string, string>) => InferOptions.safeParse(fields).error?.issues[0]?.message;

describe('InferOptions', () => {
  it('has the documented defaults', () => {
    expect(InferOptions.parse({})).toEqual({
      pil: false,
      exclude_on_edges: false,
      slim: false,
      nopost: false,
      size_thresh: 'auto',
      size_thresh_upper: 'none',
      marker_thresh: 'none',
      include: [],
      coordinates: 'image',
      geojson_classes: 'positive',
    });
  });

  it.each(['', 'true', 'True', '1', 'yes'])('takes a flag that is present as %j for on', (text) => {
    expect(InferOptions.parse({ slim: text }).slim).toBe(true);
  });

  it.each(['false', 'False', 'FALSE', '0'])('takes a flag that is %s for off', (text) => {
    expect(InferOptions.parse({ slim: text }).slim).toBe(false);
  });

  it.each([
    ['resolution', '40x', '40x'],
    ['microns_per_pixel', '0.1', 0.1],
    ['microns_per_pixel', '2.0', 2],
    ['prob_thresh', '0', 0],
    ['prob_thresh', '254', 254],
    ['prob_thresh', '255', 254],
    ['resolution', '40X', '40x'],
    ['algorithm', 'Watershed', 'watershed'],
    ['size_thresh_upper', 'None', 'none'],
    ['marker_thresh', 'Auto', 'auto'],
    ['include', 'Cells', ['cells']],
    ['size_thresh', '0', 0],
    ['size_thresh', 'auto', 'auto'],
    ['size_thresh_upper', '1', 1],
    ['marker_thresh', '255', 255],
    ['marker_thresh', 'auto', 'auto'],
    ['marker_thresh', 'none', 'none'],
    ['include', 'geojson, cells', ['cells', 'geojson']],
    ['coordinates', 'slide', 'slide'],
    ['geojson_classes', 'grades', 'grades'],
    ['intensity_two_plus', '0.2', 0.2],
    ['intensity_three_plus', '2.4', 2.4],
    ['hot_spot_mm2', '0.001', 0.001],
    ['hot_spot_nuclei', '500', 500],
    ['marker', 'CD138', 'cd138'],
    ['marker', 'PDL1', 'pdl1'],
    ['measure', 'Membrane', 'membrane'],
    ['membrane_weak', '0.15', 0.15],
    ['membrane_complete', '1', 1],
    ['geojson_classes', 'kinds', 'kinds'],
  ])('takes %s=%s', (name, text, value) => {
    expect(InferOptions.parse({ [name]: text })).toHaveProperty(name, value);
  });

  it.each([
    ['resolution', '80x', 'expected one of 10x, 20x, 40x, got "80x"'],
    ['microns_per_pixel', '0.09', 'expected a number from 0.1 to 2, got "0.09"'],
    ['microns_per_pixel', 'NaN', 'expected a number from 0.1 to 2, got "NaN"'],
    ['prob_thresh', '256', 'expected a whole number from 0 to 255, got "256"'],
    ['prob_thresh', '-1', 'expected a whole number from 0 to 255, got "-1"'],
    ['prob_thresh', '1e2', 'expected a whole number from 0 to 255, got "1e2"'],
    ['size_thresh', '1.5', 'expected a whole number of at least 0 or auto, got "1.5"'],
    ['size_thresh_upper', '0', 'expected a whole number of at least 1 or none, got "0"'],
    ['marker_thresh', '256', 'expected a whole number from 0 to 255 or auto or none, got "256"'],
    ['algorithm', 'magic', 'expected one of watershed, deepliif, got "magic"'],
    ['coordinates', 'world', 'expected one of image, slide, got "world"'],
    ['geojson_classes', '1+', 'expected one of positive, grades, kinds, got "1+"'],
    ['intensity_two_plus', '2.5', 'expected a number from 0 to 2.4, got "2.5"'],
    ['intensity_two_plus', '0.5', 'expected at most intensity_three_plus (0.43), got 0.5'],
    ['intensity_three_plus', '0.3', 'expected at least intensity_two_plus (0.33), got 0.3'],
    ['measure', 'cells', 'expected one of nuclei, membrane, got "cells"'],
    ['membrane_weak', '0', 'expected a number from 0.01 to 2.5, got "0"'],
    ['membrane_partial', '1.1', 'expected a number from 0 to 1, got "1.1"'],
    ['membrane_weak', '0.5', 'expected at most membrane_moderate (0.4), got 0.5'],
    ['hot_spot_mm2', '0', 'expected a number from 0.001 to 100, got "0"'],
    ['hot_spot_nuclei', '0', 'expected a whole number of at least 1, got "0"'],
    ['include', 'cells,hull', 'expected a comma list of cells, geojson, got "cells,hull"'],
  ])('refuses %s=%s with what is expected and what was got', (name, text, message) => {
    expect(messageOf({ [name]: text })).toBe(message);
  });

  it('refuses options that contradict each other', () => {
    expect(InferOptions.safeParse({ slim: '', nopost: '' }).success).toBe(false);
    expect(InferOptions.safeParse({ nopost: '', include: 'cells' }).success).toBe(false);
    expect(InferOptions.safeParse({ nopost: '', hot_spot_mm2: '0.2' }).success).toBe(false);
    expect(InferOptions.safeParse({ marker: 'he', measure: 'membrane' }).success).toBe(false);
    for (const schema of [InferOptions, PostprocessOptions])
      expect(schema.safeParse({ hot_spot_mm2: '0.2', hot_spot_nuclei: '500' }).success).toBe(false);
  });

  it('refuses unknown names', () => {
    expect(InferOptions.safeParse({ prob_tresh: '100' }).success).toBe(false);
    expect(PostprocessOptions.safeParse({ slim: '' }).success).toBe(false);
  });
});

describe('membranes', () => {
  const cutsOf = (options: Record<string, string>) => membraneCutsOf(InferOptions.parse(options));

  it('are measured where the marker or the measure says so', () => {
    expect(cutsOf({ marker: 'her2' })).toEqual(MEMBRANE_CUTS);
    expect(cutsOf({ marker: 'other', measure: 'membrane' })).toEqual(MEMBRANE_CUTS);
    expect(cutsOf({ marker: 'pdl1', measure: 'nuclei' })).toBeNull();
    expect(cutsOf({ marker: 'ki67', membrane_weak: '0.1' })).toBeNull();
    expect(cutsOf({})).toBeNull();
  });

  it('are cut where a request says', () => {
    expect(cutsOf({ marker: 'her2', membrane_weak: '0.1', membrane_complete: '0.9' })).toEqual({
      ...MEMBRANE_CUTS,
      weak: 0.1,
      complete: 0.9,
    });
  });
});

describe('roi', () => {
  const polygon = { type: 'Polygon', coordinates: [square(10)] } as const;
  const read = (value: unknown) => InferOptions.parse({ roi: JSON.stringify(value) }).roi;

  it('takes what is scored and what is left out', () => {
    expect(read(polygon)).toEqual({ include: [[square(10)]], exclude: [], coordinates: null, leftOut: null });
    const ignored = { type: 'Feature', geometry: polygon, properties: { classification: { name: 'Ignore*' } } };
    expect(read([ignored])).toEqual({ include: [], exclude: [[square(10)]], coordinates: null, leftOut: null });
  });

  it('takes what the annotations of a slide are imported from', () => {
    const ringed = { type: 'Polygon', coordinates: [square(10), square(5)] };
    const parts = { type: 'MultiPolygon', coordinates: [[square(10)], [square(5)]] };
    const xml = (layer: string) =>
      `<Annotations><Annotation Name="${layer}"><Regions>${[10, 5].map(
        (side, i) =>
          `<Region Type="0" NegativeROA="${i}"><Vertices>${square(side)
            .map(([x, y]) => `<Vertex X="${x}" Y="${y}"/>`)
            .join('')}</Vertices></Region>`,
      )}</Regions></Annotation></Annotations>`;
    const readText = (roi: string) => InferOptions.parse({ roi }).roi;
    const collection = { type: 'FeatureCollection', features: [{ type: 'Feature', geometry: ringed, properties: {} }] };
    expect(read(collection)?.include).toEqual([[square(10), square(5)]]);
    expect(read(collection.features)?.include).toEqual([[square(10), square(5)]]);
    expect(read({ type: 'GeometryCollection', geometries: [parts] })?.include).toEqual([[square(10)], [square(5)]]);
    expect(readText(`\uFEFF${JSON.stringify(ringed)}`)?.include).toEqual([[square(10), square(5)]]);
    expect(readText(xml('Tumor'))).toMatchObject({ include: [[square(10), square(5)]], exclude: [] });
    expect(readText(xml('Ignore*'))).toMatchObject({ include: [], exclude: [[square(10), square(5)]] });
    expect(read({ ...collection, restain: { coordinates: 'slide' } })?.coordinates).toBe('slide');
  });

  it('says what of it is no region', () => {
    const point = { type: 'Point', coordinates: [1, 2] };
    expect(read({ type: 'GeometryCollection', geometries: [point, polygon] })?.leftOut).toBe(
      'Of the file 1 region is used; left out, as they are no regions: 1 Point.',
    );
  });

  it('refuses what it cannot use, with the reason', () => {
    expect(messageOf({ roi: '{' })).toBe('expected GeoJSON, got text that is not JSON');
  });

  it('refuses more vertices than scoring should test against', () => {
    const ring = Array.from({ length: MAX_REGION_VERTICES }, (_, i) => [i, i % 7]);
    const text = JSON.stringify({ type: 'Polygon', coordinates: [[...ring, ring[0]]] });
    expect(messageOf({ roi: text })).toBe(`at most ${MAX_REGION_VERTICES} vertices, got ${MAX_REGION_VERTICES + 1}`);
  });
});
