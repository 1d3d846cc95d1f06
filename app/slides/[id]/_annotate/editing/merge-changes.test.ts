import { describe, expect, it } from 'vitest';
import { createAnnotation } from '@/lib/annotations/create-annotation';
import { rectangleIn } from '@/lib/annotations/shapes';
import type { Annotation } from '@/lib/contracts/annotation';
import { areSame, isSame, mergeChanges } from './merge-changes';

const one = (id: string, name = ''): Annotation =>
  createAnnotation({ class: 'tumour', polygons: rectangleIn({ x0: 0, y0: 0, x1: 10, y1: 10 }), name, id });
const said = (all: readonly Annotation[]) => all.map(({ id, name }) => `${id}:${name}`);
const merged = (base: Annotation[], mine: Annotation[], theirs: Annotation[]) => mergeChanges({ base, mine, theirs });

describe('mergeChanges', () => {
  const base = [one('a'), one('b')];

  it('has what either has added', () => {
    expect(said(merged(base, [...base, one('mine')], [...base, one('theirs')]))).toEqual([
      'a:',
      'b:',
      'theirs:',
      'mine:',
    ]);
  });

  it('has what only one has changed as that one left it', () => {
    expect(said(merged(base, [one('a', 'mine'), one('b')], [one('a'), one('b', 'theirs')]))).toEqual([
      'a:mine',
      'b:theirs',
    ]);
  });

  it('has twice what both have changed, and the copy says which it is', () => {
    const both = merged(base, [one('a', 'mine'), one('b')], [one('a', 'theirs'), one('b')]);
    expect(both.map(({ name }) => name)).toEqual(['theirs', 'mine (this page)', '']);
    expect(both[1]?.id).not.toBe('a');
    const long = merged([one('a')], [one('a', 'x'.repeat(100))], [one('a', 'y')]);
    expect(long[1]?.name).toHaveLength(100);
  });

  it('has once what both have changed alike', () => {
    expect(said(merged(base, [one('a', 'same'), one('b')], [one('a', 'same'), one('b')]))).toEqual(['a:same', 'b:']);
  });

  it('has not what either has deleted, unless the other has changed it', () => {
    expect(said(merged(base, [one('b')], base))).toEqual(['b:']);
    expect(said(merged(base, base, [one('b')]))).toEqual(['b:']);
    expect(said(merged(base, [one('b')], [one('a', 'theirs'), one('b')]))).toEqual(['a:theirs', 'b:']);
    expect(said(merged(base, [one('a', 'mine'), one('b')], [one('b')]))).toEqual(['b:', 'a:mine']);
  });
});

describe('isSame', () => {
  it('compares what they say, and not in which order their fields stand', () => {
    const { name, ...rest } = one('a', 'x');
    expect(isSame(one('a', 'x'), { name, ...rest })).toBe(true);
    expect(isSame(one('a', 'x'), one('a', 'y'))).toBe(false);
    expect(isSame(one('a'), { ...one('a'), polygons: rectangleIn({ x0: 0, y0: 0, x1: 10, y1: 11 }) })).toBe(false);
    expect(isSame(one('a'), undefined)).toBe(false);
    expect(areSame([one('a'), one('b')], [one('b'), one('a')])).toBe(false);
    expect(areSame([one('a')], [one('a'), one('b')])).toBe(false);
  });
});
