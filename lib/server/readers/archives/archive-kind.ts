import 'server-only';

/** How many bytes at the start of a file are looked at. */
export const ARCHIVE_HEAD_BYTES = 512;

const KINDS: readonly [name: string, matches: (head: string) => boolean][] = [
  ['ZIP', (head) => ['PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08'].some((start) => head.startsWith(start))],
  // Deflated, without flags that no writer sets. The first two bytes alone occur in raw pixels, too.
  ['gzip', (head) => head.startsWith('\x1f\x8b\x08') && head.charCodeAt(3) < 0x20],
  ['bzip2', (head) => /^BZh[1-9]/.test(head) && ['1AY&SY', '\x17rE8P\x90'].includes(head.slice(4, 10))],
  ['xz', (head) => head.startsWith('\xfd7zXZ\0')],
  ['Zstandard', (head) => head.startsWith('\x28\xb5\x2f\xfd')],
  ['LZ4', (head) => head.startsWith('\x04\x22\x4d\x18')],
  ['7z', (head) => head.startsWith('7z\xbc\xaf\x27\x1c')],
  ['RAR', (head) => head.startsWith('Rar!\x1a\x07')],
  ['tar', (head) => head.slice(257, 262) === 'ustar'],
];

/** The kind of archive or compressed file with such a start; null for anything else. Only a ZIP is ever opened. */
export function archiveKind(head: Buffer): string | null {
  const text = head.toString('latin1', 0, ARCHIVE_HEAD_BYTES);
  return KINDS.find(([, matches]) => matches(text))?.[0] ?? null;
}
