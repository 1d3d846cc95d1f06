import { describe, expect, it } from 'vitest';
import { labelsOf, NUCLEI, nucleiOf, ON_SLIDE, PART, SHAPES, WHOLE } from './__fixtures__/drawn-nuclei';
import { describeCells } from './cells';
import { frameOf, toPicture } from './coordinate-frame';
import { writeImagejRoi } from './imagej-roi';
import { writeNucleusCsv } from './nucleus-csv';
import { describeObjects, type ExportedRegion, type GeojsonOptions } from './qupath-geojson';
import { readRegions } from './read-regions';
import { signedArea } from './rings';
import { stableUuid } from './stable-uuid';

const ring = [
  [0.5, 0],
  [4, 0.25],
  [4, 4],
  [0.5, 0],
] as const;
const region = (more: Partial<ExportedRegion> = {}): ExportedRegion => ({
  name: 'Randbereich 区域',
  kind: 'include',
  enabled: true,
  rings: [ring],
  ...more,
});

const geojson = (options: Partial<GeojsonOptions> = {}, regions: ExportedRegion[] = []) =>
  describeObjects(NUCLEI, regions, { frame: WHOLE, micronsPerPixel: 0.5, classes: 'positive', ...options });
const polygonsOf = ({ geometry }: ReturnType<typeof geojson>['features'][number]) =>
  geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;

const UUID = /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

describe('describeNuclei', () => {
  it('counts from corners', () => {
    const [block, pixel] = NUCLEI;
    expect(block).toMatchObject({ id: 1, x: 1.5, y: 1.5, areaPx: 9, areaUm2: 2.25, bbox: [0, 0, 3, 3] });
    expect(pixel).toMatchObject({ id: 2, x: 5.5, y: 0.5, areaPx: 1, bbox: [5, 0, 6, 1] });
  });

  it('gives a bbox and a centre that the outline bears out', () => {
    for (const { outline, bbox, x, y, areaPx } of NUCLEI) {
      const points = outline.joined.flat();
      const [xs, ys] = [points.map((p) => p[0]), points.map((p) => p[1])];
      expect([Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]).toEqual(bbox);
      // Centroid of the rings.
      let [momentX, momentY] = [0, 0];
      for (const round of outline.joined)
        for (let i = 0; i + 1 < round.length; i++) {
          const [[ax, ay], [bx, by]] = [round[i], round[i + 1]];
          momentX += ((ax + bx) * (ax * by - bx * ay)) / 6;
          momentY += ((ay + by) * (ax * by - bx * ay)) / 6;
        }
      expect([momentX / areaPx, momentY / areaPx]).toEqual([expect.closeTo(x, 9), expect.closeTo(y, 9)]);
    }
  });
});

