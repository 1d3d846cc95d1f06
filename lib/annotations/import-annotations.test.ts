import { describe, expect, it } from 'vitest';
import { annotationsToGeojson } from '@/lib/contracts/annotation-files';
import { createAnnotation } from './create-annotation';
import { importAnnotations } from './import-annotations';
import { areaOf, boundsOf, type Point } from './points';
import { ellipseIn, rectangleIn } from './shapes';

const slide = { x0: 0, y0: 0, x1: 1000, y1: 800 };
const square = (x: number, y: number, side: number): Point[] => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
  [x, y],
];
const polygon = (...rings: Point[][]) => ({ type: 'Polygon', coordinates: rings });
const bring = (json: unknown) =>
  importAnnotations(typeof json === 'string' ? json : JSON.stringify(json), { slide, unclassified: 'stroma' });
const brought = (json: unknown) => {
  const found = bring(json);
  if (typeof found === 'string') throw new Error(found);
  return found;
};

describe('importAnnotations', () => {
  it('takes regions with new ids, open rings and holes', () => {
    const { annotations, words } = brought([
      polygon(square(0, 0, 100), square(10, 10, 20)),
      polygon(square(200, 0, 10)),
    ]);
    expect(annotations).toMatchObject([
      { class: 'stroma', origin: 'imported', is_locked: false },
      { class: 'stroma', name: '' },
    ]);
    expect(annotations.map(({ polygons }) => areaOf(polygons))).toEqual([9600, 100]);
    expect(annotations[0]?.polygons[0]?.map((ring) => ring.length)).toEqual([4, 4]);
    expect(words).toBe('2 annotations imported.');
  });

  it('cuts them to the slide, and says how many', () => {
    const { annotations, words } = brought([
      polygon(square(950, 0, 100)),
      polygon(square(2000, 0, 10)),
      polygon(square(0, 0, 9)),
    ]);
    expect(boundsOf(annotations[0]?.polygons ?? [])).toEqual({ x0: 950, y0: 0, x1: 1000, y1: 100 });
    expect(words).toBe(
      '2 annotations imported. 1 without area on the slide is left out. 1 is cut at the edge of the slide.',
    );
  });

  it('counts what overlaps in a MultiPolygon once', () => {
    const parts = { type: 'MultiPolygon', coordinates: [[square(0, 0, 100)], [square(50, 0, 100)]] };
    expect(areaOf(brought(parts).annotations[0]?.polygons ?? [])).toBe(15_000);
  });

  it('brings back what this page has written, rectangles and ellipses too', () => {
    const box = { x0: 10, y0: 20, x1: 110, y1: 80 };
    const all = [
      createAnnotation({
        class: 'tumour',
        shape: 'rectangle',
        polygons: rectangleIn(box),
        name: 'Nest',
        rating: 'low',
      }),
      createAnnotation({ class: 'ignore', shape: 'ellipse', polygons: ellipseIn(box) }),
    ];
    const file = annotationsToGeojson(all, { width: 1000, height: 800, micronsPerPixel: null });
    const { annotations, words } = brought(file);
    expect(words).toBe('2 annotations imported.');
    for (const [i, { class: of, shape, name, rating, polygons }] of all.entries()) {
      expect(annotations[i]).toMatchObject({ class: of, shape, name, rating });
      expect(areaOf(annotations[i]?.polygons ?? [])).toBeCloseTo(areaOf(polygons), 3);
    }
  });

  it('says which classes are not known here, and what is no region', () => {
    const feature = { type: 'Feature', geometry: polygon(square(0, 0, 9)), properties: { classification: 'CD3' } };
    expect(brought([feature, { type: 'Point', coordinates: [1, 1] }]).words).toBe(
      '1 annotation imported. Classes that are not known here became Other, and stay in the name: CD3. Of the file 1 region is used; left out, as they are no regions: 1 Point.',
    );
  });

  it('refuses what is no file of regions, lies elsewhere, or counts other pixels', () => {
    expect(bring('{}')).toContain('expected GeoJSON');
    expect(bring('<svg/>')).toContain('ImageScope');
    expect(bring(polygon(square(2000, 2000, 10)))).toBe(
      'none of its 1 regions encloses a part of the slide, which is 1,000 x 800 px.',
    );
    const picture = {
      type: 'FeatureCollection',
      restain: { coordinates: 'image' },
      features: [{ type: 'Feature', geometry: polygon(square(0, 0, 9)), properties: {} }],
    };
    expect(bring(picture)).toContain('coordinates of the slide');
  });
});
