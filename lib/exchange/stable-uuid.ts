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
  const words = murmur3(name, places);
  words[1] = ((words[1] & 0xffff0fff) | 0x8000) >>> 0;
  words[2] = ((words[2] & 0x3fffffff) | 0x80000000) >>> 0;
  const hex = words.map((word) => word.toString(16).padStart(8, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** One hash for each seed, side by side: what is done to a block before it is mixed in does not depend on the seed. */
function murmur3(name: string, places: readonly number[]): number[] {
  let [a, b, c, d]: readonly number[] = SEEDS;
  const mix = (block: number) => {
    const scrambled = scramble(block);
    a = mixIn(a, scrambled);
    b = mixIn(b, scrambled);
    c = mixIn(c, scrambled);
    d = mixIn(d, scrambled);
  };
  for (let i = 0; i < name.length; i++) mix(name.charCodeAt(i));
  for (let i = 0; i < places.length; i++) {
    const steps = Math.round(places[i] * STEPS);
    mix(steps | 0);
    mix(Math.floor(steps / HIGH));
  }
  return [a, b, c, d].map((hash) => finish(hash ^ (name.length + places.length)));
}

/** @see Appleby 2011, MurmurHash3_x86_32 */
function scramble(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}

function mixIn(hash: number, scrambled: number): number {
  const mixed = hash ^ scrambled;
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(mixed: number): number {
  let hash = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