describe('describeObjects', () => {
  it('writes what QuPath reads: classes with colours, UUIDs, rings that are closed', () => {
    const { type, features } = geojson({}, [
      region(),
      region({ kind: 'exclude', name: 'b' }),
      region({ enabled: false }),
    ]);
    expect(type).toBe('FeatureCollection');
    expect(features).toHaveLength(2 + NUCLEI.length);
    expect(new Set(features.map(({ id }) => id)).size).toBe(features.length);
    for (const feature of features) {
      const { objectType, classification, isLocked, measurements } = feature.properties;
      expect(feature.type).toBe('Feature');
      expect(feature.id).toMatch(UUID);
      expect(['detection', 'annotation']).toContain(objectType);
      expect(classification.name).not.toBe('');
      expect(classification.color).toHaveLength(3);
      for (const part of classification.color) expect(Number.isInteger(part) && part >= 0 && part <= 255).toBe(true);
      expect(isLocked).toBe(objectType === 'annotation');
      expect(Object.values(measurements).every(Number.isFinite)).toBe(true);
      for (const [outer, ...holes] of polygonsOf(feature)) {
        expect(signedArea(outer)).toBeGreaterThan(0);
        for (const hole of holes) expect(signedArea(hole)).toBeLessThan(0);
        for (const one of [outer, ...holes]) expect(one.at(-1)).toEqual(one[0]);
      }
    }
    expect(features.slice(0, 3).map(({ properties }) => properties.classification.name)).toEqual([
      'Region*',
      'Ignore*',
      'Positive',
    ]);
  });

  it('has polygons of the area of the pixels: a part at a corner and a hole are such', () => {
    const { features } = geojson();
    const areas = features.map((feature) =>
      polygonsOf(feature)
        .flat()
        .reduce((sum, one) => sum + signedArea(one), 0),
    );
    expect(areas).toEqual(NUCLEI.map(({ areaPx }) => areaPx));
    expect(areas).toEqual([9, 1, 2, 10, 7]);
    expect(features.map(({ geometry }) => geometry.type)).toEqual([
      'Polygon',
      'Polygon',
      'MultiPolygon',
      'Polygon',
      'Polygon',
    ]);
    expect(features.map(({ properties }) => properties.measurements['Nucleus: Area px^2'])).toEqual(areas);
  });

  it('adds the optical density up over the channels, as its name says', () => {
    const { measurements } = geojson().features[1]!.properties;
    expect(measurements).toEqual({
      'Nucleus: Area px^2': 1,
      'Nucleus: Area µm^2': 0.25,
      'Nucleus: OD sum mean': 0.6,
      'Marker max': 0,
      'Marker mean': 0,
      'Nucleus: OD spread': 0,
      'Nucleus: Brown mean': 0,
      'Nucleus: Major axis µm': 0,
      'Nucleus: Minor axis µm': 0,
      'Kind likelihood': 0.75,
    });
  });

  it('grades only on request', () => {
    const names = (classes: GeojsonOptions['classes']) =>
      geojson({ classes }).features.map(({ properties }) => properties.classification.name);
    expect(names('positive')).toEqual(['Positive', 'Negative', 'Positive', 'Negative', 'Positive']);
    expect(names('grades')).toEqual(['1+', 'Negative', '2+', 'Negative', '3+']);
    expect(names('kinds')).toEqual([
      'Tumor: Positive',
      'Immune cells: Negative',
      'Stroma: Positive',
      'Other: Negative',
      'Tumor: Positive',
    ]);
  });

  it('counts in pixels of the slide on request, and says which it counts', () => {
    const onSlide = geojson({ frame: ON_SLIDE });
    expect(onSlide.restain).toEqual({ coordinates: 'slide', ...PART, microns_per_pixel: 0.125 });
    expect(geojson({ frame: frameOf('image', SHAPES, PART) }).restain).toEqual({
      coordinates: 'image',
      ...PART,
      microns_per_pixel: 0.5,
    });
    expect(polygonsOf(onSlide.features[0]!)[0]?.[0]).toEqual([
      [40_000, 200],
      [40_012, 200],
      [40_012, 212],
      [40_000, 212],
      [40_000, 200],
    ]);
    expect(geojson().restain).toEqual({
      coordinates: 'image',
      level: 0,
      downsample: 1,
      region: { x: 0, y: 0, width: SHAPES.width, height: SHAPES.height },
      microns_per_pixel: 0.5,
    });
  });

  it('gives a nucleus one id for good: in either frame, whatever its class, wherever the region begins', () => {
    const ids = (collection: ReturnType<typeof geojson>) => collection.features.map(({ id }) => id);
    const inPicture = frameOf('image', SHAPES, PART);
    expect(ids(geojson({ frame: inPicture }))).toEqual(ids(geojson({ frame: ON_SLIDE, classes: 'grades' })));
    expect(ids(geojson({ frame: inPicture }))).not.toEqual(ids(geojson()));
    // The same pixels of a slide, seen from a corner one pixel further left.
    const moved = nucleiOf(labelsOf('.11', '.1.'));
    const still = nucleiOf(labelsOf('11', '1.'));
    const idOf = (nuclei: typeof moved, width: number, x: number) => {
      const part = { level: 0, downsample: 1, region: { x, y: 7, width, height: 2 } };
      const options = {
        frame: frameOf('image', { width, height: 2 }, part),
        micronsPerPixel: 1,
        classes: 'positive',
      } as const;
      return describeObjects(nuclei, [], options).features[0]?.id;
    };
    expect(idOf(moved, 3, 9)).toBe(idOf(still, 2, 10));
  });

  it('writes a region as it was read, and reads it as it was written', () => {
    const rings = [
      ring,
      [
        [2, 1],
        [3, 2],
        [3, 1.5],
        [2, 1],
      ],
    ] as const;
    const text = JSON.stringify(geojson({}, [region({ rings }), region({ kind: 'exclude', name: 'b' })]));
    const read = readRegions(text);
    if (typeof read === 'string') throw new Error(read);
    expect(read.regions).toMatchObject([
      { name: 'Randbereich 区域', kind: 'include', rings },
      { name: 'b', kind: 'exclude', rings: [ring] },
    ]);
    expect(read.coordinates).toBe('image');
    expect(read.skipped).toEqual([{ what: 'detection', count: NUCLEI.length }]);
  });

  it('brings a region of the slide back to where it was drawn', () => {
    const read = readRegions(JSON.stringify(geojson({ frame: ON_SLIDE }, [region()])));
    if (typeof read === 'string') throw new Error(read);
    expect(read.coordinates).toBe('slide');
    expect(toPicture(ON_SLIDE, read.regions[0]!.rings)).toEqual([ring]);
  });

  it('leaves out a region without an area, and cleans one that is drawn carelessly', () => {
    const spiked = [
      [0, 0],
      [4, 0],
      [9, 0],
      [4, 0],
      [4, 2],
      [4, 2],
      [0, 2],
      [0, 0],
    ] as const;
    const flat = [
      [0, 0],
      [4, 0],
      [0, 0],
      [0, 0],
    ] as const;
    const { features } = geojson({}, [region({ rings: [flat] }), region({ rings: [spiked, flat] })]);
    expect(features).toHaveLength(1 + NUCLEI.length);
    expect(features[0]?.geometry.coordinates).toEqual([
      [
        [0, 0],
        [4, 0],
        [4, 2],
        [0, 2],
        [0, 0],
      ],
    ]);
  });
});

