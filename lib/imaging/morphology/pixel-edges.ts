/**
 * Pixels with a border of one empty pixel, row by row: 0 = outside, anything else = inside. After `numberParts`, the number
 * of the pixel's part.
 */
export type PaddedParts = { readonly part: Int32Array; readonly width: number };

/** Numbers the parts (pixels connected by edges) from 1. Returns how many there are. */
export function numberParts({ part, width }: PaddedParts): number {
  const UNSEEN = -1;
  for (let i = 0; i < part.length; i++) if (part[i] !== 0) part[i] = UNSEEN;
  const steps = [-1, 1, -width, width];
  let parts = 0;
  const open: number[] = [];
  for (let start = 0; start < part.length; start++) {
    if (part[start] !== UNSEEN) continue;
    part[start] = ++parts;
    open.push(start);
    for (let i = open.pop(); i !== undefined; i = open.pop())
      for (let s = 0; s < 4; s++)
        if (part[i + steps[s]] === UNSEEN) {
          part[i + steps[s]] = parts;
          open.push(i + steps[s]);
        }
  }
  return parts;
}

/** A closed walk around a part. A corner is the index of the pixel to its lower right. */
export type Round = { corners: number[]; part: number };

/**
 * Walks along all edges between inside and outside, with the inside on the right. Returns the corners of each round.
 *
 * @param joins - whether pixels that touch only at a corner are connected. If not, each part is walked separately.
 */
export function walkEdges({ part, width }: PaddedParts, joins: boolean): Round[] {
  const rounds: Round[] = [];
  // For east, south, west and north: the step, and the pixels ahead to the right and to the left.
  const step = [1, width, -1, -width];
  const right = [0, -1, -width - 1, -width];
  const left = [-width, 0, -1, -width - 1];
  // Every round goes east somewhere: along the upper edge of a pixel that has nothing above it.
  const isWalked = new Uint8Array(part.length);
  for (let start = width; start < part.length; start++) {
    if (part[start] === 0 || part[start - width] !== 0 || isWalked[start] === 1) continue;
    const own = part[start];
    const corners: number[] = [];
    let [at, way] = [start, 0];
    do {
      corners.push(at);
      for (let turn = 0; turn === 0; ) {
        if (way === 0) isWalked[at] = 1;
        at += step[way];
        const isRight = joins ? part[at + right[way]] !== 0 : part[at + right[way]] === own;
        const isLeft = joins ? part[at + left[way]] !== 0 : part[at + left[way]] === own;
        const goesLeft = isLeft && (joins || isRight);
        turn = goesLeft ? 3 : isRight ? 0 : 1;
        way = (way + turn) % 4;
      }
    } while (at !== start || way !== 0);
    rounds.push({ corners, part: own });
  }
  return rounds;
}

/** Splits a round at each corner that it passes twice, into rounds that touch there. */
export function splitAtCorners(corners: readonly number[]): (readonly number[])[] {
  if (new Set(corners).size === corners.length) return [corners];
  const rounds: number[][] = [];
  const path: number[] = [];
  const place = new Map<number, number>();
  for (const corner of corners) {
    const before = place.get(corner);
    if (before !== undefined) {
      const round = path.splice(before);
      for (const passed of round) place.delete(passed);
      rounds.push(round);
    }
    place.set(corner, path.length);
    path.push(corner);
  }
  return [...rounds, path];
}
