import { expect, test } from 'vitest';
import { provideClipping } from '@/app/_annotate/editing/clipping';
import * as clip from '@/lib/annotations/clip';
import { type Analysis, MAX_REGIONS, type Region } from '@/lib/contracts/analysis';
import type { Annotation } from '@/lib/contracts/annotation';
import { toAnnotation, toRegions } from './region-annotations';
import { createRegionEditor } from './region-editor';
import { createResultStore, type ResultOutside } from './result-store';

provideClipping(clip);

const square = (x: number, y: number, side: number): [number, number][] => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
  [x, y],
];
const region = (id: string, more: Partial<Region> = {}): Region => ({
  ...{ id, name: id, kind: 'include', shape: 'polygon', enabled: true },
  rings: [square(10, 10, 40)],
  ...more,
});

/** The editor on the regions of a result of 200 x 100 pixels. */
function open(regions: Region[] = [], load: (() => Promise<void>) | null = null) {
  const analysis = {
    ...{ id: 'A', may_edit: true, state: 'done', scoring: { regions }, source: { width: 200, height: 100 } },
    result: { provenance: { microns_per_pixel: 0.5 }, defaults: { algorithm: 'watershed', prob_thresh: 127 } },
  } as unknown as Analysis;
  let made = 0;
  const store = createResultStore(analysis, { newId: () => `new${++made}` } as unknown as ResultOutside);
  const { editor, follow } = createRegionEditor(store, load);
  follow();
  const now = () => store.getState().parameters.regions;
  return { store, editor, now, page: store.getState().actions, edit: editor.getState().actions };
}

test('a region comes back as the same object where nobody changed it, and keeps what an edit does not touch', () => {
  const hole = region('hole', { kind: 'exclude', enabled: false, rings: [square(0, 0, 60), square(20, 20, 9)] });
  const annotation = toAnnotation(hole);
  expect(annotation).toMatchObject({ id: 'hole', class: 'ignore', polygons: [[{ length: 4 }, { length: 4 }]] });
  expect(toAnnotation(hole)).toBe(annotation);
  expect(toRegions([annotation], [hole])[0]).toBe(hole);
  const moved: Annotation = { ...annotation, polygons: annotation.polygons.map((rings) => rings.slice(0, 1)) };
  expect(toRegions([moved], [hole])).toEqual([{ ...hole, rings: [square(0, 0, 60)] }]);
});

test('parts that lie apart become regions of their own', () => {
  const { edit, editor, now, page } = open([region('a')]);
  page.setTool('erase');
  edit.select(['a']);
  // A stroke through the middle.
  edit.erase([[[[0, 25], [100, 25], [100, 30], [0, 30]]]], null); // biome-ignore format: a box
  expect(now().map(({ name }) => name)).toEqual(['a', 'a (2)']);
  expect(now()[0]?.rings[0]?.at(0)).toEqual(now()[0]?.rings[0]?.at(-1));
  expect(editor.getState().annotations).toHaveLength(2);
});

test('what is drawn, moved, copied and removed is undone by the page', () => {
  const { edit, editor, now, page, store } = open();
  page.setTool('rectangle');
  page.setDrawnKind('exclude');
  const polygons = [[square(10, 10, 40).slice(0, 4)]];
  edit.draw({ shape: 'rectangle', polygons });
  expect(now()).toMatchObject([{ name: 'Region 1', kind: 'exclude', shape: 'rectangle', rings: [square(10, 10, 40)] }]);
  const [first] = now();
  page.setTool('regions');
  edit.select([first?.id ?? '']);
  edit.move(300, 5);
  // No farther than to the edge of the image.
  expect(now()[0]?.rings).toEqual([square(160, 15, 40)]);
  edit.duplicate();
  expect(now()).toHaveLength(2);
  edit.remove();
  expect(now()).toHaveLength(1);
  page.undo();
  page.undo();
  page.undo();
  expect(now()[0]).toBe(first);
  expect(editor.getState().annotations).toHaveLength(1);
  page.undo();
  expect(now()).toEqual([]);
  page.redo();
  expect(now()[0]).toBe(first);
  expect(store.getState().tool).toBe('regions');
});

test('another tool lays the editor aside; regions that come from elsewhere are shown', () => {
  const { edit, editor, now, page } = open([region('a')]);
  expect(editor.getState()).toMatchObject({ isAside: true, annotations: [{ id: 'a' }] });
  page.setTool('brush');
  expect(editor.getState()).toMatchObject({ isAside: false, tool: 'brush', drawnClass: 'other' });
  page.setTool('flip');
  expect(editor.getState()).toMatchObject({ isAside: true, tool: 'select', selected: [] });
  page.addRegions([{ shape: 'hotspot', rings: [square(0, 0, 20)], name: 'Hot spot' }]);
  page.replaceHotSpots([
    { shape: 'hotspot', rings: [square(5, 0, 20)], name: 'Hot spot' },
    { shape: 'hotspot', rings: [square(50, 0, 20)], name: 'Hot spot 2', enabled: false },
  ]);
  expect(editor.getState().annotations.map(({ name }) => name)).toEqual(['a', 'Hot spot', 'Hot spot 2']);
  page.countOnly(now()[2]?.id ?? '');
  expect(now().map(({ enabled }) => enabled)).toEqual([false, false, true]);
  expect(edit).toBe(editor.getState().actions);
});

test('more regions than the server takes are refused with a sentence', () => {
  const { edit, editor, now } = open(Array.from({ length: MAX_REGIONS }, (_, n) => region(`r${n}`)));
  edit.draw({ shape: 'rectangle', polygons: [[square(10, 10, 40).slice(0, 4)]] });
  expect(now()).toHaveLength(MAX_REGIONS);
  expect(editor.getState().annotations).toHaveLength(MAX_REGIONS);
  expect(editor.getState().words).toBe(`An image may have ${MAX_REGIONS} regions.`);
});

test('nothing is drawn before what edits need is loaded, which a tool asks for', async () => {
  let arrive = () => {};
  const loaded = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  let asked = 0;
  const { edit, now, page } = open([], () => {
    asked++;
    return loaded;
  });
  const shape = { shape: 'polygon' as const, polygons: [[square(10, 10, 40).slice(0, 4)]] };
  expect(asked).toBe(0);
  page.setTool('rectangle');
  edit.draw(shape);
  expect([asked, now()]).toEqual([1, []]);
  arrive();
  await loaded;
  edit.draw(shape);
  page.setTool('polygon');
  expect([asked, now().length]).toEqual([1, 1]);
});
