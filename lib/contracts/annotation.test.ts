import { describe, expect, it } from 'vitest';
import {
  Annotation,
  Annotations,
  annotationTitle,
  coreAddress,
  countVertices,
  MAX_ANNOTATION_VERTICES,
  MAX_ANNOTATIONS,
  parseCoreAddress,
} from './annotation';

const square = [
  [
    [
      [0, 0],
      [4, 0],
      [4, 4],
      [0, 4],
    ],
  ],
];
const one = (more: object = {}) => ({ id: 'abcdefgh', class: 'tumour', polygons: square, ...more });
const numbered = (count: number, more: (i: number) => object = () => ({})) =>
  Array.from({ length: count }, (_, i) => one({ id: `annotation-${i}`, ...more(i) }));
const reasons = (annotations: unknown) =>
  Annotations.safeParse({ revision: 0, annotations }).error?.issues.map(({ message }) => message);

describe('Annotation', () => {
  it('needs an id, a class and an outline, and fills in the rest', () => {
    expect(Annotation.parse(one())).toEqual({
      ...one(),
      name: '',
      shape: 'polygon',
      is_locked: false,
      is_hidden: false,
      origin: 'drawn',
      core: null,
      rating: null,
    });
  });

  it.each([
    ['an id of 7 letters', { id: 'abcdefg' }],
    ['an id of 33 letters', { id: 'a'.repeat(33) }],
    ['an id with a slash', { id: 'abcdefg/' }],
    ['an unknown class', { class: 'tumor' }],
    ['a name of 101 letters', { name: 'a'.repeat(101) }],
    ['no polygon', { polygons: [] }],
    ['a polygon without rings', { polygons: [[]] }],
    ['a ring of two points', { polygons: [[square[0]?.[0]?.slice(0, 2)]] }],
    ['a point of one number', { polygons: [[[[0, 0], [1, 0], [1]]]] }],
    [
      'a number that is none',
      {
        polygons: [
          [
            [
              [0, 0],
              [1, 0],
              [Number.NaN, 1],
            ],
          ],
        ],
      },
    ],
    [
      'a place far outside',
      {
        polygons: [
          [
            [
              [0, 0],
              [1, 0],
              [10_000_001, 1],
            ],
          ],
        ],
      },
    ],
    ['an unknown field', { colour: 'red' }],
    ['a core above the grid', { core: { row: -1, column: 0 } }],
  ])('refuses %s', (_, more) => {
    expect(Annotation.safeParse(one(more)).success).toBe(false);
  });
});

describe('Annotations', () => {
  it('may be 2000, not one more', () => {
    expect(reasons(numbered(MAX_ANNOTATIONS))).toBeUndefined();
    expect(reasons(numbered(MAX_ANNOTATIONS + 1))).toHaveLength(1);
  });

  it('may have 200,000 vertices together, not one more', () => {
    const ring = (length: number) => Array.from({ length }, (_, i) => [i, i % 7]);
    const half = MAX_ANNOTATION_VERTICES / 2;
    const of = (last: number) => numbered(2, (i) => ({ polygons: [[ring(i === 0 ? half : last)]] }));
    expect(reasons(of(half))).toBeUndefined();
    expect(reasons(of(half + 1))).toEqual(['all annotations together may have 200000 vertices, these have 200001']);
  });

  it('have ids of their own', () => {
    expect(reasons([one(), one()])).toEqual(['every annotation needs an id of its own; 1 are repeated']);
  });
});

describe('countVertices', () => {
  it('counts holes and further polygons', () => {
    const { polygons } = Annotation.parse(one({ polygons: [[...(square[0] ?? []), ...(square[0] ?? [])], ...square] }));
    expect(countVertices([{ polygons }])).toBe(12);
  });
});

describe('annotationTitle', () => {
  it.each([
    ['B7', '', { row: 1, column: 6 }],
    ['B7', 'B7', { row: 1, column: 6 }],
    ['B7 Case 12', 'Case 12', { row: 1, column: 6 }],
    ['Nest', 'Nest', null],
    ['', '', null],
  ])('is %j', (title, name, core) => {
    expect(annotationTitle({ name, core })).toBe(title);
  });
});

describe('coreAddress', () => {
  it.each([
    [0, 0, 'A1'],
    [1, 6, 'B7'],
    [25, 9, 'Z10'],
    [26, 0, 'AA1'],
    [701, 0, 'ZZ1'],
    [702, 0, 'AAA1'],
  ])('row %i, column %i is %s', (row, column, address) => {
    expect(coreAddress({ row, column })).toBe(address);
  });
});

describe('parseCoreAddress', () => {
  it('reads every address that is written', () => {
    for (const core of [
      { row: 0, column: 0 },
      { row: 25, column: 11 },
      { row: 26, column: 998 },
      { row: 701, column: 5 },
    ])
      expect(parseCoreAddress(coreAddress(core))).toEqual(core);
    expect(parseCoreAddress(' b7 ')).toEqual({ row: 1, column: 6 });
  });

  it.each(['', 'B', '7', 'B0', 'B-1', 'AAA1', 'B1000', '7B', 'B 7'])('reads none in %j', (text) => {
    expect(parseCoreAddress(text)).toBeNull();
  });
});
