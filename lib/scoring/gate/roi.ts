/** Polygons in image pixels (x right, y down): outer ring first, then holes, as in GeoJSON. */
export type Polygon = readonly (readonly (readonly [x: number, y: number])[])[];

const MAX_BANDS = 4096;
/** An edge can lie in several bands. The bands are so high that they have at most this many entries per edge on average. */
const ENTRIES_PER_EDGE = 8;

/**
 * Tests whether points lie in any of the polygons, which is inside an odd number of a polygon's rings. Edges are sorted
 * into bands of y once, and a point is tested with those of its band alone.
 *
 * @returns a test of x and y in image pixels; a pixel's centre is its index + 0.5
 * @see Shimrat 1962, doi:10.1145/368637.368653 (crossing number)
 */
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
      const [from, to] = [ring[i], ring[j]];
      edges[at++] = from[0];
      edges[at++] = from[1];
      edges[at++] = to[0];
      edges[at++] = to[1];
    }
  return edges;
}

function insidePolygon(rings: Polygon): (x: number, y: number) => boolean {
  const edges = edgesOf(rings);
  const { top, bottom, bandOf, starts, entries } = sortIntoBands(edges);
  return (x, y) => {
    if (!(y >= top && y <= bottom)) return false;
    const band = bandOf(y);
    let inside = false;
    for (let k = starts[band], end = starts[band + 1]; k < end; k++) {
      const at = entries[k];
      const yi = edges[at + 1];
      const yj = edges[at + 3];
      if (yi > y === yj > y) continue;
      const xi = edges[at];
      if (x < ((edges[at + 2] - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
    }
    return inside;
  };
}

type Bands = {
  top: number;
  bottom: number;
  bandOf: (y: number) => number;
  /** (bands + 1): where the entries of each band begin. */
  starts: Int32Array;
  /** Where each edge begins in the list of edges. */
  entries: Int32Array;
};

function sortIntoBands(edges: Float64Array): Bands {
  let [top, bottom] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 1; at < edges.length; at += 2) {
    top = Math.min(top, edges[at]);
    bottom = Math.max(bottom, edges[at]);
  }
  const count = edges.length / 4;
  let height = 0;
  for (let at = 0; at < edges.length; at += 4) height += Math.abs(edges[at + 1] - edges[at + 3]);
  const mean = height / count / (bottom - top || 1);
  const bands = Math.max(1, Math.min(MAX_BANDS, count, Math.floor((ENTRIES_PER_EDGE - 2) / (mean || 1))));
  const scale = bands / (bottom - top || 1);
  const bandOf = (y: number) => Math.min(bands - 1, Math.max(0, Math.floor((y - top) * scale)));
  const starts = new Int32Array(bands + 1);
  const eachBand = (use: (band: number, at: number) => void) => {
    for (let at = 0; at < edges.length; at += 4) {
      const [a, b] = [bandOf(edges[at + 1]), bandOf(edges[at + 3])];
      for (let band = Math.min(a, b); band <= Math.max(a, b); band++) use(band, at);
    }
  };
  eachBand((band) => {
    starts[band + 1]++;
  });
  for (let band = 0; band < bands; band++) starts[band + 1] += starts[band];
  const next = starts.slice();
  const entries = new Int32Array(starts[bands]);
  eachBand((band, at) => {
    entries[next[band]++] = at;
  });
  return { top, bottom, bandOf, starts, entries };
}

type Point = readonly [x: number, y: number];

/** The share of the area of a polygon's outer ring that lies in the picture; 1 for a ring without area. */
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

/** The signed area: the sign is the direction of the ring. */
function areaOf(ring: readonly Point[]): number {
  let sum = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i];
    const [xj, yj] = ring[j];
    sum += xj * yi - xi * yj;
  }
  return sum / 2;
}

/** The part of a ring on one side of a line. @see Sutherland and Hodgman 1974, doi:10.1145/360767.360802 */
function clip(ring: readonly Point[], { axis, limit, sign }: { axis: number; limit: number; sign: number }): Point[] {
  const depth = (point: Point) => sign * (point[axis] - limit);
  const kept: Point[] = [];
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [from, to] = [ring[j], ring[i]];
    const [before, after] = [depth(from), depth(to)];
    if (before >= 0 !== after >= 0) {
      const t = before / (before - after);
      kept.push([from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])]);
    }
    if (after >= 0) kept.push(to);
  }
  return kept;
}
