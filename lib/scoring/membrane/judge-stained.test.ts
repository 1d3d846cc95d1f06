import { describe, expect, it } from 'vitest';
import { randomSource } from '../__fixtures__/draw-scene';
import { EVIDENCE, judgeStained, stainEvidence } from './judge-stained';
import { ALONE, type MembraneSectors, NOBODY, SECTORS, UNSEEN } from './measure-membranes';

/** A cell that claims some of its sectors, each wholly; the first ones face other cells. */
type Cell = { x: number; y?: number; claimed: number; density?: number; facing?: readonly number[]; seen?: number };

const MICRONS_PER_PIXEL = 0.5;

function lay(cells: readonly Cell[]) {
  const count = cells.length;
  const sectors = {
    count,
    density: new Uint8Array(count * SECTORS),
    facing: new Uint8Array(count * SECTORS).fill(ALONE),
    neighbours: Int32Array.from(cells.flatMap(({ facing = [] }) => facing)),
    firstNeighbour: new Int32Array(count + 1),
    cytoplasm: new Float32Array(count),
  } satisfies MembraneSectors;
  const claims = new Uint8Array(count * SECTORS);
  const completeness = new Float32Array(count);
  cells.forEach(({ claimed, density = 0.4, facing = [], seen = SECTORS }, k) => {
    sectors.firstNeighbour[k + 1] = (sectors.firstNeighbour[k] as number) + facing.length;
    const from = k * SECTORS;
    facing.forEach((_other, n) => {
      sectors.facing[from + n] = n;
    });
    claims.fill(255, from, from + claimed);
    sectors.density.fill(100 * density, from, from + claimed);
    sectors.density.fill(UNSEEN, from + seen, from + SECTORS);
    completeness[k] = seen === 0 ? 0 : claimed / seen;
  });
  const density = Float32Array.from(cells, (cell) => (cell.claimed === 0 ? 0 : (cell.density ?? 0.4)));
  const [xs, ys] = [cells.map(({ x }) => x), cells.map(({ y = 0 }) => y)];
  const places = {
    centroidX: Float64Array.from(xs),
    centroidY: Float64Array.from(ys),
    micronsPerPixel: MICRONS_PER_PIXEL,
  };
  return { claimed: { claims, completeness, density }, sectors, places };
}

function judge(cells: readonly Cell[]): number[] {
  const { claimed, sectors, places } = lay(cells);
  return [...judgeStained(claimed, sectors, places)];
}

function evidenceOf(cells: readonly Cell[], k: number): Record<(typeof EVIDENCE)[number], number> {
  const { claimed, sectors, places } = lay(cells);
  const evidence = stainEvidence(claimed, sectors, places);
  return Object.fromEntries(EVIDENCE.map((name, f) => [name, evidence[k * EVIDENCE.length + f]])) as never;
}

/** A cell and ten others around it, 20 px apart. */
const among = (cell: Omit<Cell, 'x'>, others: Omit<Cell, 'x'>): Cell[] => [
  { x: 0, ...cell },
  ...Array.from({ length: 10 }, (_, n) => ({ ...others, x: n < 5 ? -20 * (n + 1) : 20 * (n - 4) })),
];
const STAINED = { claimed: SECTORS };
const UNSTAINED = { claimed: 0 };
/** The fewest sectors with which the cell is judged stained. */
const fewest = (others: Omit<Cell, 'x'>, density = 0.4): number => {
  for (let claimed = 1; claimed <= SECTORS; claimed++)
    if (judge(among({ claimed, density }, others))[0] === 1) return claimed;
  return SECTORS + 1;
};

