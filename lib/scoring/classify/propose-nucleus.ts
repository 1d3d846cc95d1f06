/** Less likely kinds are unsure. */
export const SURE = 0.6;

/**
 * How many of the nuclei that count are unsure, and which is the least sure: the next one to ask about. Its index is -1 without
 * nuclei, and where all are as sure as can be.
 *
 * @param likelihood - of the kind of each nucleus; 1 where somebody stated it.
 */
export function findUnsure(likelihood: Float32Array, counted: Uint8Array): { count: number; least: number } {
  let [count, least] = [0, -1];
  for (let k = 0; k < likelihood.length; k++) {
    if (counted[k] !== 1 || likelihood[k] >= 1) continue;
    if (likelihood[k] < SURE) count++;
    if (least < 0 || likelihood[k] < likelihood[least]) least = k;
  }
  return { count, least };
}
