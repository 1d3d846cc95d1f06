import { describe, expect, it } from 'vitest';
import { createAnnotation } from '@/lib/annotations/create-annotation';
import { rectangleIn } from '@/lib/annotations/shapes';
import { type Annotation, coreAddress } from '@/lib/contracts/annotation';
import { addressCore, coreGridOf, editCores } from './edit-cores';
import type { Edit } from './operations';

const at = (row: number, column: number): Annotation =>
  createAnnotation({
    class: 'other',
    origin: 'core',
    core: { row, column },
    polygons: rectangleIn({ x0: 100 * column, y0: 100 * row, x1: 100 * column + 60, y1: 100 * row + 60 }),
  });
const region = createAnnotation({ class: 'tumour', polygons: rectangleIn({ x0: 0, y0: 0, x1: 9, y1: 9 }) });
const cores = [at(0, 0), at(0, 1), at(1, 0), at(1, 2)];
const all = [region, ...cores];
const applied = ({ put }: Edit) =>
  cores.map((one) => {
    const core = (put.find(({ id }) => id === one.id) ?? one).core;
    return core && coreAddress(core);
  });

describe('the grid of cores', () => {
  it('is told by its last row and column', () => {
    expect(coreGridOf(all)).toEqual({ cores: 4, rows: 2, columns: 3 });
    expect(coreGridOf([region])).toBeNull();
  });

  it('is corrected as a whole, and what is no core stays as it is', () => {
    const edit = (change: Parameters<typeof editCores>[1]) => editCores(all, change, [region.id]);
    expect(applied(edit({ kind: 'insert', axis: 'column', before: 1 }))).toEqual(['A1', 'A3', 'B1', 'B4']);
    expect(applied(edit({ kind: 'remove', axis: 'row', line: 0 }))).toEqual([null, null, 'A1', 'A3']);
    expect(applied(edit({ kind: 'reverse', axis: 'row' }))).toEqual(['B1', 'B2', 'A1', 'A3']);
    expect(applied(edit({ kind: 'transpose' }))).toEqual(['A1', 'B1', 'A2', 'C2']);
    const moved = edit({ kind: 'insert', axis: 'column', before: 1 });
    expect(moved.put.map(({ id }) => id)).toEqual([cores[1]?.id, cores[3]?.id]);
    expect(moved.select).toEqual([region.id]);
  });
});

describe('an address', () => {
  it('is given, changed and taken', () => {
    expect(addressCore(all, region, 'c12')).toMatchObject({ put: [{ id: region.id, core: { row: 2, column: 11 } }] });
    expect(addressCore(all, cores[0] as Annotation, 'A1')).toMatchObject({ put: [{ core: { row: 0, column: 0 } }] });
    expect(addressCore(all, cores[0] as Annotation, ' ')).toMatchObject({ put: [{ core: null }] });
  });

  it('belongs to one core, and is one', () => {
    expect(addressCore(all, region, 'B3')).toBe('There is a core B3 already.');
    expect(addressCore(all, region, '3B')).toContain('as B7');
  });
});
