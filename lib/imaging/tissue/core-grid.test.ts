import { describe, expect, it } from 'vitest';
import type { Mask } from '@/lib/imaging/raster';
import { insideRoi } from '@/lib/scoring/gate/roi';
import { blob, DrawnSlide, stroke } from './__fixtures__/draw-glass';
import { type CoreGrid, findCoreGrid } from './core-grid';
import { editCoreGrid } from './edit-core-grid';
import { findTissue } from './find-tissue';

const UM = 8;
type Drawn = { row: number; column: number; x: number; y: number };
type Layout = {
  rows?: number;
  columns?: number;
  degrees?: number;
  pitch?: [x: number, y: number];
  missing?: [row: number, column: number][];
  radius?: number;
  jitter?: number;
  /** Extra space before this column. */
  sector?: { column: number; gap: number };
  shape?: (core: Drawn, radius: number) => ((x: number, y: number) => boolean) | null;
};

const SIZE = { width: 1300, height: 1000 };

/** Cores of 1 mm on a mask of 8 µm per pixel. */
function drawArray(layout: Layout = {}): { mask: Mask; cores: Drawn[] } {
  const { rows = 5, columns = 8, degrees = 0, pitch = [110, 110], missing = [], radius = 38, jitter = 0 } = layout;
  const { sector, shape = (core, r) => blob(core, r, 0) } = layout;
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const mask: Mask = { data: new Uint8Array(SIZE.width * SIZE.height), ...SIZE };
  const cores: Drawn[] = [];
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return 2 * (state / 2 ** 32) - 1;
  };
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const space = sector && column >= sector.column ? sector.gap : 0;
      const u = (column - (columns - 1) / 2) * pitch[0] + space + jitter * random();
      const v = (row - (rows - 1) / 2) * pitch[1] + jitter * random();
      const core = { row, column, x: 640 + u * cos - v * sin, y: 500 + u * sin + v * cos };
      if (missing.some(([r, c]) => r === row && c === column)) continue;
      const isInside = shape(core, radius);
      if (isInside === null) continue;
      cores.push(core);
      for (let y = Math.max(0, Math.floor(core.y - 80)); y < Math.min(SIZE.height, core.y + 80); y++)
        for (let x = Math.max(0, Math.floor(core.x - 80)); x < Math.min(SIZE.width, core.x + 80); x++)
          if (isInside(x + 0.5, y + 0.5)) mask.data[y * SIZE.width + x] = 1;
    }
  return { mask, cores };
}

/** On a slide of 32 px for each pixel of the mask. */
const SLIDE = { width: 32 * SIZE.width, height: 32 * SIZE.height };
const find = (mask: Mask) => findCoreGrid(mask, UM, SLIDE);

function expectCores(grid: CoreGrid | null, drawn: readonly Drawn[], within = 6): void {
  const there = grid?.cores.filter(({ polygons }) => polygons.length > 0) ?? [];
  expect(there.map(({ row, column }) => [row, column])).toEqual(drawn.map(({ row, column }) => [row, column]));
  for (const [i, { x, y }] of drawn.entries())
    expect(Math.hypot(there[i].x / 32 - x, there[i].y / 32 - y)).toBeLessThan(within);
}

