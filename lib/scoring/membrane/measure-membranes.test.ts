import { describe, expect, it } from 'vitest';
import type { Raster } from '@/lib/imaging/raster';
import { measureNuclei } from '../find/measure-nuclei';
import { readMeasured } from '../find/nucleus-planes';
import { runsOfLabels } from '../find/nucleus-runs';
import { growTerritories } from './cell-territories';
import { describeMembranes, MEMBRANE_CUTS } from './describe-membranes';
import { ALONE, type MembraneSectors, measureMembranes, NOBODY, SECTORS, UNSEEN } from './measure-membranes';

/** A cell of concentric circles; lengths in px of 0.25 µm. */
type Cell = {
  x: number;
  y: number;
  nucleus: number;
  /** Radius of the middle of the membrane; 1.5 px thick to each side. */
  membrane?: number;
  /** Density of DAB of the membrane by angle, 0 to 1 for a turn from x towards y. */
  stain?: (turn: number) => number;
  cytoplasm?: number;
};

const HEMATOXYLIN = [0.65, 0.7, 0.29].map((v) => v / Math.hypot(0.65, 0.7, 0.29));
const DAB = [0.27, 0.57, 0.78].map((v) => v / Math.hypot(0.27, 0.57, 0.78));
const WHITE = 240;

function draw(width: number, height: number, cells: readonly Cell[], white = [WHITE, WHITE, WHITE]) {
  const labelMap = { data: new Int32Array(width * height), width, height };
  const image: Raster = { data: new Uint8Array(3 * width * height), width, height, channels: 3 };
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let [dab, hematoxylin, membranes] = [0, 0, 0];
      cells.forEach((cell, k) => {
        const [dx, dy] = [x - cell.x, y - cell.y];
        const r = Math.hypot(dx, dy);
        if (r <= cell.nucleus) {
          labelMap.data[y * width + x] = k + 1;
          hematoxylin = 0.5;
          return;
        }
        const turn = (Math.atan2(dy, dx) / (2 * Math.PI) + 1) % 1;
        const middle = cell.membrane ?? cell.nucleus + 8;
        // Two membranes that lie on each other absorb twice.
        if (Math.abs(r - middle) <= 1.5) membranes += cell.stain?.(turn) ?? 0;
        else if (r < middle) dab = Math.max(dab, cell.cytoplasm ?? 0);
      });
      const density = DAB.map((of, c) => Math.max(dab, membranes) * of + hematoxylin * HEMATOXYLIN[c]);
      // No glass is darker than what the white balance takes for white.
      image.data.set(
        density.map((od, c) => Math.round(white[c] * 10 ** -od)),
        3 * (y * width + x),
      );
    }
  const measured = measureNuclei(runsOfLabels(labelMap), cells.length, readMeasured({ image, marker: null }));
  return { nuclei: { count: cells.length, labelMap, ...measured }, image };
}

function look(
  cells: readonly Cell[],
  { width = 120, height = 120, micronsPerPixel = 0.25, white = undefined as number[] | undefined } = {},
) {
  const { nuclei, image } = draw(width, height, cells, white);
  const sectors = measureMembranes(nuclei, { image, micronsPerPixel });
  return { sectors, ...describeMembranes(sectors, MEMBRANE_CUTS, { ...nuclei, micronsPerPixel }) };
}

const ring =
  (od: number, share = 1) =>
  (turn: number) =>
    turn < share ? od : 0;
const CENTRE = { x: 60, y: 60, nucleus: 14 };

