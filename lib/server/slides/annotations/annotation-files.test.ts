import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  Annotations,
  ImportedAnnotations,
  MAX_ANNOTATION_FILE_BYTES,
  MAX_ANNOTATIONS,
  SavedAnnotations,
} from '@/lib/contracts/annotation';
import { problemOf, runSite } from '@/lib/server/analyses/__fixtures__/site';
import { drawGrain, drawSlide } from '@/lib/server/slides/__fixtures__/draw-slide';
import { sendSlide, slides, slideUntil } from '@/lib/server/slides/__fixtures__/slide-site';
import { getStorage } from '@/lib/server/storage';
import { readAlone } from './annotation-files';

runSite();
afterEach(async () => {
  vi.restoreAllMocks();
  await getStorage().delete('slides/');
});

const form = { side: 64, colour: 'rgb', sampling: '4:4:4', hasTables: true } as const;
const drawn = await drawSlide(drawGrain(200, 150), form);
const GEOJSON = 'application/geo+json';

/** A slide on which nothing is drawn. */
async function ready() {
  const { id } = await sendSlide(drawn.file);
  await slides.ingest(id);
  await slideUntil(id, 'ready');
  SavedAnnotations.parse(await (await slides.annotate(id, { base_revision: 0, annotations: [] })).json());
  return id;
}
const read = async (id: string) => Annotations.parse(await (await slides.annotations(id)).json());

async function add(id: string, file: unknown, { type = GEOJSON, query = '' } = {}) {
  const text = typeof file === 'string' ? file : JSON.stringify(file);
  const answer = await slides.addAnnotations(id, text, type, query);
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  return ImportedAnnotations.parse(await answer.json());
}

const square = (x: number, y: number, side: number): [number, number][] => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
  [x, y],
];
const ringed = { type: 'Polygon', coordinates: [square(10, 10, 40), square(20, 20, 10)] };
const parts = { type: 'MultiPolygon', coordinates: [[square(60, 10, 20)], [square(100, 10, 20)]] };
const feature = (geometry: object, name?: string) => ({
  type: 'Feature',
  geometry,
  properties: name === undefined ? {} : { classification: { name, color: [1, 2, 3] } },
});

