import { describe, expect, it } from 'vitest';
import { NUCLEI } from './__fixtures__/drawn-nuclei';
import { markNuclei } from './mark-nuclei';

const box = (x0: number, y0: number, x1: number, y1: number) =>
  [
    [
      [x0, y0],
      [x1, y0],
      [x1, y1],
      [x0, y1],
      [x0, y0],
    ],
  ] as const;

describe('marks of nuclei', () => {
  it('name the regions that hold the centre', () => {
    const regions = [
      { name: 'left', rings: box(0, 0, 4, 10) },
      { name: 'upper', rings: box(0, 0, 10, 4) },
    ];
    const marked = markNuclei(NUCLEI, { regions, corrections: [] });
    // A block, one pixel, two pixels at a corner, a ring, an open ring.
    expect(marked.map((nucleus) => nucleus.regions)).toEqual(['left; upper', 'upper', 'upper', 'left', '']);
  });

  it('tell what a person corrected, the last correction of each', () => {
    const corrections = [
      { kind: 'add', x: 1.9, y: 1, positive: true },
      { kind: 'class', x: 1, y: 1, positive: false },
      { kind: 'add', x: 5, y: 0, positive: true },
      // In the hole of the ring, and on glass: nobody's.
      { kind: 'class', x: 1.5, y: 5.5, positive: true },
      { kind: 'delete', x: 9, y: 3 },
    ] as const;
    const marked = markNuclei(NUCLEI, { regions: [], corrections });
    expect(marked.map(({ corrected }) => corrected)).toEqual(['class', 'add', '', '', '']);
  });
});
