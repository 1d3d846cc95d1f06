const SEEDS = [0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f] as const;
/** Coordinates are compared to a thousandth. */
const STEPS = 1000;
const HIGH = 2 ** 32;

/**
 * A UUID (version 8) that follows from a name and coordinates: the same nucleus has the same id in every export.
 *
 * It has 122 bits of four murmur3 hashes with different seeds. `crypto.subtle` is not used, because pages on plain http do
 * not have it. Nothing here is secret.
 *
 * @see RFC 9562, section 5.8
 */
export function stableUuid(name: string, places: readonly number[]): string {
  const words = SEEDS.map((seed) => murmur3(name, places, seed));
  words[1] = ((words[1] & 0xffff0fff) | 0x8000) >>> 0;
  words[2] = ((words[2] & 0x3fffffff) | 0x80000000) >>> 0;
  const hex = words.map((word) => word.toString(16).padStart(8, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** @see Appleby 2011, MurmurHash3_x86_32 */
function murmur3(name: string, places: readonly number[], seed: number): number {
  let hash = seed;
  for (let i = 0; i < name.length; i++) hash = mix(hash, name.charCodeAt(i));
  for (let i = 0; i < places.length; i++) {
    const steps = Math.round(places[i] * STEPS);
    hash = mix(mix(hash, steps | 0), Math.floor(steps / HIGH));
  }
  hash ^= name.length + places.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mix(hash: number, block: number): number {
  let mixed = Math.imul(block, 0xcc9e2d51);
  mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593) ^ hash;
  mixed = (mixed << 13) | (mixed >>> 19);
  return (Math.imul(mixed, 5) + 0xe6546b64) | 0;
}
