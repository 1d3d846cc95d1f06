import { describe, expect, it } from 'vitest';
import { KINDS, type NucleusKind } from '../classify/kinds';
import { MEMBRANE_CUTS, type Membranes } from './describe-membranes';
import { her2Pattern, type MembraneBins, scoreMembranes } from './score-membranes';

type Cell = [
  kind: NucleusKind,
  completeness: number,
  density: number,
  cytoplasm?: number,
  counted?: number,
  likelihood?: number,
];

function score(cells: readonly Cell[]) {
  const membranes: Membranes = {
    completeness: Float32Array.from(cells, ([, share]) => share),
    density: Float32Array.from(cells, ([, , density]) => density),
    cytoplasm: Float32Array.from(cells, ([, , , cytoplasm = 0]) => cytoplasm),
  };
  const counted = Uint8Array.from(cells, ([, , , , isCounted = 1]) => isCounted);
  const kind = Uint8Array.from(cells, ([name]) => KINDS.indexOf(name));
  const likelihood = Float32Array.from(cells, ([, , , , , of = 1]) => of);
  return scoreMembranes(membranes, { counted, kind, likelihood }, MEMBRANE_CUTS);
}

describe('tumour cells', () => {
  it('are counted by completeness and density; a cut point itself is reached', () => {
    const { partial, complete, moderate, strong } = MEMBRANE_CUTS;
    const { bins, tumour } = score([
      ['tumour', 0.5 * partial, 0.9],
      ['tumour', partial, 0.3],
      ['tumour', 0.7, 0.5],
      ['tumour', 0.7, 0.9],
      ['tumour', 1, 0.3],
      ['tumour', 1, moderate + 0.01],
      ['tumour', complete + 0.01, strong + 0.01],
    ]);
    expect(bins).toEqual({
      none: 1,
      incomplete: { weak: 1, moderate: 1, strong: 1 },
      complete: { weak: 1, moderate: 1, strong: 1 },
    });
    expect([tumour.positive, tumour.total]).toEqual([6, 7]);
  });

  it('are those that count', () => {
    const { bins, tumour } = score([
      ['tumour', 1, 0.9],
      ['tumour', 1, 0.9, 0, 0],
    ]);
    expect(tumour.total).toBe(1);
    expect(bins.complete.strong).toBe(1);
  });

  it('are in no number where their kind is unsure; other kinds need not be sure', () => {
    const { bins, tumour, unsure, immune, cps } = score([
      ...Array.from({ length: 2 }, (): Cell => ['tumour', 1, 0.9]),
      ['tumour', 1, 0.9, 0, 1, 0.9],
      ['tumour', 0, 0, 0, 1, 0.89],
      ['tumour', 1, 0.9, 0, 1, 0.5],
      ['tumour', 1, 0.9, 0, 0, 0.5],
      ['lymphocyte', 0, 0, 0, 1, 0.5],
    ]);
    expect([tumour.positive, tumour.total, unsure]).toEqual([3, 3, 2]);
    expect([bins.none, bins.complete.strong, immune.total, cps]).toEqual([0, 3, 1, 100]);
  });

  it('are the likelier half where fewer than half are sure', () => {
    const { bins, tumour, unsure } = score([
      ['tumour', 1, 0.9, 0, 1, 0.95],
      ['tumour', 1, 0.9, 0, 1, 0.8],
      ['tumour', 0, 0, 0, 1, 0.7],
      ['tumour', 0, 0, 0, 1, 0.7],
      ['tumour', 1, 0.9, 0, 1, 0.6],
      ['tumour', 1, 0.9, 0, 1, 0.5],
      // Neither of them counts.
      ['tumour', 1, 0.9, 0, 0, 1],
      ['stroma', 1, 0.9, 0, 1, 1],
    ]);
    expect([tumour.positive, tumour.total, unsure, bins.none]).toEqual([2, 4, 2, 2]);
  });

  it('with a stained cytoplasm alone are negative', () => {
    expect(score([['tumour', 0, 0, 0.9]]).tumour.positive).toBe(0);
  });
});

describe('scores of PD-L1', () => {
  const tumour = (count: number, share: number): Cell[] => Array.from({ length: count }, () => ['tumour', share, 0.5]);

  it('TPS is the percentage of tumour cells, CPS adds immune cells to its numerator alone', () => {
    const { tumour: index, cps } = score([
      ...tumour(2, 1),
      ...tumour(8, 0),
      ['lymphocyte', 1, 0.5],
      ['lymphocyte', 0, 0],
      ['other', 0, 0, 0.6],
      ['stroma', 1, 0.9],
    ]);
    expect(index.percentPositive).toBe(20);
    expect(cps).toBe(40);
  });

  it('CPS is 100 at most, and there is none without tumour cells', () => {
    const lymphocytes: Cell[] = Array.from({ length: 5 }, () => ['lymphocyte', 1, 0.5]);
    expect(score([...tumour(2, 1), ...lymphocytes]).cps).toBe(100);
    const without = score(lymphocytes);
    expect([without.cps, without.her2, without.tumour.total]).toEqual([null, null, 0]);
  });
});

describe('the pattern of HER2', () => {
  const cells = (
    part: { none: number } & { [of in 'incomplete' | 'complete']?: Partial<MembraneBins['complete']> },
  ) => {
    const none = { weak: 0, moderate: 0, strong: 0 };
    return { none: part.none, incomplete: { ...none, ...part.incomplete }, complete: { ...none, ...part.complete } };
  };

  it.each([
    [3, cells({ none: 89, complete: { strong: 11 } })],
    [2, cells({ none: 89, complete: { strong: 10, weak: 1 } })],
    [2, cells({ none: 0, incomplete: { strong: 89 }, complete: { moderate: 11 } })],
    [1, cells({ none: 89, incomplete: { weak: 1 }, complete: { strong: 10 } })],
    [1, cells({ none: 0, incomplete: { strong: 100 } })],
    [0, cells({ none: 90, incomplete: { weak: 10 } })],
    [0, cells({ none: 5 })],
    [null, cells({ none: 0 })],
  ] as const)('is %s: more than 10 %% are needed', (pattern, bins) => {
    expect(her2Pattern(bins)).toBe(pattern);
  });
});
