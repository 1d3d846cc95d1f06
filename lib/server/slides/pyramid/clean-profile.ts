import 'server-only';

const HEADER_BYTES = 128;
const MAX_TAGS = 200;
/** What of the header says how colours are meant: version, class, spaces, intent and illuminant (ICC.1:2022, 7.2). */
const KEPT_OF_HEADER = [
  [8, 24],
  [36, 40],
  [44, 48],
  [64, 80],
] as const;
/** Tags that convert colours. Names, descriptions, dates, serial numbers and private tags are left out. */
const KEPT_TAGS = 'wtpt bkpt chad rXYZ gXYZ bXYZ rTRC gTRC bTRC A2B0 A2B1 A2B2 B2A0 B2A1 B2A2'.split(' ');
/** Types of their values, which hold numbers alone. */
const NUMBER_TYPES = ['XYZ ', 'sf32', 'curv', 'para', 'mft1', 'mft2', 'mAB ', 'mBA '];
/** Every profile has these two. */
const TEXTS = { desc: 'Slide', cprt: 'None' };

/**
 * An ICC profile without what is text or names a device: its colours alone.
 *
 * @returns null for what is no RGB profile
 */
export function cleanProfile(icc: Buffer): Buffer | null {
  if (icc.length < HEADER_BYTES + 4 || icc.toString('latin1', 16, 20) !== 'RGB ') return null;
  const tags = new Map<string, Buffer>(Object.entries(TEXTS).map(([name, text]) => [name, textTag(text)]));
  const count = Math.min(icc.readUInt32BE(HEADER_BYTES), MAX_TAGS);
  for (let at = HEADER_BYTES + 4, i = 0; i < count && at + 12 <= icc.length; i++, at += 12) {
    const name = icc.toString('latin1', at, at + 4);
    const [offset, size] = [icc.readUInt32BE(at + 4), icc.readUInt32BE(at + 8)];
    const value = icc.subarray(offset, offset + size);
    const isNumbers = NUMBER_TYPES.includes(value.toString('latin1', 0, 4));
    if (KEPT_TAGS.includes(name) && isNumbers && value.length === size) tags.set(name, value);
  }
  const header = Buffer.alloc(HEADER_BYTES);
  for (const [start, end] of KEPT_OF_HEADER) icc.copy(header, start, start, end);
  header.write('acsp', 36, 'latin1');
  const table = Buffer.alloc(4 + 12 * tags.size);
  table.writeUInt32BE(tags.size, 0);
  const values: Buffer[] = [];
  let offset = HEADER_BYTES + table.length;
  for (const [i, [name, value]] of [...tags].entries()) {
    const at = 4 + 12 * i;
    table.write(name, at, 'latin1');
    table.writeUInt32BE(offset, at + 4);
    table.writeUInt32BE(value.length, at + 8);
    const padded = Buffer.concat([value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
    values.push(padded);
    offset += padded.length;
  }
  header.writeUInt32BE(offset, 0);
  return Buffer.concat([header, table, ...values]);
}

/** A text in one language, in the form that all versions from 4 on read and older ones skip. */
function textTag(text: string): Buffer {
  const tag = Buffer.alloc(28 + 2 * text.length);
  tag.write('mluc', 0, 'latin1');
  tag.writeUInt32BE(1, 8);
  tag.writeUInt32BE(12, 12);
  tag.write('enUS', 16, 'latin1');
  tag.writeUInt32BE(2 * text.length, 20);
  tag.writeUInt32BE(28, 24);
  for (const [i, letter] of [...text].entries()) tag.writeUInt16BE(letter.charCodeAt(0), 28 + 2 * i);
  return tag;
}