describe('files of annotations', () => {
  it.each([
    ['FeatureCollection', { type: 'FeatureCollection', features: [feature(ringed, 'Tumor'), feature(parts)] }],
    ['array of features', [feature(ringed, 'Tumor'), feature(parts)]],
    ['GeometryCollection', { type: 'GeometryCollection', geometries: [ringed, parts] }],
    ['text with a byte order mark', `\uFEFF${JSON.stringify([ringed, parts])}`],
  ])('are taken as %s, with holes and parts', async (_, file) => {
    const id = await ready();
    const { revision, ids, message } = await add(id, file, { query: 'class=tumour' });
    expect([revision, message]).toEqual([2, '2 annotations imported.']);
    const { annotations } = await read(id);
    expect(annotations.map((one) => one.id)).toEqual(ids);
    expect(annotations).toMatchObject([
      { class: 'tumour', origin: 'imported' },
      { class: 'tumour', origin: 'imported' },
    ]);
    expect(annotations.map(({ polygons }) => polygons.map((rings) => rings.length))).toEqual([[2], [1, 1]]);
  });

  it('say what was cut, left out, or is called by another name', async () => {
    const id = await ready();
    const far = { type: 'Polygon', coordinates: [square(5000, 0, 10)] };
    const half = { type: 'Polygon', coordinates: [square(190, 0, 20)] };
    const { message } = await add(id, [feature(half, 'CD3'), feature(far), { type: 'Point', coordinates: [1, 1] }]);
    expect(message).toBe(
      '1 annotation imported. 1 without area on the slide is left out. 1 is cut at the edge of the slide. ' +
        'Classes that are not known here became Other, and stay in the name: CD3. ' +
        'Of the file 2 regions are used; left out, as they are no regions: 1 Point.',
    );
    expect((await read(id)).annotations).toMatchObject([{ class: 'other', name: 'CD3' }]);
  });

  it.each(['geojson', 'imagescope'] as const)(
    'written as %s are what was drawn, when they are read again',
    async (format) => {
      const id = await ready();
      const polygons = [ringed.coordinates, [square(100, 100, 30)]];
      const annotations = [
        { id: 'first-one', class: 'tumour', name: 'Nest <1> & "co"', polygons },
        { id: 'second-one', class: 'ignore', polygons: [[square(0, 0, 120)]] },
        { id: 'third-one', class: 'stroma', polygons: [[square(5, 100, 9)]] },
      ];
      await slides.annotate(id, { base_revision: 1, annotations });
      const written = await slides.annotations(id, `format=${format}`);
      const [type, name] =
        format === 'geojson' ? [GEOJSON, 'annotations.geojson'] : ['application/xml', 'annotations.xml'];
      expect(written.headers.get('Content-Type')).toBe(type);
      expect(written.headers.get('Content-Disposition')).toBe(`attachment; filename="${name}"`);
      const other = await ready();
      await add(other, await written.text(), { type });
      const back = (await read(other)).annotations;
      const areas = (all: typeof back) =>
        all
          .flatMap(({ class: of, name: called, polygons: each }) =>
            each.map((rings) => `${of} ${called} ${rings.map(boundsOf)}`),
          )
          .sort();
      expect(areas(back)).toEqual(areas((await read(id)).annotations));
    },
  );

  it('are refused with the place and the reason, and nothing is added', async () => {
    const id = await ready();
    const refusal = async (file: string | Uint8Array, type = GEOJSON, query = '') => {
      const { status, code, detail } = await problemOf(slides.addAnnotations(id, file, type, query));
      return `${status} ${code}: ${detail}`;
    };
    expect(await refusal('{"type"')).toBe(
      '400 malformed_request: The file was not taken: expected GeoJSON, got text that is not JSON.',
    );
    expect(await refusal('[{"type":"Point","coordinates":[1,1]}]')).toContain('got 1 Point');
    expect(await refusal('<Annotations><Annotation>', 'text/xml')).toContain('line 1');
    expect(await refusal('[]', 'text/plain')).toContain('application/geo+json or application/json');
    expect(await refusal(JSON.stringify(ringed), GEOJSON, 'class=liver')).toContain('400 invalid_option');
    expect(await refusal(JSON.stringify({ ...feature(ringed), restain: { coordinates: 'image' } }))).toContain(
      'Export it with coordinates of the slide',
    );
    const far = { type: 'Polygon', coordinates: [square(900, 0, 9)] };
    expect(await refusal(JSON.stringify(far))).toContain('the slide, which is 200 x 150 px');
    const many = Array.from({ length: MAX_ANNOTATIONS + 1 }, () => ringed);
    expect(await refusal(JSON.stringify(many))).toContain(String(MAX_ANNOTATIONS));
    expect((await read(id)).revision).toBe(1);
  });

  it('are refused above the size limit, which is told', async () => {
    const id = await ready();
    const file = JSON.stringify(ringed);
    expect(
      await problemOf(slides.addAnnotations(id, file.padEnd(MAX_ANNOTATION_FILE_BYTES + 1), GEOJSON)),
    ).toMatchObject({
      ...{ status: 413, code: 'upload_too_large' },
      detail: expect.stringContaining(String(MAX_ANNOTATION_FILE_BYTES)),
    });
    expect((await add(id, file.padEnd(MAX_ANNOTATION_FILE_BYTES))).ids).toHaveLength(1);
  });

  it('that take too long, too much memory, or break their thread are told apart', async () => {
    const slide = { x0: 0, y0: 0, x1: 200, y1: 150 };
    const many = JSON.stringify(Array.from({ length: 50_000 }, () => ringed));
    const read = (text: string, limits: { seconds: number; heapMegabytes: number }) =>
      readAlone({ text, slide, unclassified: 'other' }, limits);
    await expect(read(many, { seconds: 0.02, heapMegabytes: 256 })).rejects.toMatchObject({
      ...{ code: 'malformed_request', detail: expect.stringContaining('within 0.02 s') },
    });
    await expect(read(many, { seconds: 60, heapMegabytes: 16 })).rejects.toMatchObject({
      ...{ code: 'malformed_request', detail: expect.stringContaining('more than 16 MB of memory') },
    });
    const broken = { text: JSON.stringify(ringed), slide: null as never, unclassified: 'other' as const };
    await expect(readAlone(broken, { seconds: 60, heapMegabytes: 256 })).rejects.toMatchObject({
      code: 'worker_crashed',
    });
  });

  it('whose lines cross without end are given up', { tags: ['long'], timeout: 120_000 }, async () => {
    const id = await ready();
    const at = (i: number) => [(i * 7919) % 200, (i * 104_729) % 150];
    const ring = Array.from({ length: 20_000 }, (_, i) => at(i));
    const tangle = JSON.stringify({ type: 'Polygon', coordinates: [[...ring, ring[0]]] });
    expect(await problemOf(slides.addAnnotations(id, tangle, GEOJSON))).toMatchObject({
      code: 'malformed_request',
      detail: expect.stringContaining('cross themselves'),
    });
    expect((await read(id)).revision).toBe(1);
  });

  it('are added to what others draw meanwhile', async () => {
    const id = await ready();
    await Promise.all(Array.from({ length: 4 }, () => add(id, ringed)));
    expect((await read(id)).annotations).toHaveLength(4);
  });

  it('of the view link, and of a slide that is deleted meanwhile, change nothing', async () => {
    const id = await ready();
    const { view_id: view } = await slideUntil(id, 'ready');
    const text = JSON.stringify(ringed);
    expect(await problemOf(slides.addAnnotations(view, text, GEOJSON))).toMatchObject({ code: 'read_only' });
    const storage = getStorage();
    const putNew = storage.putNew.bind(storage);
    vi.spyOn(storage, 'putNew').mockImplementationOnce(async (...written) => {
      await slides.remove(id);
      return putNew(...written);
    });
    expect(await problemOf(slides.addAnnotations(id, text, GEOJSON))).toMatchObject({ code: 'slide_not_found' });
  });
});

function boundsOf(ring: readonly (readonly [number, number])[]) {
  const [xs, ys] = [ring.map(([x]) => x), ring.map(([, y]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)].join(' ');
}