describe('the grid of a tissue microarray', () => {
  it.each([0, 3, -7, 12, -20, 40])('is found at %d degrees', (degrees) => {
    const { mask, cores } = drawArray({ degrees, jitter: 6 });
    const grid = find(mask);
    expect(grid).toMatchObject({ rows: 5, columns: 8 });
    expect(Math.abs((grid?.degrees ?? 99) - degrees)).toBeLessThan(1.5);
    expectCores(grid, cores);
  });

  it.each([0, 8])('keeps its addresses where cores are missing, at the corners too (%d degrees)', (degrees) => {
    const missing: [number, number][] = [
      [0, 0],
      [0, 1],
      [2, 3],
      [2, 4],
      [4, 7],
      [3, 7],
      [1, 5],
    ];
    const { mask, cores } = drawArray({ degrees, missing, jitter: 5 });
    const grid = find(mask);
    expect(grid).toMatchObject({ rows: 5, columns: 8 });
    expectCores(grid, cores);
    expect(grid?.cores).toHaveLength(40);
    // A place where nothing is still has its middle.
    const gap = grid?.cores.find(({ row, column }) => row === 2 && column === 3);
    const whole = drawArray({ degrees }).cores.find(({ row, column }) => row === 2 && column === 3);
    expect(gap?.polygons).toEqual([]);
    expect(Math.hypot((gap?.x ?? 0) / 32 - (whole?.x ?? 0), (gap?.y ?? 0) / 32 - (whole?.y ?? 0))).toBeLessThan(10);
  });

  it('counts a row that is missing altogether', () => {
    const missing = Array.from({ length: 8 }, (_, column): [number, number] => [2, column]);
    const { mask, cores } = drawArray({ missing });
    expect(find(mask)).toMatchObject({ rows: 5, columns: 8 });
    expectCores(find(mask), cores);
  });

  it('has sectors with wider gaps', () => {
    const { mask, cores } = drawArray({ sector: { column: 4, gap: 60 } });
    expect(find(mask)).toMatchObject({ rows: 5, columns: 8 });
    expectCores(find(mask), cores);
  });

  it('may be wider than high between its cores', () => {
    const { mask, cores } = drawArray({ pitch: [150, 95], degrees: 4 });
    expectCores(find(mask), cores);
  });

  it('has broken cores as one', () => {
    const shape = (core: Drawn, radius: number) => {
      const round = blob(core, radius);
      if ((core.row + core.column) % 5 === 0) {
        const crack = stroke({ x: core.x - 50, y: core.y - 20 }, { x: core.x + 50, y: core.y + 25 }, 12);
        return (x: number, y: number) => round(x, y) && !crack(x, y);
      }
      // A half, and a crescent.
      if (core.column === 3 && core.row === 1) return (x: number, y: number) => round(x, y) && x > core.x;
      if (core.column === 6 && core.row === 2)
        return (x: number, y: number) => round(x, y) && Math.hypot(x - core.x, y - core.y - 25) > 30;
      return round;
    };
    const { mask, cores } = drawArray({ shape });
    const grid = find(mask);
    expect(grid).toMatchObject({ rows: 5, columns: 8 });
    expectCores(grid, cores, 25);
    const broken = grid?.cores.find(({ row, column }) => row === 0 && column === 0);
    expect(broken?.polygons).toHaveLength(2);
  });

  it('parts cores that touch', () => {
    const { mask, cores } = drawArray({
      pitch: [80, 100],
      shape: (core, radius) => blob(core, core.row === 2 ? radius + 3 : radius),
    });
    const grid = find(mask);
    expectCores(grid, cores);
    for (const { x, y } of cores) {
      const holders = grid?.cores.filter(({ polygons }) => insideRoi(polygons)(32 * x, 32 * y));
      expect(holders).toHaveLength(1);
    }
  });

  it('is not disturbed by crumbs between cores', () => {
    const { mask, cores } = drawArray();
    for (const [x, y, radius] of [
      [640, 555, 22],
      [695, 335, 20],
      [250, 335, 9],
      [1200, 100, 9],
    ] as const)
      for (let i = 0; i < mask.data.length; i++)
        if (Math.hypot((i % SIZE.width) - x, Math.floor(i / SIZE.width) - y) < radius) mask.data[i] = 1;
    expectCores(find(mask), cores);
  });

  it('is found on a picture, from the glass on', () => {
    const slide = new DrawnSlide(500, 400);
    for (let row = 0; row < 3; row++)
      for (let column = 0; column < 4; column++)
        if (row !== 1 || column !== 2)
          slide.tissue(blob({ x: 85 + 110 * column, y: 90 + 110 * row }, 38), [180, 150, 150]);
    const grid = findCoreGrid(findTissue(slide.picture, UM), UM, { width: 16_000, height: 12_800 });
    expect(grid).toMatchObject({ rows: 3, columns: 4 });
    expect(grid?.cores.filter(({ polygons }) => polygons.length === 0).map(({ row, column }) => [row, column])).toEqual(
      [[1, 2]],
    );
  });

  it('is none in a section, a few biopsies, or nothing', () => {
    const section: Mask = { data: new Uint8Array(SIZE.width * SIZE.height), ...SIZE };
    expect(find(section)).toBeNull();
    const fill = (isInside: (x: number, y: number) => boolean) => {
      for (let i = 0; i < section.data.length; i++)
        if (isInside(i % SIZE.width, Math.floor(i / SIZE.width))) section.data[i] = 1;
    };
    fill(blob({ x: 500, y: 500 }, 300, 5));
    expect(find(section)).toBeNull();
    fill(stroke({ x: 900, y: 100 }, { x: 1200, y: 800 }, 60));
    fill(stroke({ x: 1000, y: 100 }, { x: 1250, y: 600 }, 60));
    expect(find(section)).toBeNull();
  });
});

describe('corrected rows and columns', () => {
  const cores = [
    { row: 0, column: 0 },
    { row: 0, column: 2 },
    { row: 1, column: 1 },
  ];
  const addresses = (edit: Parameters<typeof editCoreGrid>[1]) =>
    editCoreGrid(cores, edit).map((core) => core && [core.row, core.column]);

  it('move the addresses behind them', () => {
    expect(addresses({ kind: 'insert', axis: 'column', before: 1 })).toEqual([
      [0, 0],
      [0, 3],
      [1, 2],
    ]);
    expect(addresses({ kind: 'insert', axis: 'row', before: 0 })).toEqual([
      [1, 0],
      [1, 2],
      [2, 1],
    ]);
    expect(addresses({ kind: 'remove', axis: 'column', line: 1 })).toEqual([[0, 0], [0, 1], null]);
    expect(addresses({ kind: 'reverse', axis: 'row' })).toEqual([
      [1, 0],
      [1, 2],
      [0, 1],
    ]);
    expect(addresses({ kind: 'reverse', axis: 'column' })).toEqual([
      [0, 2],
      [0, 0],
      [1, 1],
    ]);
    expect(addresses({ kind: 'transpose' })).toEqual([
      [0, 0],
      [2, 0],
      [1, 1],
    ]);
  });

  it('keep what else a core has', () => {
    expect(editCoreGrid([{ row: 1, column: 0, name: 'x' }], { kind: 'transpose' })).toEqual([
      { row: 0, column: 1, name: 'x' },
    ]);
    expect(editCoreGrid([], { kind: 'reverse', axis: 'row' })).toEqual([]);
  });
});
