import type { Point, Ring } from './simplify-ring';

/** Squares in which edges are compared have about this many edges. */
const EDGES_PER_SQUARE = 2;

/** From a ring's point `place` to the next. */
export type Edge = { readonly ring: number; readonly place: number; readonly a: Point; readonly b: Point };

/**
 * The edges of rings that cross or touch another one. Neighbouring edges of a ring share a point, and may.
 *
 * Edges are sorted into squares, and only those of a square are compared.
 */
export function crossingEdges(rings: readonly Ring[]): Set<Edge> {
  const crossing = new Set<Edge>();
  const edges: Edge[] = rings.flatMap((ring, i) => ring.slice(1).map((b, j) => ({ ring: i, place: j, a: ring[j], b })));
  for (const members of sortIntoSquares(edges))
    for (let m = 0; m < members.length; m++)
      for (let n = m + 1; n < members.length; n++) {
        const [one, two] = [edges[members[m]], edges[members[n]]];
        if ((crossing.has(one) && crossing.has(two)) || !meet(one, two)) continue;
        crossing.add(one);
        crossing.add(two);
      }
  return crossing;
}

function sortIntoSquares(edges: readonly Edge[]): Iterable<number[]> {
  const extent = edges.reduce((most, { a, b }) => Math.max(most, a[0], b[0], a[1], b[1]), 1);
  const length = edges.reduce((sum, { a, b }) => sum + Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]), 0);
  const side = Math.max(1, (length / Math.max(1, edges.length)) * EDGES_PER_SQUARE);
  const columns = Math.ceil(extent / side) + 1;
  const squares = new Map<number, number[]>();
  const at = (value: number) => Math.floor(value / side);
  for (const [e, { a, b }] of edges.entries())
    for (let row = at(Math.min(a[1], b[1])); row <= at(Math.max(a[1], b[1])); row++)
      for (let column = at(Math.min(a[0], b[0])); column <= at(Math.max(a[0], b[0])); column++) {
        const key = row * columns + column;
        const members = squares.get(key);
        if (members) members.push(e);
        else squares.set(key, [e]);
      }
  return squares.values();
}

/** Which side of the line from a to b a point lies on: the sign. */
const sideOf = (a: Point, b: Point, p: Point) =>
  Math.sign((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]));

const isSame = (a: Point, b: Point) => a[0] === b[0] && a[1] === b[1];

function meet(one: Edge, two: Edge): boolean {
  const areNeighbours = one.ring === two.ring && (isSame(one.b, two.a) || isSame(two.b, one.a));
  if (areNeighbours) {
    // They share a point; they must not run back over each other.
    const [before, shared, after] = isSame(one.b, two.a) ? [one.a, one.b, two.b] : [two.a, two.b, one.b];
    const isBack =
      (shared[0] - before[0]) * (after[0] - shared[0]) + (shared[1] - before[1]) * (after[1] - shared[1]) < 0;
    return isBack && sideOf(before, shared, after) === 0;
  }
  const [a, b] = [sideOf(one.a, one.b, two.a), sideOf(one.a, one.b, two.b)];
  const [c, d] = [sideOf(two.a, two.b, one.a), sideOf(two.a, two.b, one.b)];
  if (a * b > 0 || c * d > 0) return false;
  if (a !== 0 || b !== 0 || c !== 0 || d !== 0) return true;
  // On one line: they meet where their boxes do.
  return [0, 1].every(
    (axis) =>
      Math.max(one.a[axis], one.b[axis]) >= Math.min(two.a[axis], two.b[axis]) &&
      Math.max(two.a[axis], two.b[axis]) >= Math.min(one.a[axis], one.b[axis]),
  );
}
