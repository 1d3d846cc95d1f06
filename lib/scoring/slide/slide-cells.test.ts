import { describe, expect, it } from 'vitest';
import { insideRoi, type Polygon } from '@/lib/scoring/gate/roi';
import { areCellsThere, cellAt, cellsIn, cellsOfPolygons } from './slide-cells';

/** Five columns and four rows; the last ones are cut by the slide's edge. */
const plan = { slide: { width: 450, height: 330 }, cells: { side: 100, columns: 5, rows: 4 }, micronsPerPixel: 0.5 };
/** Two pixels are a micrometre. */
const MARGIN = 2;
const ALL = Array.from({ length: 20 }, (_, index) => index);

type Ring = Polygon[number];
const square = (x: number, y: number, width: number, height: number): Ring => [
  [x, y],
  [x + width, y],
  [x + width, y + height],
  [x, y + height],
];
const box = (...of: Parameters<typeof square>): Polygon => [square(...of)];
const cells = (...polygons: Polygon[]) => cellsOfPolygons(plan, polygons);

describe('the cells of regions', () => {
  it('are those that an outline comes near, and those inside', () => {
    expect(cells(box(110, 110, 50, 50))).toEqual([6]);
    // At a border both cells count: a nucleus of a cut cluster may lie a little beyond its cell.
    expect(cells(box(110, 110, 90, 50))).toEqual([6, 7]);
    expect(cells(box(110, 110, 89, 50))).toEqual([6, 7]);
    expect(cells(box(110, 110, 87, 50))).toEqual([6]);
    expect(cells(box(50, 50, 300, 200))).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13]);
    expect(cells(box(-50, -50, 1000, 1000))).toEqual(ALL);
  });

  it('leave out the inside of a hole', () => {
    const ring = cells([square(10, 10, 430, 310), square(90, 90, 220, 220)]);
    expect(ring).toEqual(ALL.filter((cell) => ![6, 7, 11, 12].includes(cell)));
  });

  it('are none beside the slide', () => {
    expect(cells(box(460, 10, 30, 30), box(10, 400, 50, 50), box(-90, -90, 50, 50))).toEqual([]);
    expect(cells()).toEqual([]);
  });

  it('hold each point of random polygons, and none that is farther from them than the margin', () => {
    let seed = 5;
    const random = () => {
      seed = (seed * 16807) % 2147483647;
      return seed / 2147483647;
    };
    for (let n = 0; n < 60; n++) {
      // Thin ones among them, and some that cross themselves or leave the slide.
      const side = n % 3 === 0 ? 12 : 220;
      const [x, y] = [random() * 450, random() * 330];
      const points = Array.from({ length: 3 + (n % 5) }, () => [x + random() * side, y + random() * side] as const);
      const isInside = insideRoi([[points]]);
      const found = new Set(cells([points]));
      const outline = points.flatMap(([bx, by], i) => {
        const [ax, ay] = points.at(i - 1) ?? [bx, by];
        return Array.from({ length: 1000 }, (_, step) => [
          ax + ((bx - ax) * step) / 999,
          ay + ((by - ay) * step) / 999,
        ]);
      });
      for (const index of ALL) {
        const { x: left, y: top, width, height } = cellAt(plan, index);
        const isWithin = (px: number, py: number, margin: number) =>
          px >= left - margin && px < left + width + margin && py >= top - margin && py < top + height + margin;
        let holds = false;
        for (let py = top; py < top + height && !holds; py += 0.5)
          for (let px = left; px < left + width && !holds; px += 0.5) holds = isInside(px, py);
        if (holds) expect(found.has(index)).toBe(true);
        const isNear = holds || outline.some(([px = 0, py = 0]) => isWithin(px, py, MARGIN + 1));
        if (found.has(index)) expect(isNear).toBe(true);
      }
    }
  });
});

it('a cell at the edge is as large as what is left of the slide', () => {
  expect(cellAt(plan, 19)).toEqual({ column: 4, row: 3, x: 400, y: 300, width: 50, height: 30 });
});

it('a rectangle has the cells that it lies in, and none beside the slide', () => {
  expect(cellsIn(plan, { x: 100, y: 0, width: 101, height: 100 })).toEqual([1, 2]);
  expect(cellsIn(plan, { x: 440, y: 320, width: 900, height: 900 })).toEqual([19]);
  expect(cellsIn(plan, { x: 450, y: 0, width: 10, height: 10 })).toEqual([]);
});

it('numbers are final once every cell is there that they are of', () => {
  const without =
    (...lost: number[]) =>
    (index: number) =>
      !lost.includes(index);
  expect(areCellsThere(plan, null, without())).toBe(true);
  expect(areCellsThere(plan, null, without(19))).toBe(false);
  expect(areCellsThere(plan, [box(110, 110, 50, 50)], without(0, 7, 19))).toBe(true);
  expect(areCellsThere(plan, [box(110, 110, 90, 50)], without(0, 7, 19))).toBe(false);
});
