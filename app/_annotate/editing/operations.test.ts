import { describe, expect, it } from 'vitest';
import * as clip from '@/lib/annotations/clip';
import { createAnnotation, createId } from '@/lib/annotations/create-annotation';
import { areaOf, boundsOf, type Polygons } from '@/lib/annotations/points';
import { rectangleIn } from '@/lib/annotations/shapes';
import type { Annotation } from '@/lib/contracts/annotation';
import { provideClipping } from './clipping';
import { countedPart, duplicate, erase, merge, move, paint, split } from './operations';

provideClipping(clip);

const slide = { x0: 0, y0: 0, x1: 1000, y1: 800 };
const box = (x0: number, y0: number, x1: number, y1: number) => rectangleIn({ x0, y0, x1, y1 });
const region = (polygons: Annotation['polygons'], more: Partial<Annotation> = {}) =>
  createAnnotation({ class: 'tumour', polygons, shape: 'rectangle', ...more });

describe('merge', () => {
  it('makes one of several, called as the first', () => {
    const [a, b] = [region(box(0, 0, 10, 10), { name: 'A' }), region(box(5, 0, 20, 10), { class: 'stroma' })];
    const { put, remove, select } = merge([a, b]) ?? { put: [], remove: [], select: [] };
    expect(put).toMatchObject([{ id: a.id, name: 'A', class: 'tumour', shape: 'polygon' }]);
    expect(areaOf(put[0]?.polygons ?? [])).toBe(200);
    expect([remove, select]).toEqual([[b.id], [a.id]]);
  });

  it('leaves locked ones alone, and needs two', () => {
    const [a, b] = [region(box(0, 0, 10, 10)), region(box(5, 0, 20, 10), { is_locked: true })];
    expect(merge([a, b])).toBeNull();
    expect(merge([a])).toBeNull();
  });
});

describe('countedPart', () => {
  const field = region(box(100, 100, 200, 200), { class: 'other' });
  const area = (include: Polygons, exclude: Polygons = []) => areaOf(countedPart(field, { include, exclude }).polygons);

  it('lies where nuclei count, less what is left out', () => {
    expect(area(box(0, 0, 150, 300))).toBe(5000);
    expect(area([...box(0, 0, 150, 300), ...box(140, 0, 160, 300)])).toBe(6000);
    expect(area(box(0, 0, 150, 300), [...box(0, 0, 110, 300), ...box(0, 0, 300, 150)])).toBe(2000);
  });

  it('is the field itself where all of it counts', () => {
    expect(countedPart(field, { include: box(0, 0, 300, 300), exclude: box(300, 0, 400, 300) })).toBe(field);
  });
});

describe('split', () => {
  it('makes one of each part, and the first keeps its id', () => {
    const two = region([...box(0, 0, 10, 10), ...box(20, 0, 40, 10)], { name: 'Nest' });
    const { put } = split(two) ?? { put: [] };
    expect(put.map(({ polygons }) => areaOf(polygons))).toEqual([100, 200]);
    expect(put.map(({ name }) => name)).toEqual(['Nest 1', 'Nest 2']);
    expect(put[0]?.id).toBe(two.id);
    expect(put[1]?.id).not.toBe(two.id);
    expect(split(region(box(0, 0, 10, 10)))).toBeNull();
    expect(split({ ...two, is_locked: true })).toBeNull();
  });
});

describe('move', () => {
  it('goes no farther than the edge of the slide, together', () => {
    const [a, b] = [region(box(0, 100, 10, 110)), region(box(50, 100, 90, 110))];
    expect(move([a, b], -20, 5, slide).put.map(({ polygons }) => boundsOf(polygons))).toEqual([
      { x0: 0, y0: 105, x1: 10, y1: 115 },
      { x0: 50, y0: 105, x1: 90, y1: 115 },
    ]);
    expect(boundsOf(move([b], 5000, 5000, slide).put[0]?.polygons ?? [])).toEqual({
      x0: 960,
      y0: 790,
      x1: 1000,
      y1: 800,
    });
  });

  it('leaves a rectangle a rectangle, and locked ones where they are', () => {
    const [free, locked] = [region(box(0, 0, 10, 10)), region(box(20, 20, 30, 30), { is_locked: true })];
    expect(move([free, locked], 5, 5, slide).put).toMatchObject([{ id: free.id, shape: 'rectangle' }]);
  });

  it('does not pull back what lies outside', () => {
    const outside = region(box(-50, 0, -40, 10));
    expect(boundsOf(move([outside], 0, 0, slide).put[0]?.polygons ?? []).x0).toBe(-50);
  });
});

describe('duplicate', () => {
  it('is another one beside it, unlocked, and no core', () => {
    const core = region(box(0, 0, 10, 10), { is_locked: true, origin: 'core', core: { row: 0, column: 1 } });
    const { put } = duplicate([core], 7, slide);
    expect(put).toMatchObject([{ is_locked: false, origin: 'drawn', core: null }]);
    expect(put[0]?.id).not.toBe(core.id);
    expect(boundsOf(put[0]?.polygons ?? [])).toEqual({ x0: 7, y0: 7, x1: 17, y1: 17 });
  });
});

describe('the brush', () => {
  it('draws a new one, then adds to what is selected', () => {
    const first = paint([], box(0, 0, 10, 10), { class: 'stroma', slide });
    expect(first?.put).toMatchObject([{ class: 'stroma', shape: 'polygon' }]);
    const more = paint(first?.put ?? [], box(10, 0, 20, 10), { class: 'tumour', slide });
    expect(more?.put).toMatchObject([{ id: first?.put[0]?.id, class: 'stroma' }]);
    expect(areaOf(more?.put[0]?.polygons ?? [])).toBe(200);
  });

  it('paints nothing past the edge of the slide', () => {
    expect(areaOf(paint([], box(-10, 0, 10, 10), { class: 'other', slide })?.put[0]?.polygons ?? [])).toBe(100);
    expect(paint([], box(-20, 0, -10, 10), { class: 'other', slide })).toBeNull();
  });

  it('erases, cuts in two, makes holes, and removes what is all gone', () => {
    const [bar, small] = [region(box(0, 0, 30, 10)), region(box(12, 2, 14, 4))];
    const { put, remove } = erase([bar, small], box(10, -5, 20, 15));
    expect(put).toMatchObject([{ id: bar.id, shape: 'polygon' }]);
    expect(put[0]?.polygons).toHaveLength(2);
    expect(remove).toEqual([small.id]);
    expect(erase([bar], box(5, 2, 8, 8)).put[0]?.polygons[0]).toHaveLength(2);
    expect(erase([{ ...bar, is_locked: true }], box(0, 0, 30, 10))).toMatchObject({ put: [], remove: [] });
  });
});

describe('createId', () => {
  it('is as the contract asks, and never the same', () => {
    const ids = Array.from({ length: 1000 }, createId);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{8,32}$/);
    expect(new Set(ids).size).toBe(1000);
  });
});