describe('one cell', () => {
  it.each([0.25, 0.45, 0.9, 1.5])('has the density that its ring was drawn with: %s', (od) => {
    const { completeness, density } = look([{ ...CENTRE, stain: ring(od) }]);
    expect(completeness[0]).toBe(1);
    expect(Math.abs(density[0] / od - 1)).toBeLessThan(0.08);
  });

  it.each([0.125, 0.25, 0.5, 0.75])('has the completeness that its ring was drawn with: %s', (share) => {
    const { completeness, density } = look([{ ...CENTRE, stain: ring(0.8, share) }]);
    expect(Math.abs(completeness[0] - share)).toBeLessThanOrEqual(1 / SECTORS);
    expect(density[0]).toBeGreaterThan(0.7);
  });

  it('adds up patches', () => {
    const patches = (turn: number) => (Math.floor(turn * 6) % 2 === 0 ? 0.8 : 0);
    expect(look([{ ...CENTRE, stain: patches }]).completeness[0]).toBeCloseTo(0.5, 1);
  });

  it.each([10, 14, 22])('finds the membrane however far from the nucleus: %s px', (gap) => {
    const { completeness } = look([{ ...CENTRE, membrane: CENTRE.nucleus + gap - 6, stain: ring(0.8) }]);
    expect(completeness[0]).toBe(1);
  });

  it('has no membrane without brown, however blue its nucleus', () => {
    const { completeness, density, cytoplasm } = look([CENTRE]);
    expect([completeness[0], density[0], cytoplasm[0]]).toEqual([0, 0, 0]);
  });

  it('has no membrane where the cytoplasm alone is stained', () => {
    const { completeness, cytoplasm } = look([{ ...CENTRE, membrane: CENTRE.nucleus + 14, cytoplasm: 0.5 }]);
    expect(completeness[0]).toBe(0);
    expect(cytoplasm[0]).toBeCloseTo(0.5, 1);
  });

  it('has a membrane over a stained cytoplasm, and both densities', () => {
    const { completeness, density, cytoplasm } = look([
      { ...CENTRE, membrane: CENTRE.nucleus + 12, stain: ring(1), cytoplasm: 0.3 },
    ]);
    expect(completeness[0]).toBe(1);
    expect(density[0]).toBeCloseTo(1, 1);
    expect(cytoplasm[0]).toBeCloseTo(0.3, 1);
  });

  it('is measured alike under a yellow lamp', () => {
    const { completeness, density } = look([{ ...CENTRE, stain: ring(0.6, 0.5) }], { white: [240, 232, 190] });
    expect(Math.abs(completeness[0] - 0.5)).toBeLessThanOrEqual(1 / SECTORS);
    expect(density[0]).toBeCloseTo(0.6, 1);
  });

  it('is told apart from what is below the weakest cut point', () => {
    const { nuclei, image } = draw(120, 120, [{ ...CENTRE, stain: ring(0.3) }]);
    const sectors = measureMembranes(nuclei, { image, micronsPerPixel: 0.25 });
    const places = { ...nuclei, micronsPerPixel: 0.25 };
    expect(describeMembranes(sectors, { weak: 0.25 }, places).completeness[0]).toBe(1);
    expect(describeMembranes(sectors, { weak: 0.35 }, places).completeness[0]).toBe(0);
  });

  it('does not count what lies past the reach of a cell', () => {
    const { nuclei, image } = draw(160, 160, [{ x: 80, y: 80, nucleus: 14, membrane: 14 + 30, stain: ring(0.8) }]);
    const within = (reachUm: number) =>
      describeMembranes(measureMembranes(nuclei, { image, micronsPerPixel: 0.25, reachUm }), MEMBRANE_CUTS, {
        ...nuclei,
        micronsPerPixel: 0.25,
      });
    expect(within(5).completeness[0]).toBe(0);
    expect(within(8).completeness[0]).toBe(1);
  });
});

describe('at the edge of the picture', () => {
  it('only sectors that are seen count', () => {
    const { sectors, completeness } = look([{ x: 4, y: 60, nucleus: 14, stain: ring(0.8) }]);
    const unseen = sectors.density.filter((value) => value === UNSEEN).length;
    expect(unseen).toBeGreaterThan(SECTORS / 4);
    expect(unseen).toBeLessThan(SECTORS * 0.7);
    expect(completeness[0]).toBe(1);
  });

  it('a picture of one nucleus from edge to edge has nothing to tell', () => {
    const { sectors, completeness } = look([{ x: 10, y: 10, nucleus: 40 }], { width: 20, height: 20 });
    expect(sectors.density.every((value) => value === UNSEEN)).toBe(true);
    expect(completeness[0]).toBe(0);
  });
});

/** The nucleus whose cell begins where a sector ends. */
function facingOf({ facing, neighbours, firstNeighbour }: MembraneSectors, sector: number): number {
  const first = firstNeighbour[Math.floor(sector / SECTORS)] as number;
  return facing[sector] === ALONE ? NOBODY : (neighbours[first + (facing[sector] as number)] as number);
}

