import { type PictureWindow, placeOf } from '@/lib/imaging/raster';
import { intersect, type TileRegion, unite } from '@/lib/imaging/tiles/plan-tiles';
import type { Polygon } from '@/lib/scoring/gate/roi';
import {
  type MembraneSectors,
  measureMembranes,
  reachOfMembranes,
  SECTORS,
} from '@/lib/scoring/membrane/measure-membranes';
import { CENTRE_STEPS, type CellNuclei, outlineOf } from '@/lib/scoring/slide/slide-nuclei';
import { type CellMembranes, encodeMembranes } from './cell-membranes';
import { type CellLook, encodeChosen, joinLooks } from './merge-looks';

/** The pixels around a cell, and how they are measured. */
export type CellPicture = {
  /** Of the region in which nuclei around the cell were looked for. */
  readonly image: PictureWindow;
  readonly micronsPerPixel: number;
  /** White balance of the slide, by `MEMBRANE_WHITE`. */
  readonly gains: readonly number[];
};

export type MeasuredCell = {
  /** The files of the cell. */
  readonly nuclei: Uint8Array;
  readonly membranes: Uint8Array;
};

/**
 * Measures the membranes of a cell's nuclei beside all nuclei around them: the same numbers, to the bit, as in one picture of the
 * slide.
 *
 * @param looks - of which the first saw all of the cell
 * @returns the region in which nuclei must be looked for where it is larger: some nucleus of the cell reaches far out of it
 */
export function measureCell(
  looks: readonly Pick<CellLook, 'bytes' | 'isOwn' | 'firstPixels'>[],
  { image, micronsPerPixel, gains }: CellPicture,
): MeasuredCell | { readonly needed: TileRegion } {
  const { nuclei, isOwn } = joinLooks(looks);
  const place = placeOf(image);
  const window = { x: place.x, y: place.y, width: image.width, height: image.height };
  const drawn = drawLabels(nuclei, window);
  const needed = regionOfOwn(drawn.boxes, isOwn, reachOfMembranes(micronsPerPixel), place);
  if (needed && !isInside(needed, window)) return { needed: unite(needed, window) };
  const sectors = measureMembranes(
    {
      ...{ count: nuclei.count, areaPx: nuclei.areaPx, wanted: isOwn, labelMap: drawn.labelMap },
      ...{ centroidX: drawn.centroidX, centroidY: drawn.centroidY },
      bbox: drawn.boxes.map((edge, n) => edge - (n % 2 === 0 ? window.x : window.y)),
    },
    { image, micronsPerPixel, gains },
  );
  return { nuclei: encodeChosen(nuclei, isOwn), membranes: encodeMembranes(chooseOwn(nuclei, sectors, isOwn)) };
}

const isInside = (inner: TileRegion, outer: TileRegion): boolean => {
  const both = intersect(inner, outer);
  return both !== null && both.width === inner.width && both.height === inner.height;
};

/** What must be seen to measure the cell's own nuclei; null without any. */
function regionOfOwn(
  boxes: Int32Array,
  isOwn: Uint8Array,
  reach: number,
  slide: { readonly width: number; readonly height: number },
): TileRegion | null {
  let [left, top, right, bottom] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0];
  for (let k = 0; k < isOwn.length; k++) {
    if (isOwn[k] !== 1) continue;
    left = Math.min(left, boxes[4 * k]);
    top = Math.min(top, boxes[4 * k + 1]);
    right = Math.max(right, boxes[4 * k + 2]);
    bottom = Math.max(bottom, boxes[4 * k + 3]);
  }
  if (right === 0) return null;
  const box = { x: left - reach, y: top - reach, width: right - left + 2 * reach, height: bottom - top + 2 * reach };
  return intersect(box, { x: 0, y: 0, width: slide.width, height: slide.height });
}

/**
 * Draws nuclei by their outlines, which follow the edges of pixels, and measures their centres again: a table has them in
 * steps of 1 / 256 px.
 *
 * @returns labels of the window; boxes and centroids in pixels of the slide
 */
