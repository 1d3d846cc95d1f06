import 'server-only';

/** Formats of the common reader, by their content. */
export const COMMON_FORMATS = ['PNG', 'JPEG', 'WebP', 'AVIF', 'HEIC', 'GIF', 'TIFF'] as const;
export type CommonFormat = (typeof COMMON_FORMATS)[number];

export type Sniffed = { format: CommonFormat } | { format: null; looksLike: string | null };

const text = (bytes: Uint8Array, start: number, end: number) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', start, Math.min(end, bytes.length));

/** Other formats, which the refusal names. */
const NAMED: readonly [name: string, matches: (head: string) => boolean][] = [
  ['SVG', (head) => /<svg[\s>]/i.test(head)],
  ['HTML or XML', (head) => /^\s*</.test(head)],
  ['PDF', (head) => head.includes('%PDF-')],
  ['PostScript', (head) => head.startsWith('%!PS')],
  ['JPEG 2000', (head) => head.startsWith('\0\0\0\x0cjP') || head.startsWith('\xff\x4f\xff\x51')],
  ['JPEG XL', (head) => head.startsWith('\xff\x0a') || head.startsWith('\0\0\0\x0cJXL ')],
  ['a HEIC sequence', (head) => head.slice(4, 8) === 'ftyp' && SEQUENCE_BRANDS.includes(head.slice(8, 12))],
  ['a video (MP4 or MOV)', (head) => head.slice(4, 8) === 'ftyp'],
  ['DICOM', (head) => head.slice(128, 132) === 'DICM'],
  ['Zeiss CZI', (head) => head.startsWith('ZISRAW')],
  ['Leica LIF', (head) => head.startsWith('\x70\0\0\0') && head.charAt(8) === '*'],
  ['BMP', (head) => head.startsWith('BM')],
  ['a ZIP archive', (head) => head.startsWith('PK\x03\x04')],
];

/**
 * Finds a file's format by its first bytes, never by its name or announced media type.
 *
 * Only the formats of the common reader reach a decoder. None of them can refer to another file or host, as SVG, PDF and
 * script formats can.
 */
export function sniffFormat(bytes: Uint8Array): Sniffed {
  const head = text(bytes, 0, 1024);
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return { format: 'PNG' };
  if (head.startsWith('\xff\xd8\xff')) return { format: 'JPEG' };
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a')) return { format: 'GIF' };
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP') return { format: 'WebP' };
  // Classic (42) and BigTIFF (43), in either byte order.
  if (/^(II[\x2a\x2b]\0|MM\0[\x2a\x2b])/.test(head)) return { format: 'TIFF' };
  const brands = head.slice(4, 8) === 'ftyp' ? brandsOf(bytes) : [];
  if (brands.some((brand) => AVIF_BRANDS.includes(brand))) return { format: 'AVIF' };
  const [major = ''] = brands;
  if (!SEQUENCE_BRANDS.includes(major) && brands.some((brand) => HEIC_BRANDS.includes(brand)))
    return { format: 'HEIC' };
  return { format: null, looksLike: NAMED.find(([, matches]) => matches(head))?.[0] ?? null };
}

const AVIF_BRANDS = ['avif', 'avis'];
const HEIC_BRANDS = ['heic', 'heix', 'heim', 'heis', 'mif1'];
const SEQUENCE_BRANDS = ['hevc', 'hevx', 'hevm', 'hevs', 'msf1'];

/** The major brand, which may be a generic one (`mif1`), the version, and the compatible brands. */
function brandsOf(bytes: Uint8Array): string[] {
  const boxSize = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
  return text(bytes, 8, Math.min(boxSize, 256)).match(/.{4}/gs) ?? [];
}
