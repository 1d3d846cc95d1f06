import type { Mask } from '@/lib/imaging/raster';
import { fitLattice, type Lattice } from './core-lattice';
import { type CorePlace, coreDiameter, findCorePlaces } from './find-cores';
import { outlineMask, type RingPolygon } from './mask-outlines';

/** A core of a tissue microarray. */
export type Core = {
  /** From 0: row 0, column 0 is A1. */
  readonly row: number;
  readonly column: number;
  /** Its middle, in pixels of the slide's full resolution from the upper left corner. */
  readonly x: number;
  readonly y: number;
  /** Its tissue; empty where a core is missing. */
  readonly polygons: readonly RingPolygon[];
};

export type CoreGrid = {
  readonly rows: number;
  readonly columns: number;
  /** Of the rows, clockwise on the screen: -45 to 45. */
  readonly degrees: number;
  /** In pixels of the full resolution. */
  readonly diameter: number;
  /** Every place of the grid, row by row: also those where the core is missing. */
  readonly cores: readonly Core[];
};

/** Fewer cores are as likely pieces of a section. */
const FEWEST_CORES = 6;
/** Share of the tissue that lies in cores. */
const LEAST_SHARE = 0.6;
/** Tissue belongs to the nearest core if it is within this share of the diameter from its middle. */
const REACH = 0.75;
/** Rows and columns are drawn through cores of which this share is there. */
const WHOLE = 0.55;
/** A core lies no farther than this share of the diameter from the crossing of its row and column. */
const FARTHEST = 0.6;
/** In pixels of the mask. */
const TOLERANCE = 1;

/**
 * Finds the grid of cores of a tissue microarray in its tissue mask: turned, with missing, broken and touching cores.
 *
 * Pieces between rows or columns belong to no core. Rows or columns without any core are counted where the gap is a whole number
 * of steps; a wider gap of another size parts two sectors and is not counted.
 *
 * @param mask - of the whole slide, from `findTissue`.
 * @returns null when the tissue is no such grid
 */
export function findCoreGrid(
  mask: Mask,
  micronsPerPixel: number,
  slide: { width: number; height: number },
): CoreGrid | null {
  const diameter = coreDiameter(mask, micronsPerPixel);
  if (diameter === null) return null;
  const places = findCorePlaces(mask, diameter);
  const whole = places.filter(({ fullness }) => fullness >= WHOLE);
  // Crumbs between rows must not draw lines of their own, unless there is little else.
  const lattice = fitLattice(whole.length >= places.length / 2 ? whole : places);
  if (lattice === null) return null;
  const placed = placeCores(lattice, places, FARTHEST * diameter);
  if (placed.filter(({ isThere }) => isThere).length < FEWEST_CORES) return null;
  const { labels, share } = assignTissue(mask, placed, REACH * diameter);
  if (share < LEAST_SHARE) return null;
  const scale = { x: slide.width / mask.width, y: slide.height / mask.height };
  const boxes = boxesOf(labels, mask.width, placed.length);
  return {
    rows: lattice.rows,
    columns: lattice.columns,
    degrees: (lattice.angle * 180) / Math.PI,
    diameter: diameter * scale.x,
    cores: placed.map(({ row, column, x, y }, i) => ({
      ...{ row, column, x: x * scale.x, y: y * scale.y },
      polygons: outlineCore(labels, mask.width, i + 1, boxes[i], scale),
    })),
  };
}

type PlacedCore = { row: number; column: number; x: number; y: number; isThere: boolean };

/** Every place of the grid, with the core nearest to where it should be. */
function placeCores({ rows, columns, at }: Lattice, places: readonly CorePlace[], farthest: number): PlacedCore[] {
  return Array.from({ length: rows * columns }, (_, key) => {
    const [row, column] = [Math.floor(key / columns), key % columns];
    const expected = at(row, column);
    const off = (place: CorePlace) => Math.hypot(place.x - expected.x, place.y - expected.y);
    const near = places.filter((place) => off(place) <= farthest);
    if (near.length === 0) return { row, column, ...expected, isThere: false };
    const { x, y } = near.reduce((a, b) => (off(b) < off(a) ? b : a));
    return { row, column, x, y, isThere: true };
  });
}

/** Gives each pixel of tissue the number of the nearest core that is there, from 1. */
function assignTissue({ data, width, height }: Mask, cores: readonly PlacedCore[], reach: number) {
  const labels = new Int32Array(data.length);
  const nearest = new Float32Array(data.length).fill(reach * reach);
  for (const [i, core] of cores.entries()) {
    if (!core.isThere) continue;
    for (let y = Math.max(0, Math.floor(core.y - reach)); y < Math.min(height, core.y + reach); y++)
      for (let x = Math.max(0, Math.floor(core.x - reach)); x < Math.min(width, core.x + reach); x++) {
        const at = y * width + x;
        const squared = (x + 0.5 - core.x) ** 2 + (y + 0.5 - core.y) ** 2;
        if (data[at] === 0 || squared >= nearest[at]) continue;
        nearest[at] = squared;
        labels[at] = i + 1;
      }
  }
  let [tissue, assigned] = [0, 0];
  for (let at = 0; at < data.length; at++) {
    tissue += data[at];
    if (labels[at] > 0) assigned++;
  }
  return { labels, share: tissue === 0 ? 0 : assigned / tissue };
}

type Box = { left: number; top: number; right: number; bottom: number };

/** Of each label from 1 to `count`; `right` and `bottom` exclusive. */
function boxesOf(labels: Int32Array, width: number, count: number): Box[] {
  const boxes = Array.from({ length: count }, (): Box => ({ left: Infinity, top: Infinity, right: 0, bottom: 0 }));
  for (let at = 0; at < labels.length; at++) {
    if (labels[at] === 0) continue;
    const box = boxes[labels[at] - 1];
    const [x, y] = [at % width, Math.floor(at / width)];
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x + 1);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y + 1);
  }
  return boxes;
}

function outlineCore(
  labels: Int32Array,
  width: number,
  label: number,
  { left, top, right, bottom }: Box,
  scale: { x: number; y: number },
): RingPolygon[] {
  if (right <= left) return [];
  const part: Mask = {
    data: new Uint8Array((right - left) * (bottom - top)),
    width: right - left,
    height: bottom - top,
  };
  for (let y = top, i = 0; y < bottom; y++)
    for (let x = left; x < right; x++, i++) if (labels[y * width + x] === label) part.data[i] = 1;
  return outlineMask(part, { x: 1, y: 1 }, TOLERANCE).map((rings) =>
    rings.map((ring) => ring.map(([x, y]) => [(x + left) * scale.x, (y + top) * scale.y] as const)),
  );
}
