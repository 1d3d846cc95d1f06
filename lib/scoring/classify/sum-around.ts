import { buildGrid, type NeighbourGrid } from './neighbour-grid';

type Points = { readonly count: number; readonly centroidX: Float64Array; readonly centroidY: Float64Array };

type Radii = readonly [near: number, wide: number];

/** The nuclei that are neighbours of others, sorted so that neighbours lie side by side in memory. */
export type NeighbourMap = {
  readonly points: Points;
  /** In the order of the grid. Everything that is summed has a row for each, in this order. */
  readonly owner: Int32Array;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly grid: NeighbourGrid;
  /** In px, the smaller first. */
  readonly radii: Radii;
};

/** The neighbours of some nuclei in one circle. */
type Circle = {
  /** Those of the nth of them are `list[from[n]]` to `list[from[n] + counts[n] - 1]`: places in `NeighbourMap.owner`. */
  readonly from: Int32Array;
  readonly counts: Int32Array;
  readonly list: Int32Array;
};

/** Who surrounds some nuclei that follow each other. None is a neighbour of itself. About 4 bytes for each pair of neighbours. */
export type Neighbours = {
  readonly near: Circle;
  readonly wide: Circle;
  /** Distance to the nearest neighbour and to the third nearest, in px; the larger radius where there is none. */
  readonly nearest: Float64Array;
  readonly third: Float64Array;
};

/** What is summed: a row for each of `NeighbourMap.owner`, of `width` numbers. */
export type SummedRows = {
  readonly values: Float32Array;
  readonly width: number;
  /** Places from row to row, a multiple of four; those beyond `width` are 0. */
  readonly stride: number;
};

/** For each nucleus the sums of its neighbours' values, in each circle. */
export type SumsAround = {
  /** For each radius: `width` sums a nucleus. */
  readonly sums: readonly Float64Array[];
  /** For each radius: how many neighbours. */
  readonly counts: readonly Int32Array[];
};

/** @param used - the nuclei that are neighbours of others; every nucleus has neighbours. */
export function mapNeighbours(points: Points, used: Int32Array, radii: Radii): NeighbourMap {
  const x = pick(points.centroidX, used);
  const y = pick(points.centroidY, used);
  const grid = buildGrid(x, y, radii[1] / 2);
  return { points, owner: pick(used, grid.points), x: pick(x, grid.points), y: pick(y, grid.points), grid, radii };
}

/**
 * Finds what surrounds the nuclei `from` to `to - 1`. Each has its neighbours in the order of the map, whatever part it is
 * asked for in.
 */
export function findNeighbours(map: NeighbourMap, from: number, to: number): Neighbours {
  const { radii, owner, x: orderedX, y: orderedY } = map;
  const { centroidX, centroidY } = map.points;
  const [near2, wide2] = [radii[0] ** 2, radii[1] ** 2];
  const count = to - from;
  const nearest = new Float64Array(count).fill(radii[1]);
  const third = new Float64Array(count).fill(radii[1]);
  const { start, columns, rows, side, left, top } = map.grid;
  const span = Math.ceil(radii[1] / side);
  const near = openCircle(count);
  const wide = openCircle(count);
  for (let n = 0; n < count; n++) {
    const k = from + n;
    const [atX, atY] = [centroidX[k], centroidY[k]];
    const column = Math.floor((atX - left) / side);
    const row = Math.floor((atY - top) / side);
    const first = Math.max(0, column - span);
    const last = Math.min(columns - 1, column + span);
    const [firstRow, lastRow] = [Math.max(0, row - span), Math.min(rows - 1, row + span)];
    near.from[n] = near.end;
    wide.from[n] = wide.end;
    if (first > last) continue;
    let most = 0;
    for (let r = firstRow; r <= lastRow; r++) most += start[r * columns + last + 1] - start[r * columns + first];
    const [nearList, wideList] = [withRoom(near, most), withRoom(wide, most)];
    let [nearEnd, wideEnd] = [near.end, wide.end];
    let d1 = wide2;
    let d2 = wide2;
    let d3 = wide2;
    for (let r = firstRow; r <= lastRow; r++) {
      const end = start[r * columns + last + 1];
      for (let i = start[r * columns + first]; i < end; i++) {
        const dx = orderedX[i] - atX;
        const dy = orderedY[i] - atY;
        const distance2 = dx * dx + dy * dy;
        if (distance2 > wide2 || owner[i] === k) continue;
        if (distance2 < d3) {
          d3 = Math.max(distance2, d2);
          d2 = Math.min(d2, Math.max(distance2, d1));
          d1 = Math.min(d1, distance2);
        }
        wideList[wideEnd++] = i;
        if (distance2 <= near2) nearList[nearEnd++] = i;
      }
    }
    near.counts[n] = nearEnd - near.end;
    wide.counts[n] = wideEnd - wide.end;
    near.end = nearEnd;
    wide.end = wideEnd;
    nearest[n] = Math.sqrt(d1);
    third[n] = Math.sqrt(d3);
  }
  return { near, wide, nearest, third };
}

/** Rows of 0, to be filled. */
export function emptyRows({ owner }: NeighbourMap, width: number): SummedRows {
  // `sumRows` wants a multiple of four columns.
  const stride = Math.ceil(width / 4) * 4;
  return { values: new Float32Array(owner.length * stride), width, stride };
}

export const sumAround = ({ near, wide }: Neighbours, rows: SummedRows): SumsAround => ({
  sums: [sumRows(rows, near), sumRows(rows, wide)],
  counts: [near.counts, wide.counts],
});

/** Four columns at a time, so that their sums are local variables. */
function sumRows({ values, stride, width }: SummedRows, { from, counts, list }: Circle): Float64Array {
  const sums = new Float64Array(counts.length * width);
  for (let k = 0; k < counts.length; k++) {
    const [first, end, at] = [from[k], from[k] + counts[k], k * width];
    for (let f = 0; f < stride; f += 4) {
      let [a, b, c, d] = [0, 0, 0, 0];
      for (let n = first; n < end; n++) {
        const i = list[n] * stride + f;
        a += values[i];
        b += values[i + 1];
        c += values[i + 2];
        d += values[i + 3];
      }
      sums[at + f] = a;
      if (f + 1 < width) sums[at + f + 1] = b;
      if (f + 2 < width) sums[at + f + 2] = c;
      if (f + 3 < width) sums[at + f + 3] = d;
    }
  }
  return sums;
}

type OpenCircle = { from: Int32Array; counts: Int32Array; list: Int32Array; end: number };

const openCircle = (count: number): OpenCircle => ({
  from: new Int32Array(count),
  counts: new Int32Array(count),
  list: new Int32Array(16 * count),
  end: 0,
});

/** The list, longer by half if so many more might not fit. */
function withRoom(circle: OpenCircle, more: number): Int32Array {
  if (circle.end + more > circle.list.length) {
    const longer = new Int32Array(Math.ceil(1.5 * (circle.end + more)));
    longer.set(circle.list);
    circle.list = longer;
  }
  return circle.list;
}

/** Written in a loop: `from` with a function takes many times as long. */
function pick<A extends Float64Array | Int32Array>(values: A, at: Int32Array): A {
  const picked = new (values.constructor as new (length: number) => A)(at.length);
  for (let n = 0; n < at.length; n++) picked[n] = values[at[n]];
  return picked;
}
