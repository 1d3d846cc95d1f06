import { emptyRows, findNeighbours, mapNeighbours, sumAround } from '@/lib/scoring/classify/sum-around';
import { ALONE, type MembraneSectors, NOBODY, SECTORS, UNSEEN } from './measure-membranes';

/** What claims say of each cell: entry k belongs to nucleus k. */
export type ClaimedStain = {
  /** `SECTORS` numbers a nucleus; 0 where a sector is not stained. */
  readonly claims: Uint8Array;
  /** Share of the sectors seen that the cell claims, and the density of DAB there; 0 without any. */
  readonly completeness: Float32Array;
  readonly density: Float32Array;
};

/** Where the nuclei are: entry k belongs to nucleus k. */
export type CellPlaces = {
  /** In pixels. */
  readonly centroidX: Float64Array;
  readonly centroidY: Float64Array;
  readonly micronsPerPixel: number;
};

/** Cells within so many µm are those around. */
const AROUND_UM = 60;
/** Completeness from which a cell is taken to be stained until all are judged. */
const FIRST_STAINED = 0.12;
/** Added to both parts of odds, so that none and all have a logarithm. */
const ODDS_FLOOR = 0.02;
/** Of cells around that have no density, and of a cell that has none. */
const COMMON_LOG = Math.log(0.3);
const NO_DENSITY = -1.5;
/** Nuclei that are judged at once: lists of those around take memory. */
const RANGE = 50_000;

/** What a cell is judged by, in the order of `WEIGHTS`. */
export const EVIDENCE = [
  // Log odds of its completeness, and of the share of stained cells around.
  'completeness',
  'around',
  // Log of its density, less the mean of the stained cells around.
  'density',
  // Shares of its sectors that are stained and face no stained cell, or a stained one.
  'own',
  'shared',
  // Of the sectors that face a cell, the share that faces a stained one.
  'neighbours',
] as const;

/** A logistic regression, fitted to simulated fields by `python -m restain_training.membranes.judge`, see the README. */
const WEIGHTS = [1.976, 0.942, 2.231, 5.4, -2.229, 2.31];
const CONSTANT = 3.365;

/**
 * Whether each membrane is stained at all: 1, or 0 where what it claims is likelier its neighbours' stain, or chance.
 *
 * Few claimed sectors say more where most cells around are stained than where hardly any is, and where they are as dense as
 * theirs.
 */
export function judgeStained(claimed: ClaimedStain, sectors: MembraneSectors, places: CellPlaces): Uint8Array {
  const stained = new Uint8Array(sectors.count);
  const evidence = stainEvidence(claimed, sectors, places);
  for (let k = 0; k < sectors.count; k++) {
    if (claimed.completeness[k] === 0) continue;
    let score = CONSTANT;
    for (let f = 0; f < WEIGHTS.length; f++) score += WEIGHTS[f] * evidence[k * WEIGHTS.length + f];
    stained[k] = score > 0 ? 1 : 0;
  }
  return stained;
}

/** The numbers of `EVIDENCE` of each nucleus. */
export function stainEvidence(
  { claims, completeness, density }: ClaimedStain,
  sectors: MembraneSectors,
  { centroidX, centroidY, micronsPerPixel }: CellPlaces,
): Float64Array {
  const { count, facing, neighbours, firstNeighbour } = sectors;
  const width = EVIDENCE.length;
  const evidence = new Float64Array(count * width);
  const first = Uint8Array.from(completeness, (share) => (share >= FIRST_STAINED ? 1 : 0));
  const seen = countSeen(sectors);
  const radius = AROUND_UM / micronsPerPixel;
  const map = mapNeighbours({ count, centroidX, centroidY }, cellsOf(seen), [0, radius]);
  const rows = emptyRows(map, 2);
  for (let i = 0; i < map.owner.length; i++) {
    const k = map.owner[i];
    if (first[k] === 0) continue;
    rows.values[i * rows.stride] = 1;
    rows.values[i * rows.stride + 1] = Math.log(density[k]);
  }
  for (let from = 0; from < count; from += RANGE) {
    const to = Math.min(count, from + RANGE);
    const { sums, counts } = sumAround(findNeighbours(map, from, to), rows);
    for (let k = from; k < to; k++) {
      if (seen[k] === 0) continue;
      const [stainedAround, logs] = [sums[1][2 * (k - from)], sums[1][2 * (k - from) + 1]];
      let [own, shared, faced, facedStained] = [0, 0, 0, 0];
      for (let s = k * SECTORS; s < (k + 1) * SECTORS; s++) {
        const other = facing[s] === ALONE ? NOBODY : neighbours[firstNeighbour[k] + facing[s]];
        const isStained = other !== NOBODY && first[other] === 1;
        if (other !== NOBODY) faced++;
        if (isStained) facedStained++;
        if (claims[s] === 0) continue;
        if (isStained) shared++;
        else own++;
      }
      const usual = stainedAround === 0 ? COMMON_LOG : logs / stainedAround;
      const at = k * width;
      evidence[at] = logOdds(completeness[k]);
      evidence[at + 1] = logOdds((stainedAround + 0.5) / (counts[1][k - from] + 1));
      evidence[at + 2] = density[k] === 0 ? NO_DENSITY : Math.log(density[k]) - usual;
      evidence[at + 3] = own / seen[k];
      evidence[at + 4] = shared / seen[k];
      evidence[at + 5] = faced === 0 ? 0 : facedStained / faced;
    }
  }
  return evidence;
}

const logOdds = (share: number): number => Math.log((share + ODDS_FLOOR) / (1 - share + ODDS_FLOOR));

function countSeen({ count, density }: MembraneSectors): Uint8Array {
  const seen = new Uint8Array(count);
  for (let k = 0; k < count; k++)
    for (let s = k * SECTORS; s < (k + 1) * SECTORS; s++) if (density[s] !== UNSEEN) seen[k]++;
  return seen;
}

/** The nuclei that have a cell of which something is seen. */
function cellsOf(seen: Uint8Array): Int32Array {
  const cells = new Int32Array(seen.length);
  let end = 0;
  for (let k = 0; k < seen.length; k++) if (seen[k] > 0) cells[end++] = k;
  return cells.slice(0, end);
}
