import { type CellPlaces, type ClaimedStain, judgeStained } from './judge-stained';
import { ALONE, type MembraneSectors, NOBODY, SECTORS, UNSEEN } from './measure-membranes';

/** Where a membrane counts as stained, and how strongly. Densities are those of DAB, of a stain vector of length 1. */
export type MembraneCuts = {
  /** Density from which a sector is stained, and from which the stained part of a membrane is moderate or strong. */
  readonly weak: number;
  readonly moderate: number;
  readonly strong: number;
  /** Share of the sectors from which a membrane is complete. */
  readonly complete: number;
  /** Share of the sectors from which a membrane counts as stained at all. */
  readonly partial: number;
};

/**
 * QuPath's densities of DAB for 1+, 2+ and 3+ are 0.2, 0.4 and 0.6. `weak` is lower, since optics blur a membrane, which is
 * thinner than what they resolve. It and the shares were chosen on simulated fields, see the README. `partial` is one sector
 * of 24: whether a membrane is stained at all is judged by more than that (`judgeStained`).
 */
export const MEMBRANE_CUTS: MembraneCuts = { weak: 0.15, moderate: 0.4, strong: 0.6, complete: 0.8, partial: 0.04 };

/** A membrane stands out against the cytoplasm by this factor at least: otherwise the cytoplasm is stained, not the membrane. */
const LEAST_RATIO = 2;

// Whose stain is it? All chosen on simulated fields, see the README.
/** How often claims are weighed against each other. */
const ROUNDS = 8;
/** Log spread of the density along one membrane. */
const SPREAD = 0.4;
/** Likelihood of any density, beside that of the expected one: 1. */
const OUTLIER = 0.05;
/** Of a sector's expectation: so much comes from the sectors beside it, the rest from the whole cell. */
const NEARBY = 0.4;
/** A cell is never expected to have less of its membrane stained, nor more. */
const LEAST_EXPECTED = 0.03;
const MOST_EXPECTED = 0.95;
/** A membrane is taken to be half as dense as what lies around its cell, with the weight of so many sectors of its own. */
const HALVED_SECTORS = 8;
/** Claim on a border before anything is known of the two cells, and how much of it is taken to be the cell's alone. */
const FIRST_CLAIM = 0.4;
const FIRST_ALONE = 0.24;

/** Entry k belongs to nucleus k. */
export type Membranes = {
  /** Share of the sectors seen that are stained, 0 to 1; 0 where none is seen, or the membrane is judged unstained. */
  readonly completeness: Float32Array;
  /** Mean density of DAB of the stained sectors; 0 without any. */
  readonly density: Float32Array;
  /** Median density of DAB of the cytoplasm. */
  readonly cytoplasm: Float32Array;
};

/** Completeness and density of each membrane: what the cell claims of the stain around it, if it is judged stained. */
export function describeMembranes(
  sectors: MembraneSectors,
  cuts: Pick<MembraneCuts, 'weak'>,
  places: CellPlaces,
): Membranes {
  const claimed = claimStain(sectors, cuts);
  const stained = judgeStained(claimed, sectors, places);
  const ofStained = (values: Float32Array) => values.map((value, k) => (stained[k] === 1 ? value : 0));
  const { completeness, density } = claimed;
  return { completeness: ofStained(completeness), density: ofStained(density), cytoplasm: sectors.cytoplasm };
}

/**
 * Which stain each cell claims.
 *
 * Where two cells meet, both see the stain between them. It is either one's or both's: both together are as dense as their
 * membranes are elsewhere, added up. How likely each of the three is follows from that, from how much of either membrane is
 * stained, and from the sectors beside it; and as that changes what is known of the cells, it is asked in rounds. So an unstained
 * cell is not called stained for its neighbours. A stained cytoplasm counts as a complete membrane there.
 */
export function claimStain(sectors: MembraneSectors, { weak }: Pick<MembraneCuts, 'weak'>): ClaimedStain {
  const { count, density } = sectors;
  const claims = findStained(sectors, weak);
  const facts = collectFacts(sectors, claims, weak);
  let known = firstKnown(sectors, claims, facts);
  // Cells that share no stain stay as they are.
  let next = structuredClone(known);
  for (let round = 0; round < ROUNDS; round++) {
    weighClaims(sectors, claims, facts, known, next);
    [known, next] = [next, known];
  }
  const mean = new Float32Array(count);
  for (let k = 0; k < count; k++) {
    let sum = 0;
    let claimed = 0;
    for (let s = k * SECTORS; s < (k + 1) * SECTORS; s++) {
      sum += claims[s] * density[s];
      claimed += claims[s];
    }
    mean[k] = claimed === 0 ? 0 : sum / claimed / 100;
  }
  return { claims, completeness: known.share, density: mean };
}

