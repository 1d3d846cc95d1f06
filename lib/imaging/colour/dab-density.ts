import type { Raster } from '@/lib/imaging/raster';
import { balancedBytes } from './white-balance';

/** Optical density (red, green, blue) of the stains. @see Ruifrok and Johnston 2001 */
const HEMATOXYLIN = [0.65, 0.7, 0.29] as const;
const DAB = [0.27, 0.57, 0.78] as const;

type Vector = readonly [number, number, number];

const unit = (v: Vector): Vector => {
  const length = Math.sqrt(v[0] ** 2 + v[1] ** 2 + v[2] ** 2);
  return [v[0] / length, v[1] / length, v[2] / length];
};
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** What a density is multiplied by for the amount of DAB in it: 0 for hematoxylin, and for what is neither. */
function dabWeights(): Vector {
  const [hematoxylin, dab] = [unit(HEMATOXYLIN), unit(DAB)];
  const across = cross(unit(cross(hematoxylin, dab)), hematoxylin);
  const length = across[0] * dab[0] + across[1] * dab[1] + across[2] * dab[2];
  return [across[0] / length, across[1] / length, across[2] / length];
}
const WEIGHTS = dabWeights();

/** Largest density that is told, in hundredths. */
export const MOST_CENTI_DAB = 254;

/**
 * Optical density of DAB, apart from hematoxylin, by colour deconvolution with fixed vectors.
 *
 * @param image - RGB
 * @param gains - of the white balance, one a channel
 * @param fromRow - the first row that is read, and `toRow` the one after the last
 * @returns ((toRow - fromRow), width) in hundredths of the density of a stain vector of length 1, as QuPath's; 0 to
 *   `MOST_CENTI_DAB`, 0 for no brown
 */
export function dabDensities(
  { data, width }: Raster,
  gains: readonly number[],
  fromRow: number,
  toRow: number,
): Uint8Array {
  const [red, green, blue] = gains.map((gain, channel) => {
    const bytes = balancedBytes(gain);
    return Float64Array.from(bytes, (byte) => 100 * WEIGHTS[channel] * Math.log10(255 / Math.max(1, byte)));
  });
  const density = new Uint8Array((toRow - fromRow) * width);
  for (let i = 0, c = 3 * fromRow * width; i < density.length; i++, c += 3) {
    const dab = red[data[c]] + green[data[c + 1]] + blue[data[c + 2]] + 0.5;
    density[i] = Math.max(0, Math.min(MOST_CENTI_DAB, dab));
  }
  return density;
}
