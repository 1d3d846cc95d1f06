import { describe, expect, it } from 'vitest';
import { claimStain, MEMBRANE_CUTS } from './describe-membranes';
import { ALONE, type MembraneSectors, NOBODY, SECTORS } from './measure-membranes';

/** A stretch of a cell's membrane: so many sectors of a density, which face another cell or no one. */
type Stretch = { sectors: number; density: number; facing?: number };
type Cell = { stretches: readonly Stretch[]; cytoplasm?: number };

function tell(cells: readonly Cell[], weak = MEMBRANE_CUTS.weak) {
  const neighbours: number[] = [];
  const firstNeighbour = [0];
  const [density, facing]: [number[], number[]] = [[], []];
  for (const { stretches } of cells) {
    const own = [...new Set(stretches.flatMap(({ facing: other }) => (other === undefined ? [] : [other])))];
    for (const { sectors, density: od, facing: other } of stretches)
      for (let s = 0; s < sectors; s++) {
        density.push(Math.round(100 * od));
        facing.push(other === undefined ? ALONE : own.indexOf(other));
      }
    neighbours.push(...own);
    firstNeighbour.push(neighbours.length);
  }
  expect(density).toHaveLength(SECTORS * cells.length);
  const sectors: MembraneSectors = {
    count: cells.length,
    density: Uint8Array.from(density),
    facing: Uint8Array.from(facing),
    neighbours: Int32Array.from(neighbours),
    firstNeighbour: Int32Array.from(firstNeighbour),
    cytoplasm: Float32Array.from(cells, ({ cytoplasm = 0.02 }) => cytoplasm),
  };
  return claimStain(sectors, { weak });
}

/** Two cells that meet along 8 of their 24 sectors. */
const pair = (border: number, [first, second]: readonly [number, number]): Cell[] => [
  {
    stretches: [
      { sectors: 16, density: first },
      { sectors: 8, density: border, facing: 1 },
    ],
  },
  {
    stretches: [
      { sectors: 16, density: second },
      { sectors: 8, density: border, facing: 0 },
    ],
  },
];

describe('stain between two cells', () => {
  it('is both, where it is as dense as both membranes together', () => {
    const { completeness } = tell(pair(1, [0.5, 0.5]));
    for (const share of completeness) expect(share).toBeGreaterThan(0.95);
  });

  it('is the one that is stained elsewhere, where it is no denser', () => {
    const { completeness, density } = tell(pair(0.5, [0.5, 0.02]));
    expect(completeness[0]).toBeGreaterThan(0.95);
    expect(density[0]).toBeCloseTo(0.5, 2);
    expect(completeness[1]).toBeLessThan(0.05);
  });

  it('is also the one that is stained nowhere else, where it is much denser', () => {
    const { completeness } = tell(pair(1, [0.5, 0.02]));
    expect(completeness[0]).toBeGreaterThan(0.95);
    expect(completeness[1]).toBeGreaterThan(0.24);
    expect(completeness[1]).toBeLessThan(0.34);
  });

  it('is shared where neither is stained elsewhere', () => {
    const { completeness } = tell(pair(0.5, [0.02, 0.02]));
    expect(completeness[0]).toBe(completeness[1]);
    expect(completeness[0]).toBeGreaterThan(0.12);
  });

  it('goes with an arc that leads to it', () => {
    const sectors = (density: number, count: number, facing?: number) =>
      facing === undefined ? { sectors: count, density } : { sectors: count, density, facing };
    const { completeness } = tell([
      { stretches: [sectors(0.5, 4), sectors(0.02, 12), sectors(0.5, 8, 1)] },
      { stretches: [sectors(0.02, 4), sectors(0.5, 4), sectors(0.02, 8), sectors(0.5, 8, 0)] },
    ]);
    expect(completeness[0]).toBeGreaterThan(completeness[1] as number);
  });

  it('makes little of a cell stained that stained ones surround', () => {
    const around = (facing: number): Stretch => ({ sectors: 8, density: 0.6, facing });
    const ring = (n: number): Cell => ({
      stretches: [
        { sectors: 18, density: 0.6 },
        { sectors: 6, density: 0.6, facing: n },
      ],
    });
    const { completeness } = tell([{ stretches: [around(1), around(2), around(3)] }, ring(0), ring(0), ring(0)]);
    expect(completeness[0]).toBeLessThan(0.3);
    for (const share of completeness.subarray(1)) expect(share).toBeGreaterThan(0.95);
  });

  it('is that of a stained cytoplasm rather than of an unstained membrane', () => {
    const macrophage: Cell = {
      stretches: [
        { sectors: 16, density: 0.5 },
        { sectors: 8, density: 0.5, facing: 1 },
      ],
      cytoplasm: 0.4,
    };
    const [, unstained] = pair(0.5, [0.5, 0.02]);
    const { completeness } = tell([macrophage, unstained as Cell]);
    expect(completeness[1]).toBeLessThan(0.05);
  });

  it('is the cell of which alone something is known', () => {
    const [first] = pair(0.5, [0.02, 0.02]);
    const facing = (first as Cell).stretches.map((one) =>
      one.facing === undefined ? one : { ...one, facing: NOBODY },
    );
    expect(tell([{ stretches: facing }]).completeness[0]).toBeCloseTo(8 / SECTORS, 6);
  });
});

it('a membrane that optics make fainter than 0.2 is claimed', () => {
  const faint: Cell[] = [{ stretches: [{ sectors: SECTORS, density: 0.17 }] }];
  expect(tell(faint).completeness[0]).toBe(1);
  expect(tell(faint, 0.2).completeness[0]).toBe(0);
});