describe('stableUuid', () => {
  it('is a UUID that follows from the name and the places', () => {
    expect(stableUuid('a', [1, 2])).toMatch(UUID);
    expect(stableUuid('a', [1, 2])).toBe(stableUuid('a', [1, 2.0000001]));
    expect(stableUuid('', [])).toMatch(UUID);
    const places = [
      [1, 2],
      [2, 1],
      [1, 2, 0],
      [1, 2.01],
      [-1, 2],
      [1 + 2 ** 32 / 1000, 2],
      [2 ** 40, 2],
    ];
    const ids = [...places.map((place) => stableUuid('a', place)), stableUuid('b', [1, 2])];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('keeps a hundred thousand alike places apart', () => {
    const ids = new Set(
      Array.from({ length: 100_000 }, (_, i) => stableUuid('nucleus', [i % 317, Math.floor(i / 317), i % 7])),
    );
    expect(ids.size).toBe(100_000);
    for (const id of Array.from(ids).slice(0, 100)) expect(id).toMatch(UUID);
  });
});

describe('writeNucleusCsv', () => {
  const MARKED = NUCLEI.map((nucleus) => ({ ...nucleus, regions: 'a; b', corrected: 'class' as const }));
  const csv = (options: Partial<Parameters<typeof writeNucleusCsv>[1]> = {}) =>
    writeNucleusCsv(MARKED, { frame: WHOLE, micronsPerPixel: 0.5, form: 'comma', ...options });

  it('has one row for each nucleus under its names', () => {
    const lines = csv().split('\r\n');
    expect(lines).toHaveLength(1 + NUCLEI.length + 1);
    expect(lines[0]).toBe(
      'id,class,intensity,x_px,y_px,x_um,y_um,area_px,area_um2,marker_max,marker_mean,od_mean,coordinates,level,downsample,kind,kind_likelihood,major_um,minor_um,angle_deg,od_spread,brown_mean,regions,corrected,class_name,kind_made_by',
    );
    expect(lines[1]).toBe(
      '1,positive,1+,1.50,1.50,0.75,0.75,9,2.25,0,0.00,0.1000,image,0,1,tumour,0.750,1.63,1.63,0.0,0.0000,0.0000,a; b,class,tumour,prior',
    );
    expect(lines.at(-1)).toBe('');
  });

  it('has columns of membranes where they were measured', () => {
    const membrane = { completeness: 0.5, density: 0.61, cytoplasm: 0.1 };
    const measured = MARKED.map((nucleus) => ({ ...nucleus, details: { ...nucleus.details, membrane } }));
    const [header = '', row = ''] = writeNucleusCsv(measured, {
      frame: WHOLE,
      micronsPerPixel: 0.5,
      form: 'comma',
    }).split('\r\n');
    expect(header.split(',').slice(-4)).toEqual([
      'kind_made_by',
      'membrane_completeness',
      'membrane_od',
      'cytoplasm_od',
    ]);
    expect(row.split(',').slice(-3)).toEqual(['0.500', '0.6100', '0.1000']);
    const [first] = describeObjects(measured, [], { frame: WHOLE, micronsPerPixel: 0.5, classes: 'positive' }).features;
    expect(first?.properties.measurements).toMatchObject({
      'Membrane: Completeness': 0.5,
      'Membrane: DAB OD mean': 0.61,
      'Cytoplasm: DAB OD median': 0.1,
    });
    expect(describeCells(measured, WHOLE)[0]?.membrane).toEqual({ completeness: 0.5, od: 0.61, cytoplasm_od: 0.1 });
    expect(describeCells(MARKED, WHOLE)[0]).not.toHaveProperty('membrane');
  });

  it('is opened as columns of numbers where the decimal mark is a comma', () => {
    const text = csv({ form: 'semicolon' });
    expect(text.charCodeAt(0)).toBe(0xfeff);
    const lines = text.slice(1).split('\r\n');
    expect(lines[0]?.split(';')).toHaveLength(26);
    expect(lines[1]).toBe(
      '1;positive;1+;1,50;1,50;0,75;0,75;9;2,25;0;0,00;0,1000;image;0;1;tumour;0,750;1,63;1,63;0,0;0,0000;0,0000;"a; b";class;tumour;prior',
    );
    expect(text).not.toMatch(/\d\.\d/);
  });

  it('counts in pixels of the slide on request, and says so in every row', () => {
    const [, row] = csv({ frame: ON_SLIDE }).split('\r\n');
    expect(row).toBe(
      '1,positive,1+,40006.00,206.00,5000.75,25.75,9,2.25,0,0.00,0.1000,slide,1,4,tumour,0.750,1.63,1.63,0.0,0.0000,0.0000,a; b,class,tumour,prior',
    );
  });

  it('is a row of names where there is nothing', () => {
    expect(writeNucleusCsv([], { frame: WHOLE, micronsPerPixel: 1, form: 'comma' }).split('\r\n')).toHaveLength(2);
  });
});

/** As ij.io.RoiDecoder reads it. */
function readRoi(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint16(16);
  const [left, top] = [view.getInt16(10), view.getInt16(8)];
  const isSubPixel = (view.getInt16(50) & 128) !== 0;
  const header2 = view.getInt32(60);
  const text = (offset: number, length: number) =>
    String.fromCharCode(...Array.from({ length }, (_, i) => view.getUint16(offset + 2 * i)));
  const xy = (i: number): [number, number] =>
    isSubPixel
      ? [view.getFloat32(64 + 4 * (count + i)), view.getFloat32(64 + 4 * (2 * count + i))]
      : [left + view.getInt16(64 + 2 * i), top + view.getInt16(64 + 2 * (count + i))];
  return {
    magic: String.fromCharCode(...bytes.subarray(0, 4)),
    type: view.getUint8(6),
    points: Array.from({ length: count }, (_, i) => xy(i)),
    isSubPixel,
    shape: Array.from({ length: view.getInt32(36) }, (_, i) => view.getFloat32(64 + 4 * i)),
    name: text(view.getInt32(header2 + 16), view.getInt32(header2 + 20)),
    properties: text(view.getInt32(header2 + 40), view.getInt32(header2 + 44)),
  };
}

describe('writeImagejRoi', () => {
  const roi = (i: number, frame = WHOLE) => readRoi(writeImagejRoi(NUCLEI[i]!, { frame, micronsPerPixel: 0.5 }));

  it('traces one ring along the edges of its pixels, and says what it counts', () => {
    expect(roi(0)).toEqual({
      magic: 'Iout',
      type: 8,
      points: [
        [0, 0],
        [3, 0],
        [3, 3],
        [0, 3],
      ],
      isSubPixel: false,
      shape: [],
      name: '000001-positive',
      properties: 'coordinates: image\nlevel: 0\ndownsample: 1\nregion: 0,0,10,7\n',
    });
  });

  it('writes coordinates of a slide, which are too large for its integers, as floats', () => {
    const { points, isSubPixel, properties } = roi(1, ON_SLIDE);
    expect(isSubPixel).toBe(true);
    expect(points).toEqual([
      [40_020, 200],
      [40_024, 200],
      [40_024, 204],
      [40_020, 204],
    ]);
    expect(properties).toBe('coordinates: slide\nlevel: 1\ndownsample: 4\nregion: 40000,200,40,28\n');
  });

  it('composes what has parts or holes', () => {
    expect(roi(2)).toMatchObject({ type: 1, points: [] });
    expect(roi(2).shape).toEqual([
      ...[0, 8, 1, 1, 9, 1, 1, 9, 2, 1, 8, 2, 4],
      ...[0, 9, 2, 1, 10, 2, 1, 10, 3, 1, 9, 3, 4],
    ]);
    expect(roi(3).shape.filter((number) => number === 4)).not.toHaveLength(0);
  });
});