describe('neighbours', () => {
  /** A row of cells whose membranes meet: 22 px from each centre to the border. */
  const row = (stains: readonly (Cell['stain'] | undefined)[]) =>
    look(
      stains.map((stain, n) => ({ x: 40 + 44 * n, y: 60, nucleus: 14, membrane: 22, ...(stain && { stain }) })),
      { width: 44 * stains.length + 40 },
    );

  it('know each other where their cells meet', () => {
    const { sectors } = row([ring(0.8), ring(0.8)]);
    expect(facingOf(sectors, 0)).toBe(1);
    expect(facingOf(sectors, SECTORS + SECTORS / 2)).toBe(0);
    expect(facingOf(sectors, SECTORS / 2)).toBe(NOBODY);
  });

  it('that are stained are complete, with the membrane between them', () => {
    const { completeness } = row([ring(0.8), ring(0.8), ring(0.8)]);
    for (const share of completeness) expect(share).toBeGreaterThan(0.9);
  });

  it('do not make an unstained cell between them stained', () => {
    const { completeness } = row([ring(0.8), undefined, ring(0.8)]);
    expect(completeness[0]).toBeGreaterThan(0.9);
    expect(completeness[1]).toBeLessThan(0.1);
  });

  it('are told the same in any order', () => {
    const cells = [ring(0.8), ring(0.6, 0.3), undefined, ring(0.5), ring(0.7, 0.6)].map((stain, n) => ({
      ...{ x: 40 + 44 * (n % 3), y: 40 + 44 * Math.floor(n / 3), nucleus: 14, membrane: 22 },
      ...(stain && { stain }),
    }));
    const there = look(cells, { width: 170 });
    const reversed = look([...cells].reverse(), { width: 170 });
    expect([...reversed.completeness].reverse()).toEqual([...there.completeness]);
    expect([...reversed.density].reverse()).toEqual([...there.density]);
  });

  it('with a stained cytoplasm alone do not make it stained either', () => {
    const at = (n: number) => ({ x: 40 + 54 * n, y: 60, nucleus: 14, membrane: n === 1 ? 20 : 33 });
    const { completeness, cytoplasm } = look([{ ...at(0), cytoplasm: 0.8 }, at(1), { ...at(2), cytoplasm: 0.8 }], {
      width: 190,
    });
    expect(cytoplasm[0]).toBeGreaterThan(0.5);
    for (const share of completeness) expect(share).toBeLessThan(0.1);
  });

  it('whose nuclei touch have the membrane at their far sides', () => {
    const touching = [
      { x: 45, y: 60, nucleus: 14, stain: (turn: number) => (turn > 0.25 && turn < 0.75 ? 0.8 : 0) },
      { x: 74, y: 60, nucleus: 14, stain: (turn: number) => (turn < 0.25 || turn > 0.75 ? 0.8 : 0) },
    ];
    const { completeness, density } = look(touching);
    for (const k of [0, 1]) {
      expect(completeness[k]).toBeGreaterThan(0.4);
      expect(completeness[k]).toBeLessThan(0.65);
      expect(density[k]).toBeGreaterThan(0.6);
    }
  });

  it('that are debris end no cell', () => {
    const { sectors, completeness } = look([
      { ...CENTRE, stain: ring(0.8) },
      { x: 78, y: 60, nucleus: 2.5 },
    ]);
    expect(completeness[0]).toBe(1);
    expect(sectors.facing.every((entry) => entry === ALONE)).toBe(true);
    expect(sectors.density.subarray(SECTORS).every((value) => value === UNSEEN)).toBe(true);
  });
});

it('half the resolution gives the same, within a sector and a tenth', () => {
  const cell = { x: 30, y: 30, nucleus: 7, membrane: 12, stain: ring(0.8, 0.5) };
  const { completeness, density } = look([cell], { width: 60, height: 60, micronsPerPixel: 0.5 });
  expect(Math.abs(completeness[0] - 0.5)).toBeLessThanOrEqual(1.5 / SECTORS);
  expect(density[0]).toBeCloseTo(0.8, 1);
});

it('a tall picture is measured in strips as if at once', () => {
  const cells = Array.from({ length: 60 }, (_, n) => ({
    ...{ x: 40 + (n % 3) * 37, y: 30 + Math.floor(n / 3) * 41, nucleus: 12, membrane: 20 },
    stain: ring(0.3 + 0.01 * n, ((n * 7) % 10) / 10),
  }));
  const { sectors } = look(cells, { width: 160, height: 860 });
  // The cells of the middle, alone in a picture that is low enough for one strip, and with the same white.
  const [from, height] = [360, 200];
  const inside = cells.filter(({ y }) => y > from - 30 && y < from + height + 30);
  const alone = look(
    inside.map((cell) => ({ ...cell, y: cell.y - from })),
    { width: 160, height },
  );
  inside.forEach((cell, n) => {
    if (cell.y < from + 50 || cell.y > from + height - 50) return;
    const k = cells.indexOf(cell);
    const of = (table: Uint8Array, entry: number) => [...table.subarray(entry * SECTORS, (entry + 1) * SECTORS)];
    expect(of(sectors.density, k)).toEqual(of(alone.sectors.density, n));
    expect(sectors.cytoplasm[k]).toBe(alone.sectors.cytoplasm[n]);
  });
});

it('pixels go to the nearest nucleus within reach', () => {
  const [width, height, reach] = [37, 29, 6.5];
  const labels = new Int32Array(width * height);
  for (let n = 0; n < 14; n++) labels[(n * 7919 + 131) % labels.length] = n + 1;
  const owners = growTerritories(labels, width, height, reach);
  for (let i = 0; i < labels.length; i++) {
    const distanceTo = (j: number) =>
      Math.hypot((i % width) - (j % width), Math.floor(i / width) - Math.floor(j / width));
    const all = [...labels.keys()].filter((j) => labels[j] > 0);
    const nearest = Math.min(...all.map(distanceTo));
    if (nearest > reach) expect(owners[i]).toBe(0);
    else expect(all.some((j) => labels[j] === owners[i] && distanceTo(j) === nearest)).toBe(true);
  }
});