function drawLabels(nuclei: CellNuclei, window: TileRegion) {
  const { count } = nuclei;
  const labels = new Int32Array(window.width * window.height);
  const boxes = new Int32Array(4 * count);
  const [centroidX, centroidY] = [new Float64Array(count), new Float64Array(count)];
  for (let k = 0; k < count; k++) {
    let [area, sumX, sumY] = [0, 0, 0];
    let [left, top, right, bottom] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0];
    for (const { y, from, to } of runsOf(outlineOf(nuclei, k))) {
      const length = to - from;
      area += length;
      sumX += ((from + to - 1) * length) / 2;
      sumY += y * length;
      [left, top, right, bottom] = [
        Math.min(left, from),
        Math.min(top, y),
        Math.max(right, to),
        Math.max(bottom, y + 1),
      ];
      const row = y - window.y;
      if (row < 0 || row >= window.height) continue;
      const [first, last] = [Math.max(0, from - window.x), Math.min(window.width, to - window.x)];
      if (first < last) labels.fill(k + 1, row * window.width + first, row * window.width + last);
    }
    centroidX[k] = sumX / area;
    centroidY[k] = sumY / area;
    boxes.set([left, top, right, bottom], 4 * k);
  }
  return { labelMap: { data: labels, width: window.width, height: window.height }, boxes, centroidX, centroidY };
}

/** The pixels within rings along pixel edges, as stretches [from, to) of a row. */
function* runsOf(polygons: readonly Polygon[]): Generator<{ y: number; from: number; to: number }> {
  const crossed = new Map<number, number[]>();
  for (const rings of polygons)
    for (const ring of rings)
      for (let i = 1; i < ring.length; i++) {
        const [[ax, ay], [bx, by]] = [ring[i - 1], ring[i]];
        if (ax !== bx) continue;
        for (let y = Math.min(ay, by); y < Math.max(ay, by); y++) {
          const edges = crossed.get(y);
          if (edges) edges.push(ax);
          else crossed.set(y, [ax]);
        }
      }
  for (const [y, edges] of crossed) {
    edges.sort((a, b) => a - b);
    for (let e = 0; e < edges.length; e += 2) yield { y, from: edges[e], to: edges[e + 1] };
  }
}

/** The membranes of the cell's own nuclei, whose neighbours may be others. */
function chooseOwn(nuclei: CellNuclei, sectors: MembraneSectors, isOwn: Uint8Array): CellMembranes {
  const chosen = Array.from(isOwn.keys()).filter((k) => isOwn[k] === 1);
  const entry = new Int32Array(nuclei.count).fill(-1);
  for (const [n, k] of chosen.entries()) entry[k] = n;
  const foreign: number[] = [];
  const neighbours: number[] = [];
  const firstNeighbour = new Int32Array(chosen.length + 1);
  for (const [n, k] of chosen.entries()) {
    for (let i = sectors.firstNeighbour[k]; i < sectors.firstNeighbour[k + 1]; i++) {
      const other = sectors.neighbours[i];
      if (entry[other] < 0) {
        entry[other] = chosen.length + foreign.length / 2;
        foreign.push(nuclei.centroidX[other] * CENTRE_STEPS, nuclei.centroidY[other] * CENTRE_STEPS);
      }
      neighbours.push(entry[other]);
    }
    firstNeighbour[n + 1] = neighbours.length;
  }
  const ofChosen = (of: Uint8Array): Uint8Array => {
    const own = new Uint8Array(SECTORS * chosen.length);
    for (const [n, k] of chosen.entries()) own.set(of.subarray(SECTORS * k, SECTORS * (k + 1)), SECTORS * n);
    return own;
  };
  return {
    cell: nuclei.cell,
    foreign: Int32Array.from(foreign),
    sectors: {
      count: chosen.length,
      density: ofChosen(sectors.density),
      facing: ofChosen(sectors.facing),
      cytoplasm: sectors.cytoplasm.filter((_, k) => isOwn[k] === 1),
      neighbours: Int32Array.from(neighbours),
      firstNeighbour,
    },
  };
}
