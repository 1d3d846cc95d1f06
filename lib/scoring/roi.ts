/** Polygons in image pixels (x right, y down): outer ring first, then holes, as in GeoJSON. */
export type Polygon = readonly (readonly (readonly [x: number, y: number])[])[];

/** Polygons with fewer edges are looked through whole. */
const FEW_EDGES = 32;
const MAX_BANDS = 4096;
/** An edge lies in several bands; all of them together have at most so many entries per edge, however long edges are. */
const ENTRIES_PER_EDGE = 8;

/**
 * Whether a point lies in any of the polygons: inside an odd number of one polygon's rings.
 *
 * @param x - image pixels; a pixel's centre is its index + 0.5
 * @see Shimrat 1962, doi:10.1145/368637.368653 (crossing number)
 */
export function isInsideRoi(polygons: readonly Polygon[], x: number, y: number): boolean {
  return insideRoi(polygons)(x, y);
}

/** The same for many points: edges are sorted into bands of y once, and a point meets those of its own band alone. */
export function insideRoi(polygons: readonly Polygon[]): (x: number, y: number) => boolean {
  const tests = polygons.map(insidePolygon);
  return (x, y) => tests.some((isInside) => isInside(x, y));
}

/** Edges as x0, y0, x1, y1, in the order of their rings. */
function edgesOf(rings: Polygon): Float64Array {
  const edges = new Float64Array(4 * rings.reduce((sum, ring) => sum + ring.length, 0));
  let at = 0;
  for (const ring of rings)
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [from, to] = [ring[i]!, ring[j]!];
      edges[at++] = from[0];
      edges[at++] = from[1];
      edges[at++] = to[0];
      edges[at++] = to[1];
    }
  return edges;
}

/** Whether a ray from the point to the right crosses this edge. */
function isCrossed(edges: Float64Array, at: number, x: number, y: number): boolean {
  const [xi, yi, xj, yj] = [edges[at]!, edges[at + 1]!, edges[at + 2]!, edges[at + 3]!];
  return yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi;
}

function insidePolygon(rings: Polygon): (x: number, y: number) => boolean {
  const edges = edgesOf(rings);
  const bands = edges.length > 4 * FEW_EDGES ? sortIntoBands(edges) : null;
  return (x, y) => {
    let inside = false;
    if (bands === null) {
      for (let at = 0; at < edges.length; at += 4) if (isCrossed(edges, at, x, y)) inside = !inside;
      return inside;
    }
    if (!(y >= bands.top && y <= bands.bottom)) return false;
    const band = bands.of(y);
    for (let k = bands.starts[band]!; k < bands.starts[band + 1]!; k++)
      if (isCrossed(edges, bands.entries[k]!, x, y)) inside = !inside;
    return inside;
  };
}

type Bands = {
  top: number;
  bottom: number;
  of: (y: number) => number;
  /** (bands + 1): where the entries of each band begin. */
  starts: Int32Array;
  /** Places of edges. */
  entries: Int32Array;
};

function sortIntoBands(edges: Float64Array): Bands {
  let [top, bottom] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 1; at < edges.length; at += 2) {
    top = Math.min(top, edges[at]!);
    bottom = Math.max(bottom, edges[at]!);
  }
  const count = edges.length / 4;
  let height = 0;
  for (let at = 0; at < edges.length; at += 4) height += Math.abs(edges[at + 1]! - edges[at + 3]!);
  const mean = height / count / (bottom - top || 1);
  const bands = Math.max(1, Math.min(MAX_BANDS, count, Math.floor((ENTRIES_PER_EDGE - 2) / (mean || 1))));
  const scale = bands / (bottom - top || 1);
  const of = (y: number) => Math.min(bands - 1, Math.max(0, Math.floor((y - top) * scale)));
  const starts = new Int32Array(bands + 1);
  const eachBand = (use: (band: number, at: number) => void) => {
    for (let at = 0; at < edges.length; at += 4) {
      const [a, b] = [of(edges[at + 1]!), of(edges[at + 3]!)];
      for (let band = Math.min(a, b); band <= Math.max(a, b); band++) use(band, at);
    }
  };
  eachBand((band) => {
    starts[band + 1]!++;
  });
  for (let band = 0; band < bands; band++) starts[band + 1]! += starts[band]!;
  const next = starts.slice();
  const entries = new Int32Array(starts[bands]!);
  eachBand((band, at) => {
    entries[next[band]!++] = at;
  });
  return { top, bottom, of, starts, entries };
}

type Point = readonly [x: number, y: number];

/** Which share of a polygon's outer ring, by area, lies in the picture; 1 for one without an area. */
export function shareInside(polygon: Polygon, width: number, height: number): number {
  const ring = polygon[0] ?? [];
  const whole = Math.abs(areaOf(ring));
  if (whole === 0) return 1;
  const clipped = [
    { axis: 0, limit: 0, sign: 1 },
    { axis: 0, limit: width, sign: -1 },
    { axis: 1, limit: 0, sign: 1 },
    { axis: 1, limit: height, sign: -1 },
  ].reduce<readonly Point[]>((points, edge) => clip(points, edge), ring);
  return Math.abs(areaOf(clipped)) / whole;
}

/** Positive in one direction, negative in the other. */
function areaOf(ring: readonly Point[]): number {
  let sum = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i]!;
    const [xj, yj] = ring[j]!;
    sum += xj * yi - xi * yj;
  }
  return sum / 2;
}

/** The part of a ring on one side of a line. @see Sutherland and Hodgman 1974, doi:10.1145/360767.360802 */
function clip(ring: readonly Point[], { axis, limit, sign }: { axis: number; limit: number; sign: number }): Point[] {
  const depth = (point: Point) => sign * (point[axis]! - limit);
  const kept: Point[] = [];
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [from, to] = [ring[j]!, ring[i]!];
    const [before, after] = [depth(from), depth(to)];
    if (before >= 0 !== after >= 0) {
      const t = before / (before - after);
      kept.push([from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])]);
    }
    if (after >= 0) kept.push(to);
  }
  return kept;
}