describe('evidence', () => {
  const cells: Cell[] = [
    { x: 0, claimed: 6, density: 0.3, facing: [1, 2, NOBODY], seen: 20 },
    { x: 30, claimed: SECTORS, density: 0.6 },
    { x: 0, y: 100, claimed: 2, density: 0.5 },
    { x: 0, y: -119, claimed: 12, density: 0.4 },
    { x: 0, y: 121, claimed: SECTORS, density: 0.9 },
    { x: 10, claimed: 0, seen: 0 },
  ];
  const odds = (share: number) => Math.log((share + 0.02) / (1.02 - share));

  it('is of the cell, of those within 60 µm, and of those it faces', () => {
    // 121 px are 60.5 µm, and a cell of which nothing is seen says nothing. 2 of 24 sectors are too few to be stained.
    const { completeness, around, density, own, shared, neighbours } = evidenceOf(cells, 0);
    expect(completeness).toBeCloseTo(odds(0.3), 6);
    expect(around).toBeCloseTo(odds(2.5 / 4), 6);
    expect(density).toBeCloseTo(Math.log(0.3) - (Math.log(0.6) + Math.log(0.4)) / 2, 6);
    expect(shared).toBeCloseTo(1 / 20, 6);
    expect(own).toBeCloseTo(5 / 20, 6);
    expect(neighbours).toBeCloseTo(1 / 2, 6);
  });

  it('of a cell alone says nothing of others', () => {
    const { around, density, neighbours } = evidenceOf([{ x: 0, claimed: 12, density: 0.6 }], 0);
    expect([around, neighbours]).toEqual([0, 0]);
    expect(density).toBeCloseTo(Math.log(2), 6);
    expect(evidenceOf([{ x: 0, claimed: 0 }], 0).density).toBe(-1.5);
  });

  it('of a cell of which nothing is seen is none', () => {
    expect(Object.values(evidenceOf(cells, 5))).toEqual(EVIDENCE.map(() => 0));
  });
});

describe('a membrane', () => {
  it('of which nothing is claimed is unstained, whatever lies around', () => {
    expect(judge(among(UNSTAINED, STAINED))[0]).toBe(0);
  });

  it('that is stained all around is stained, whatever lies around', () => {
    expect(judge(among(STAINED, UNSTAINED))[0]).toBe(1);
    expect(judge([{ x: 0, claimed: SECTORS }])).toEqual([1]);
  });

  it.each([
    ['stained cells, as dense', STAINED, 0.4, 1],
    ['stained cells, half as dense', { ...STAINED, density: 0.8 }, 0.4, 2],
    ['unstained cells', UNSTAINED, 0.4, 5],
    ['unstained cells, faint', UNSTAINED, 0.15, 9],
  ] as const)('among %s is stained from some sectors on', (_what, others, density, sectors) => {
    expect(fewest(others, density)).toBe(sectors);
  });

  it('is told by every weight: a change of any shows in so many of 20,000 cells', () => {
    const random = randomSource(5);
    const count = 20_000;
    const cells = Array.from({ length: count }, (_, n) => ({
      ...{ x: 40 * (n % 140) + 20 * random(), y: 40 * Math.floor(n / 140), claimed: Math.floor(10 * random()) },
      ...{ density: 0.15 + 0.5 * random(), facing: random() < 0.5 ? [] : [Math.floor(count * random()), NOBODY] },
    }));
    expect(judge(cells).filter((is) => is === 1)).toHaveLength(15_934);
  });

  it('is judged alike in any order, and in a table of many', () => {
    const cells = Array.from({ length: 300 }, (_, n) => ({
      ...{ x: 37 * (n % 20), y: 41 * Math.floor(n / 20), claimed: (n * 7) % 9 },
      density: 0.15 + 0.01 * ((n * 11) % 40),
    }));
    const told = judge(cells);
    expect(new Set(told).size).toBe(2);
    expect(judge([...cells].reverse()).reverse()).toEqual(told);
    // Behind so many others that it is judged in another part of the table.
    const far = Array.from({ length: 49_900 }, (_, n) => ({ x: 1e6 + 200 * n, claimed: 0 }));
    expect(judge([...far, ...cells]).slice(far.length)).toEqual(told);
  });
});
