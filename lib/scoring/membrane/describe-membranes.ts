import { type MembraneSectors, NOBODY, SECTORS, UNSEEN } from './measure-membranes';

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
 * QuPath's densities of DAB for 1+, 2+ and 3+ are 0.2, 0.4 and 0.6. The shares were chosen on simulated fields, see the
 * README.
 */
export const MEMBRANE_CUTS: MembraneCuts = { weak: 0.2, moderate: 0.4, strong: 0.6, complete: 0.8, partial: 0.1 };

/** A membrane stands out against the cytoplasm by this factor at least: otherwise the cytoplasm is stained, not the membrane. */
const LEAST_RATIO = 2;
/** How often stain between two cells is handed to the one that has more of it. */
const ROUNDS = 5;

/** Entry k belongs to nucleus k. */
export type Membranes = {
  /** Share of the sectors seen that are stained, 0 to 1; 0 where none is seen. */
  readonly completeness: Float32Array;
  /** Mean density of DAB of the stained sectors; 0 without any. */
  readonly density: Float32Array;
  /** Median density of DAB of the cytoplasm. */
  readonly cytoplasm: Float32Array;
};

/**
 * Completeness and density of each membrane.
 *
 * Where two cells meet, both see the stain between them. It counts for a cell in proportion to how complete its membrane is
 * compared to the other's, so that an unstained cell is not called stained for its neighbours. A stained cytoplasm counts as a
 * complete membrane there.
 */
export function describeMembranes(
  { count, density, facing, cytoplasm }: MembraneSectors,
  { weak }: Pick<MembraneCuts, 'weak'>,
): Membranes {
  const stained = new Uint8Array(count * SECTORS);
  const seen = new Uint8Array(count);
  for (let k = 0; k < count; k++) {
    const least = Math.max(100 * weak, 100 * LEAST_RATIO * cytoplasm[k]);
    for (let s = k * SECTORS; s < (k + 1) * SECTORS; s++) {
      if (density[s] === UNSEEN) continue;
      seen[k]++;
      if (density[s] >= least) stained[s] = 1;
    }
  }
  let completeness: Float32Array = new Float32Array(count).fill(1);
  for (let round = 0; round <= ROUNDS; round++) {
    const claims = completeness.map((share, k) => (cytoplasm[k] >= weak ? 1 : share));
    completeness = claims.map((own, k) => {
      let sum = 0;
      for (let s = k * SECTORS; s < (k + 1) * SECTORS; s++)
        if (stained[s] === 1) sum += shareOf(own, facing[s] === NOBODY ? 0 : claims[facing[s]]);
      return seen[k] === 0 ? 0 : sum / seen[k];
    });
  }
  const mean = new Float32Array(count);
  for (let k = 0; k < count; k++) {
    let [sum, sectors] = [0, 0];
    for (let s = k * SECTORS; s < (k + 1) * SECTORS; s++)
      if (stained[s] === 1) {
        sum += density[s];
        sectors++;
      }
    mean[k] = sectors === 0 ? 0 : sum / sectors / 100;
  }
  return { completeness, density: mean, cytoplasm };
}

const shareOf = (own: number, other: number): number => (other > own ? own / other : 1);
