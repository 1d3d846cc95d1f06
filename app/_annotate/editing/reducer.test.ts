import { describe, expect, it } from 'vitest';
import { createAnnotation } from '@/lib/annotations/create-annotation';
import type { Point } from '@/lib/annotations/points';
import { rectangleIn } from '@/lib/annotations/shapes';
import { type Annotation, MAX_ANNOTATION_VERTICES, MAX_ANNOTATIONS } from '@/lib/contracts/annotation';
import { type EditAction, type EditState, EMPTY, overLimit, reduce } from './reducer';

const square = rectangleIn({ x0: 0, y0: 0, x1: 10, y1: 10 });
const one = (id: string, more: Partial<Annotation> = {}): Annotation =>
  createAnnotation({ class: 'tumour', polygons: square, ...more, id });
const run = (state: EditState, ...actions: EditAction[]): EditState => actions.reduce(reduce, state);
const put = (...annotations: Annotation[]): EditAction => ({
  kind: 'edit',
  put: annotations,
  select: annotations.map(({ id }) => id),
});
const ids = ({ annotations }: EditState) => annotations.map(({ id }) => id);
const [UNDO, REDO] = [{ kind: 'undo' }, { kind: 'redo' }] as const;

describe('an edit', () => {
  it('puts new ones on top, replaces in place, and removes', () => {
    const state = run(EMPTY, put(one('a')), put(one('b')), put(one('a', { name: 'first' })));
    expect(ids(state)).toEqual(['a', 'b']);
    expect(state.annotations[0]?.name).toBe('first');
    expect(ids(run(state, { kind: 'edit', remove: ['a'] }))).toEqual(['b']);
  });

  it('selects only what is there', () => {
    const state = run(EMPTY, put(one('a'), one('b')), { kind: 'edit', remove: ['a'] });
    expect(state.selected).toEqual(['b']);
    expect(run(state, { kind: 'select', ids: ['a', 'b', 'c'] }).selected).toEqual(['b']);
  });

  it('that changes nothing is no step', () => {
    const first = one('a');
    expect(run(EMPTY, put(first), put(first)).past).toHaveLength(1);
  });
});

describe('undo and redo', () => {
  it('go back and forth over adding, changing and removing, to the same place in the list', () => {
    const start = run(EMPTY, put(one('a')), put(one('b')), put(one('c')));
    const state = run(start, put(one('b', { name: 'x' })), { kind: 'edit', remove: ['a', 'b'] });
    const back = run(state, UNDO);
    expect(ids(back)).toEqual(['a', 'b', 'c']);
    expect(back.annotations[1]?.name).toBe('x');
    expect(back.selected).toEqual(['a', 'b']);
    expect(run(back, UNDO).annotations[1]?.name).toBe('');
    const empty = run(back, UNDO, UNDO, UNDO, UNDO);
    expect(ids(empty)).toEqual([]);
    expect(run(empty, UNDO)).toBe(empty);
    const again = run(empty, REDO, REDO, REDO, REDO, REDO);
    expect(again.annotations).toEqual(state.annotations);
    expect(run(again, REDO)).toBe(again);
  });

  it('have nothing to redo after a new edit', () => {
    const state = run(EMPTY, put(one('a')), put(one('b')), UNDO, put(one('c')));
    expect(ids(run(state, REDO))).toEqual(['a', 'c']);
  });

  it('take steps with one key as one', () => {
    const named = (name: string): EditAction => ({ kind: 'edit', put: [one('a', { name })], key: 'name a' });
    const state = run(EMPTY, put(one('a')), named('N'), named('Ne'), named('Nes'), named('Nest'));
    expect(state.past).toHaveLength(2);
    expect(run(state, UNDO).annotations[0]?.name).toBe('');
    expect(run(state, UNDO, REDO).annotations[0]?.name).toBe('Nest');
    const other = run(state, { kind: 'edit', put: [one('a', { name: 'x' })], key: 'name b' });
    expect(run(other, UNDO).annotations[0]?.name).toBe('Nest');
  });

  it('end a row of steps with one key: what comes next is a step of its own', () => {
    const named = (name: string): EditAction => ({ kind: 'edit', put: [one('a', { name })], key: 'name a' });
    const other: EditAction = { kind: 'edit', put: [one('b')] };
    const undone = run(EMPTY, put(one('a')), named('N'), other, UNDO, named('No'));
    expect(run(undone, UNDO).annotations[0]?.name).toBe('N');
    const redone = run(EMPTY, put(one('a')), named('N'), UNDO, REDO, named('No'));
    expect(run(redone, UNDO).annotations[0]?.name).toBe('N');
    expect(run(redone, UNDO, UNDO).annotations[0]?.name).toBe('');
  });

  it('leave alone what somebody else drew meanwhile', () => {
    const mine = run(EMPTY, put(one('a')), put(one('a', { name: 'mine' })));
    const theirs = [...mine.annotations, one('other')];
    const state = run(mine, { kind: 'take', annotations: theirs, isStep: false });
    expect(ids(run(state, UNDO))).toEqual(['a', 'other']);
    expect(ids(run(state, UNDO, UNDO))).toEqual(['other']);
  });

  it('bring this page’s own back after theirs were taken', () => {
    const mine = run(EMPTY, put(one('a')));
    const state = run(mine, { kind: 'take', annotations: [one('other')], isStep: true });
    expect(ids(state)).toEqual(['other']);
    expect(ids(run(state, UNDO))).toEqual(['a']);
    expect(ids(run(state, UNDO, REDO))).toEqual(['other']);
  });

  it('remember two hundred steps', () => {
    let state = EMPTY;
    for (let i = 0; i < 210; i++) state = reduce(state, put(one('a', { name: `${i}` })));
    for (let i = 0; i < 210; i++) state = reduce(state, UNDO);
    expect(state.annotations[0]?.name).toBe('9');
  });

  it('begin anew after loading', () => {
    const state = run(EMPTY, put(one('a')), { kind: 'load', annotations: [one('b')] });
    expect(ids(run(state, UNDO))).toEqual(['b']);
  });
});

describe('overLimit', () => {
  it('is a sentence with the numbers, one past the limits', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => one(`${i}`));
    expect(overLimit(many(MAX_ANNOTATIONS))).toBeNull();
    expect(overLimit(many(MAX_ANNOTATIONS + 1))).toContain('2,000 annotations; these would be 2,001');
    const ring = (length: number) => Array.from({ length }, (_, i): Point => [i, i % 5]);
    expect(overLimit([one('a', { polygons: [[ring(MAX_ANNOTATION_VERTICES)]] })])).toBeNull();
    expect(overLimit([one('a', { polygons: [[ring(MAX_ANNOTATION_VERTICES + 1)]] })])).toContain('200,001');
  });
});
