import { AppError } from '@/lib/errors';

const TYPES = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
} as const;
type TypeName = keyof typeof TYPES;
export type BlockValues = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array;
export type Block = { readonly name: string; readonly values: BlockValues };

/** Four letters at the file's beginning, and the version that its reader knows. */
export type BlockFormat = { readonly magic: string; readonly version: number };

/** Bytes before the header: four letters, version (uint16), two bytes of 0, length of the header (uint32). */
const PREFIX = 12;
const ALIGNMENT = 8;
const aligned = (length: number) => Math.ceil(length / ALIGNMENT) * ALIGNMENT;

/**
 * Writes facts and named arrays of numbers as one file: a prefix, a JSON header `{ facts, blocks: [{ name, type, length }] }` with
 * spaces at its end, then the arrays in the same order. Arrays are little-endian; each begins at a multiple of 8 bytes.
 */
export function writeBlocks({ magic, version }: BlockFormat, facts: object, blocks: readonly Block[]): Uint8Array {
  const stated = blocks.map(({ name, values }) => ({ name, type: typeOf(values), length: values.length }));
  const header = new TextEncoder().encode(JSON.stringify({ facts, blocks: stated }));
  const start = aligned(PREFIX + header.length);
  const bytes = new Uint8Array(start + blocks.reduce((sum, { values }) => sum + aligned(values.byteLength), 0));
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(magic));
  view.setUint16(4, version, true);
  view.setUint32(8, start - PREFIX, true);
  bytes.fill(' '.charCodeAt(0), PREFIX, start);
  bytes.set(header, PREFIX);
  let at = start;
  for (const { values } of blocks) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += aligned(values.byteLength);
  }
  return bytes;
}

function typeOf(values: BlockValues): TypeName {
  const name = (Object.keys(TYPES) as TypeName[]).find((type) => values instanceof TYPES[type]);
  if (name === undefined) throw new AppError('shape_mismatch', 'a block holds numbers of an unknown type');
  return name;
}

export type ReadBlocks = { readonly facts: unknown; readonly block: (name: string) => BlockValues | undefined };

/**
 * Reads what `writeBlocks` wrote. Blocks of types that are not known are skipped.
 *
 * The arrays are views of `bytes` where these begin at a multiple of 8 bytes of their buffer; else of one copy.
 *
 * @throws AppError `internal` when the bytes are cut off, of another format, of another version, or damaged
 */
export function readBlocks({ magic, version }: BlockFormat, given: Uint8Array): ReadBlocks {
  const bytes = given.byteOffset % ALIGNMENT === 0 ? given : given.slice();
  const refuse = (why: string) => new AppError('internal', `a ${magic} file of ${bytes.length} bytes ${why}`);
  if (bytes.length < PREFIX) throw refuse('has no beginning');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = String.fromCharCode(...bytes.subarray(0, 4));
  if (found !== magic) throw refuse('begins with other letters');
  const foundVersion = view.getUint16(4, true);
  if (foundVersion !== version) throw refuse(`has version ${foundVersion}; version ${version} can be read`);
  const start = PREFIX + view.getUint32(8, true);
  if (start > bytes.length || start % ALIGNMENT !== 0) throw refuse(`ends in its header of ${start} bytes`);
  const header = parseHeader(bytes.subarray(PREFIX, start));
  if (header === null) throw refuse('has a damaged header');
  const values = new Map<string, BlockValues>();
  let at = start;
  for (const { name, type, length, size } of header.blocks) {
    const byteLength = size * length;
    if (at + byteLength > bytes.length) throw refuse(`ends in its block "${name}"`);
    const make = TYPES[type as TypeName] as (typeof TYPES)[TypeName] | undefined;
    if (make) values.set(name, new make(bytes.buffer as ArrayBuffer, bytes.byteOffset + at, length));
    at += aligned(byteLength);
  }
  return { facts: header.facts, block: (name) => values.get(name) };
}

type StatedBlock = { name: string; type: string; length: number; size: number };

function parseHeader(bytes: Uint8Array): { facts: unknown; blocks: StatedBlock[] } | null {
  let header: { facts?: unknown; blocks?: unknown } | null;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
  if (typeof header !== 'object' || header === null || !Array.isArray(header.blocks)) return null;
  const blocks: StatedBlock[] = [];
  for (const block of header.blocks as unknown[]) {
    if (typeof block !== 'object' || block === null) return null;
    const { name, type, length } = block as Record<string, unknown>;
    // The last figures of a type are its bits, also of one that is not known.
    const bits = typeof type === 'string' ? /(8|16|32|64)$/.exec(type) : null;
    if (typeof name !== 'string' || bits === null || !Number.isSafeInteger(length) || (length as number) < 0)
      return null;
    blocks.push({ name, type: type as string, length: length as number, size: Number(bits[0]) / 8 });
  }
  return { facts: header.facts, blocks };
}
