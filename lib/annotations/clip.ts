import {
  areaD,
  booleanOpDWithPolyTree,
  ClipType,
  EndType,
  FillRule,
  inflatePathsD,
  JoinType,
  type PathsD,
  type PolyPathD,
  PolyTreeD,
} from 'clipper2-ts';
import { areaOf, type Box, type Point, type Polygons, type Ring, roundTo, simplifyRing } from './points';

/** Digits behind the point. Clipper counts in whole multiples, so that no rounding spoils its answer. */
const DIGITS = 2;
/** Slivers that cutting leaves: less than a pixel. */
const LEAST_AREA = 1;

/** The rings as paths; holes run the other way round than what is around them, whatever a file says. */
const toPaths = (polygons: Polygons): PathsD =>
  polygons.flatMap((polygon) =>
    polygon.map((ring, i) => {
      const path = ring.map(([x, y]) => ({ x, y }));
      return areaD(path) > 0 === (i === 0) ? path : path.reverse();
    }),
  );

const toRing = (path: PolyPathD): Ring => (path.poly ?? []).map(({ x, y }): Point => [roundTo(x), roundTo(y)]);

/** A tree of rings, alternately outer ones and holes. */
function* polygonsBelow(tree: PolyPathD): Generator<Ring[]> {
  for (let i = 0; i < tree.count; i++) {
    const outer = tree.child(i);
    const holes = Array.from({ length: outer.count }, (_, j) => outer.child(j));
    yield [outer, ...holes].map(toRing);
    for (const hole of holes) yield* polygonsBelow(hole);
  }
}

function combine(type: ClipType, subject: PathsD, other: PathsD, rule = FillRule.NonZero): Polygons {
  const tree = new PolyTreeD();
  booleanOpDWithPolyTree(type, subject, other, tree, rule, DIGITS);
  return [...polygonsBelow(tree)]
    .map((rings) => rings.filter((ring) => areaOf([[ring]]) >= LEAST_AREA))
    .filter(([outer]) => outer !== undefined && areaOf([[outer]]) >= LEAST_AREA);
}

/** What lies in either. */
export const union = (a: Polygons, b: Polygons): Polygons => combine(ClipType.Union, toPaths(a), toPaths(b));

/** What lies in the first, but not in the second; empty where nothing is left. */
export const difference = (a: Polygons, b: Polygons): Polygons => combine(ClipType.Difference, toPaths(a), toPaths(b));

/** What lies in both. */
export const intersection = (a: Polygons, b: Polygons): Polygons =>
  combine(ClipType.Intersection, toPaths(a), toPaths(b));

/** All that a line encloses, which may cross itself: a polygon for each lobe. */
export const enclosedBy = (line: Ring): Polygons => combine(ClipType.Union, toPaths([[line]]), []);

/** The same area without rings that cross: what lies in an odd number of rings of any of the polygons. */
export function untangled(polygons: Polygons): Polygons {
  const each = polygons.flatMap((polygon) => combine(ClipType.Union, toPaths([polygon]), [], FillRule.EvenOdd));
  return each.length > 1 ? combine(ClipType.Union, toPaths(each), []) : each;
}

/** The part in a box. */
export function clipTo(polygons: Polygons, { x0, y0, x1, y1 }: Box): Polygons {
  const isInside = polygons.every(([outer = []]) => outer.every(([x, y]) => x >= x0 && x <= x1 && y >= y0 && y <= y1));
  if (isInside) return polygons;
  return intersection(polygons, [
    [
      [
        [x0, y0],
        [x1, y0],
        [x1, y1],
        [x0, y1],
      ],
    ],
  ]);
}

/**
 * What a round brush paints along a line.
 *
 * @param radius - of the brush, in pixels of the slide
 * @param tolerance - how far the outline may be from the true one
 */
export function strokeAlong(line: readonly Point[], radius: number, tolerance: number): Polygons {
  const path = line.map(([x, y]) => ({ x, y }));
  const paths = inflatePathsD([path], radius, JoinType.Round, EndType.Round, 2, DIGITS, tolerance);
  return combine(ClipType.Union, paths, []);
}

/** The same outline with fewer points, none farther from it than `tolerance`. */
export const simplified = (polygons: Polygons, tolerance: number): Polygons =>
  untangled(polygons.map((polygon) => polygon.map((ring) => simplifyRing(ring, tolerance))));
