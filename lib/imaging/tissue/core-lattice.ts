type Place = { readonly x: number; readonly y: number };

/** Rows and columns through places, as lines that may be a little askew and unevenly spaced. */
export type Lattice = {
  /** Radians by which the rows are turned, clockwise on the screen: -45° to 45°. */
  readonly angle: number;
  readonly rows: number;
  readonly columns: number;
  /** Where the core of a row and column should lie. */
  readonly at: (row: number, column: number) => Place;
};

/** Neighbours along a row or column are no farther than this, in distances to the nearest one. Diagonal ones are. */
const NEIGHBOUR = 1.3;
/** A line begins where the next place is farther than this share of the distance between neighbours. */
const NEW_LINE = 0.5;
/** A gap is a number of empty lines if it is that many pitches, give or take this share. Else it parts two sectors. */
const EVEN = 0.22;
/** Lines with fewer places are chance, unless there are few columns or rows at all. */
const FEWEST_ON_LINE = 2;
const ROUNDS = 4;

/** Fits rows and columns through the places of cores. @returns null when they make no grid of two rows or columns */
export function fitLattice(places: readonly Place[]): Lattice | null {
  if (places.length < 4) return null;
  const nearest = places.map((place) =>
    Math.min(...places.filter((other) => other !== place).map((other) => distance(place, other))),
  );
  const pitch = [...nearest].sort((a, b) => a - b)[nearest.length >> 1];
  const angle = mainAngle(places, pitch);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const turned = places.map(({ x, y }) => ({ x: x * cos + y * sin, y: y * cos - x * sin }));
  const rows = fitLines(
    turned.map(({ x, y }) => ({ along: x, across: y })),
    pitch,
  );
  const columns = fitLines(
    turned.map(({ x, y }) => ({ along: y, across: x })),
    pitch,
  );
  if (rows === null || columns === null || rows.count * columns.count < 4) return null;
  const at = (row: number, column: number): Place => {
    // The crossing of y = r + slope x and x = c + slope y.
    const [r, c] = [rows.offsetOf(row), columns.offsetOf(column)];
    const x = (c + columns.slope * r) / (1 - rows.slope * columns.slope);
    const y = r + rows.slope * x;
    return { x: x * cos - y * sin, y: x * sin + y * cos };
  };
  return { angle, rows: rows.count, columns: columns.count, at };
}

const distance = (a: Place, b: Place) => Math.hypot(a.x - b.x, a.y - b.y);

/** The direction of rows from the directions to near neighbours, which repeat every quarter turn. */
function mainAngle(places: readonly Place[], pitch: number): number {
  let [cos, sin] = [0, 0];
  for (const a of places)
    for (const b of places) {
      const length = distance(a, b);
      if (length === 0 || length > NEIGHBOUR * pitch) continue;
      const turn = 4 * Math.atan2(b.y - a.y, b.x - a.x);
      cos += Math.cos(turn);
      sin += Math.sin(turn);
    }
  return Math.atan2(sin, cos) / 4;
}

type Spot = { readonly along: number; readonly across: number };

type Lines = {
  readonly count: number;
  readonly slope: number;
  /** Where line n crosses along = 0; empty lines lie between their neighbours. */
  readonly offsetOf: (line: number) => number;
};

/** Sorts spots into lines that share one slope. @param nearest - the usual distance to the nearest spot. */
function fitLines(spots: readonly Spot[], nearest: number): Lines | null {
  let slope = 0;
  let groups: number[][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    groups = groupByOffset(
      spots.map(({ along, across }) => across - slope * along),
      nearest,
    );
    slope += slopeWithin(spots, groups, slope);
  }
  const offsets = spots.map(({ along, across }) => across - slope * along);
  const full = groups.filter((group) => group.length >= FEWEST_ON_LINE);
  if (full.length === 0) return null;
  const means = full.map((group) => group.reduce((sum, i) => sum + offsets[i], 0) / group.length);
  const pitch = usualStep(means);
  const numbers = numberLines(means, pitch);
  const offsetOf = (line: number) => {
    const next = numbers.findIndex((number) => number >= line);
    if (next < 0) return means[means.length - 1] + (line - numbers[numbers.length - 1]) * pitch;
    if (numbers[next] === line) return means[next];
    if (next === 0) return means[0] - (numbers[0] - line) * pitch;
    const share = (line - numbers[next - 1]) / (numbers[next] - numbers[next - 1]);
    return means[next - 1] + share * (means[next] - means[next - 1]);
  };
  return { count: numbers[numbers.length - 1] + 1, slope, offsetOf };
}

/** Groups of places in order; a group ends where the next place is far. */
function groupByOffset(offsets: readonly number[], nearest: number): number[][] {
  const order = offsets.map((_, i) => i).sort((a, b) => offsets[a] - offsets[b]);
  const groups: number[][] = [[order[0]]];
  for (const [n, i] of order.slice(1).entries())
    if (offsets[i] - offsets[order[n]] > NEW_LINE * nearest) groups.push([i]);
    else groups[groups.length - 1].push(i);
  return groups;
}

/** How much all groups together still lean. */
function slopeWithin(spots: readonly Spot[], groups: readonly number[][], slope: number): number {
  let [xy, xx] = [0, 0];
  for (const group of groups) {
    const meanAlong = group.reduce((sum, i) => sum + spots[i].along, 0) / group.length;
    const meanOffset = group.reduce((sum, i) => sum + spots[i].across - slope * spots[i].along, 0) / group.length;
    for (const i of group) {
      const x = spots[i].along - meanAlong;
      xx += x * x;
      xy += x * (spots[i].across - slope * spots[i].along - meanOffset);
    }
  }
  return xx === 0 ? 0 : xy / xx;
}

function usualStep(means: readonly number[]): number {
  const steps = means
    .slice(1)
    .map((mean, i) => mean - means[i])
    .sort((a, b) => a - b);
  return steps.length === 0 ? 0 : steps[(steps.length - 1) >> 1];
}

/** Numbers lines from 0, with numbers left free for lines without any place. */
function numberLines(means: readonly number[], pitch: number): number[] {
  const numbers = [0];
  for (let i = 1; i < means.length; i++) {
    const steps = (means[i] - means[i - 1]) / pitch;
    const whole = Math.round(steps);
    numbers.push(numbers[i - 1] + (whole > 1 && Math.abs(steps - whole) <= EVEN ? whole : 1));
  }
  return numbers;
}