/** Claims are stored as bytes, since a slide has a million cells: `FULL` is 1, `NONE` that of a sector without stain. */
const NONE = 0;
const LEAST_CLAIM = 1;
const SHARED_FULL = 254;
const FULL = 255;
/** Of a sector that is stained and shared, as a byte: a claim may grow again. */
const toByte = (claim: number): number => Math.max(LEAST_CLAIM, (SHARED_FULL * claim + 0.5) | 0);

/** First claims: sectors that no one shares are the cell's own, now and in every round. */
function findStained(sectors: MembraneSectors, weak: number): Uint8Array {
  const { count, density, facing, neighbours, firstNeighbour, cytoplasm } = sectors;
  const claims = new Uint8Array(count * SECTORS);
  for (let k = 0; k < count; k++) {
    const least = Math.max(100 * weak, 100 * LEAST_RATIO * cytoplasm[k]);
    for (let s = k * SECTORS; s < (k + 1) * SECTORS; s++)
      if (density[s] !== UNSEEN && density[s] >= least) {
        const isShared = facing[s] !== ALONE && neighbours[firstNeighbour[k] + facing[s]] !== NOBODY;
        claims[s] = isShared ? toByte(FIRST_CLAIM) : FULL;
      }
  }
  return claims;
}

/** What does not change from round to round. */
type Facts = {
  /** By nucleus: sectors that are seen, those that are stained and shared, and those that are not shared, with the sum of their log densities. */
  readonly seen: Uint8Array;
  readonly shared: Uint8Array;
  readonly free: Uint8Array;
  readonly freeLogs: Float32Array;
  /** Mean log density of all stained sectors; 0 without any. */
  readonly around: Float32Array;
  readonly isBrown: Uint8Array;
  /** By entry of `neighbours`: sectors that face that neighbour, and the entry by which it names this cell; `NOBODY` for none. */
  readonly length: Uint8Array;
  readonly reverse: Int32Array;
};

function collectFacts(sectors: MembraneSectors, claims: Uint8Array, weak: number): Facts {
  const { count, density, facing, neighbours, firstNeighbour, cytoplasm } = sectors;
  const [seen, shared, free] = [new Uint8Array(count), new Uint8Array(count), new Uint8Array(count)];
  const [freeLogs, around] = [new Float32Array(count), new Float32Array(count)];
  const length = new Uint8Array(neighbours.length);
  const reverse = new Int32Array(neighbours.length).fill(NOBODY);
  for (let k = 0; k < count; k++) {
    let logs = 0;
    let stained = 0;
    for (let s = k * SECTORS; s < (k + 1) * SECTORS; s++) {
      if (density[s] === UNSEEN) continue;
      seen[k]++;
      if (facing[s] !== ALONE) length[firstNeighbour[k] + facing[s]]++;
      if (claims[s] === NONE) continue;
      stained++;
      logs += LOG_DENSITY[density[s]];
      if (claims[s] !== FULL) {
        shared[k]++;
        continue;
      }
      free[k]++;
      freeLogs[k] += LOG_DENSITY[density[s]];
    }
    if (stained > 0) around[k] = logs / stained;
    for (let n = firstNeighbour[k]; n < firstNeighbour[k + 1]; n++) {
      const next = neighbours[n];
      if (next === NOBODY) continue;
      for (let m = firstNeighbour[next]; m < firstNeighbour[next + 1]; m++) if (neighbours[m] === k) reverse[n] = m;
    }
  }
  const isBrown = Uint8Array.from(cytoplasm, (value) => (value >= weak ? 1 : 0));
  return { seen, shared, free, freeLogs, around, isBrown, length, reverse };
}

/** What is known after a round. */
type Known = {
  /** By nucleus: share of the membrane that is stained, and the density of its membrane alone, also as a logarithm. */
  readonly share: Float32Array;
  readonly level: Float32Array;
  readonly log: Float32Array;
  /** By entry of `neighbours`: mean claim along that border. */
  readonly border: Float32Array;
};

const emptyKnown = ({ count, neighbours }: MembraneSectors): Known => ({
  share: new Float32Array(count),
  level: new Float32Array(count),
  log: new Float32Array(count),
  border: new Float32Array(neighbours.length),
});

/** What first claims say. */
function firstKnown(sectors: MembraneSectors, claims: Uint8Array, facts: Facts): Known {
  const { count, density, facing, firstNeighbour } = sectors;
  const known = emptyKnown(sectors);
  const sums = new Float64Array(SECTORS);
  for (let k = 0; k < count; k++) {
    let alone = 0;
    let logs = 0;
    for (let s = k * SECTORS; s < (k + 1) * SECTORS; s++) {
      if (claims[s] === NONE || claims[s] === FULL) continue;
      sums[facing[s]] += FIRST_CLAIM;
      alone += FIRST_ALONE;
      logs += FIRST_ALONE * LOG_DENSITY[density[s]];
    }
    sumUp(k, sums, alone, logs, firstNeighbour, facts, known);
  }
  return known;
}

