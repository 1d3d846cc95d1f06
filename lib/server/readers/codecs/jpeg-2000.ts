import 'server-only';

const CODESTREAM = Buffer.from([0xff, 0x4f, 0xff, 0x51]);
const CODING_STYLE = Buffer.from([0xff, 0x52]);

/**
 * What the first codestream in these bytes states of its colour. The multiple component transformation is the fourth byte
 * of SGcod; the steps of the components follow their number (ISO 15444-1, A.6.1 and A.5.1).
 */
export function describeCodestream(bytes: Buffer): { isSubsampled: boolean; hasTransform: boolean } {
  const start = bytes.indexOf(CODESTREAM);
  if (start < 0 || start + 42 > bytes.length) return { isSubsampled: false, hasTransform: false };
  const end = start + 42 + bytes.readUInt16BE(start + 40) * 3;
  const steps = [...bytes.subarray(start + 42, end)].filter((_, i) => i % 3 !== 0);
  const style = bytes.indexOf(CODING_STYLE, end);
  return { isSubsampled: steps.some((step) => step !== 1), hasTransform: style >= 0 && bytes[style + 8] === 1 };
}
