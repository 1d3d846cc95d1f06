const SEEDS = [0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f] as const;

/**
 * A UUID (version 8: of our own making) that follows from a text: the same nucleus has the same id in every export.
 *
 * Four murmur3 hashes with seeds of their own, 122 bits of them. By hand, for a page that comes by plain http has no
 * `crypto.subtle`, and nothing is to be kept secret.
 *
 * @see RFC 9562, section 5.8
 */
export function stableUuid(text: string): string {
  const words = SEEDS.map((seed) => murmur3(text, seed));
  words[1] = ((words[1] & 0xffff0fff) | 0x8000) >>> 0;
  words[2] = ((words[2] & 0x3fffffff) | 0x80000000) >>> 0;
  const hex = words.map((word) => word.toString(16).padStart(8, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Of the UTF-16 units. @see Appleby 2011, MurmurHash3_x86_32 */
function murmur3(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) {
    let block = Math.imul(text.charCodeAt(i), 0xcc9e2d51);
    block = (block << 15) | (block >>> 17);
    hash ^= Math.imul(block, 0x1b873593);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  hash ^= text.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
