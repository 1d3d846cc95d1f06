import { describe, expect, it } from 'vitest';
import { InferOptions, PostprocessOptions } from './options';
import { MAX_ROI_VERTICES } from './roi';

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
      slim: false,
      nopost: false,
      size_thresh: 'auto',
      size_thresh_upper: 'none',
      marker_thresh: 'none',
      include: [],
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
    ['size_thresh', '0', 0],
    ['size_thresh', 'auto', 'auto'],
    ['size_thresh_upper', '1', 1],
    ['marker_thresh', '255', 255],
    ['marker_thresh', 'auto', 'auto'],
    ['marker_thresh', 'none', 'none'],
    ['include', 'geojson, cells', ['cells', 'geojson']],
  ])('takes %s=%s', (name, text, value) => {
    expect(InferOptions.parse({ [name]: text })).toHaveProperty(name, value);
  });

  it.each([
    ['resolution', '80x', 'expected one of 10x, 20x, 40x, got "80x"'],
    ['microns_per_pixel', '0.09', 'expected a number from 0.1 to 2, got "0.09"'],
    ['microns_per_pixel', 'NaN', 'expected a number from 0.1 to 2, got "NaN"'],
    ['prob_thresh', '255', 'expected a whole number from 0 to 254, got "255"'],
    ['prob_thresh', '-1', 'expected a whole number from 0 to 254, got "-1"'],
    ['prob_thresh', '1e2', 'expected a whole number from 0 to 254, got "1e2"'],
    ['size_thresh', '1.5', 'expected a whole number of at least 0 or auto, got "1.5"'],
    ['size_thresh_upper', '0', 'expected a whole number of at least 1 or none, got "0"'],
    ['marker_thresh', '256', 'expected a whole number from 0 to 255 or auto or none, got "256"'],
    ['algorithm', 'magic', 'expected one of watershed, deepliif, got "magic"'],
    ['include', 'cells,hull', 'expected a comma list of cells, geojson, got "cells,hull"'],
  ])('refuses %s=%s with what is expected and what was got', (name, text, message) => {
    expect(messageOf({ [name]: text })).toBe(message);
  });

  it('refuses options that contradict each other', () => {
    expect(InferOptions.safeParse({ slim: '', nopost: '' }).success).toBe(false);
    expect(InferOptions.safeParse({ nopost: '', include: 'cells' }).success).toBe(false);
  });

  it('refuses unknown names', () => {
    expect(InferOptions.safeParse({ prob_tresh: '100' }).success).toBe(false);
    expect(PostprocessOptions.safeParse({ slim: '' }).success).toBe(false);
  });
});

describe('roi', () => {
  const polygon = { type: 'Polygon', coordinates: [square(10)] } as const;
  const read = (value: unknown) => InferOptions.parse({ roi: JSON.stringify(value) }).roi;

  it('takes a Polygon, a MultiPolygon and a Feature', () => {
    expect(read(polygon)).toEqual([[square(10)]]);
    expect(read({ type: 'MultiPolygon', coordinates: [[square(1)], [square(2)]] })).toEqual([[square(1)], [square(2)]]);
    expect(read({ type: 'Feature', geometry: polygon, properties: { name: 'x' } })).toEqual([[square(10)]]);
  });

  it.each([
    ['{', 'expected GeoJSON, got text that is not JSON'],
    ['null', 'expected a GeoJSON Polygon or MultiPolygon, or a Feature of one'],
    ['{"type":"Point","coordinates":[1,2]}', 'expected a GeoJSON Polygon or MultiPolygon, or a Feature of one'],
    [
      '{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]}',
      'coordinates/0: a ring needs four positions, the last equal to the first',
    ],
    ['{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,2],[0,1]]]}', 'coordinates/0: a ring must end where it starts'],
  ])('refuses %s', (text, message) => {
    expect(messageOf({ roi: text })).toBe(message);
  });

  it('refuses more vertices than scoring should test against', () => {
    const ring = Array.from({ length: MAX_ROI_VERTICES }, (_, i) => [i, i % 7]);
    const text = JSON.stringify({ type: 'Polygon', coordinates: [[...ring, ring[0]]] });
    expect(messageOf({ roi: text })).toBe(`at most ${MAX_ROI_VERTICES} vertices, got ${MAX_ROI_VERTICES + 1}`);
  });
});