/** @param sums - of the cell's claims, by border; 0 when it returns @param alone - of what is the cell's and no one else's */
function sumUp(
  k: number,
  sums: Float64Array,
  alone: number,
  logs: number,
  firstNeighbour: Int32Array,
  { seen, free, freeLogs, around, length }: Facts,
  known: Known,
): void {
  let claimed: number = free[k];
  for (let n = firstNeighbour[k], of = 0; n < firstNeighbour[k + 1]; n++, of++) {
    claimed += sums[of];
    known.border[n] = length[n] === 0 ? 0 : sums[of] / length[n];
    sums[of] = 0;
  }
  known.share[k] = seen[k] === 0 ? 0 : claimed / seen[k];
  known.log[k] = (freeLogs[k] + logs + HALVED_SECTORS * (around[k] - Math.LN2)) / (free[k] + alone + HALVED_SECTORS);
  known.level[k] = Math.exp(known.log[k]);
}

const expected = (share: number): number => Math.min(MOST_EXPECTED, Math.max(LEAST_EXPECTED, share));

/** One round: claims of all cells anew, by what is known of them and of their neighbours. */
function weighClaims(sectors: MembraneSectors, claims: Uint8Array, facts: Facts, known: Known, next: Known): void {
  const { count, density, facing, neighbours, firstNeighbour } = sectors;
  const { isBrown, reverse, shared } = facts;
  const before = new Float64Array(SECTORS);
  const sums = new Float64Array(SECTORS);
  // By border: how likely the neighbour's membrane is stained there, how dense it is, and how dense both are together.
  const theirs = new Float64Array(SECTORS);
  const theirLog = new Float64Array(SECTORS);
  const bothLog = new Float64Array(SECTORS);
  for (let k = 0; k < count; k++) {
    if (shared[k] === 0) continue;
    const first = firstNeighbour[k];
    const level = known.level[k];
    const ownLog = known.log[k];
    let alone = 0;
    let logs = 0;
    for (let n = first, of = 0; n < firstNeighbour[k + 1]; n++, of++) {
      const other = neighbours[n];
      if (other === NOBODY) continue;
      const all = expected(known.share[other]);
      const here = reverse[n] === NOBODY ? all : known.border[reverse[n]];
      theirs[of] = isBrown[other] === 1 ? MOST_EXPECTED : expected((1 - NEARBY) * all + NEARBY * here);
      theirLog[of] = known.log[other];
      bothLog[of] = Math.log(level + known.level[other]);
    }
    const base = (1 - NEARBY) * expected(known.share[k]);
    for (let s = 0; s < SECTORS; s++) before[s] = SHARES[claims[k * SECTORS + s]];
    for (let s = 0; s < SECTORS; s++) {
      const i = k * SECTORS + s;
      if (claims[i] === NONE || claims[i] === FULL) continue;
      const of = facing[i];
      const beside = before[s === 0 ? SECTORS - 1 : s - 1] + before[s === SECTORS - 1 ? 0 : s + 1];
      const mine = expected(base + 0.5 * NEARBY * beside);
      const log = LOG_DENSITY[density[i]];
      const ofMine = mine * (1 - theirs[of]) * likelihoodOf(log - ownLog);
      const ofTheirs = (1 - mine) * theirs[of] * likelihoodOf(log - theirLog[of]);
      const ofBoth = mine * theirs[of] * likelihoodOf(log - bothLog[of]);
      const scale = 1 / (ofMine + ofTheirs + ofBoth);
      const claim = (ofMine + ofBoth) * scale;
      claims[i] = toByte(claim);
      sums[of] += claim;
      alone += ofMine * scale;
      logs += ofMine * scale * log;
    }
    sumUp(k, sums, alone, logs, firstNeighbour, facts, next);
  }
}

/** What a claim's byte means. */
const SHARES = Float64Array.from({ length: FULL + 1 }, (_, claim) => Math.min(1, claim / SHARED_FULL));

/** Natural logarithm of a density in hundredths. */
const LOG_DENSITY = Float64Array.from({ length: UNSEEN }, (_, value) => Math.log(Math.max(2, value) / 100));

/** Steps of the table a unit of the logarithm: a table, since a slide asks a hundred million times. */
const STEPS = 64;
const LIKELIHOODS = Float64Array.from(
  { length: 2 * STEPS },
  (_, step) => OUTLIER + Math.exp(-0.5 * (step / STEPS / SPREAD) ** 2),
);

/** Of a density that is so far off the expected one, as logarithms; 1 + `OUTLIER` at most. */
const likelihoodOf = (off: number): number =>
  LIKELIHOODS[Math.min(LIKELIHOODS.length - 1, (STEPS * Math.abs(off) + 0.5) | 0)];
