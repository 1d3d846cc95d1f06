import 'server-only';

/** Where a profile's table of tags starts: their number, then 12 bytes each. */
const TAG_TABLE = 128;
const MAX_TAGS = 200;
const COLOUR_SPACE = 16;
/** sRGB's primaries under D50, as ICC profiles state them (IEC 61966-2-1, adapted by Bradford). */
const PRIMARIES = { rXYZ: [0.436, 0.2225, 0.0139], gXYZ: [0.3851, 0.7169, 0.0971], bXYZ: [0.1431, 0.0606, 0.7141] };
const PRIMARY_TOLERANCE = 0.003;
/** One 8-bit level, which no viewer shows. */
const CURVE_TOLERANCE = 1 / 255;
const CURVE_STEPS = 64;

type Curve = (x: number) => number;

/**
 * Whether an ICC profile is that of sRGB, by its curves and primaries. Its name plays no part, since some profiles with that
 * name are linear.
 */
export function isSrgbProfile(icc: Buffer): boolean {
  const tags = tagsOf(icc);
  // Tables take precedence over curves, and can hold anything.
  if (tags === null || tags.has('A2B0') || tags.has('A2B1')) return false;
  const space = icc.toString('latin1', COLOUR_SPACE, COLOUR_SPACE + 4);
  if (space === 'GRAY') return isSrgbCurve(curveOf(tags.get('kTRC')));
  if (space !== 'RGB ') return false;
  const hasPrimaries = Object.entries(PRIMARIES).every(([name, expected]) => isNear(tags.get(name), expected));
  return hasPrimaries && ['rTRC', 'gTRC', 'bTRC'].every((name) => isSrgbCurve(curveOf(tags.get(name))));
}

/** Whether a profile is for RGB samples. */
export const isRgbProfile = (icc: Buffer) => icc.toString('latin1', COLOUR_SPACE, COLOUR_SPACE + 4) === 'RGB ';

function tagsOf(icc: Buffer): Map<string, Buffer> | null {
  if (icc.length < TAG_TABLE + 4) return null;
  const count = Math.min(icc.readUInt32BE(TAG_TABLE), MAX_TAGS);
  const tags = new Map<string, Buffer>();
  for (let at = TAG_TABLE + 4, i = 0; i < count && at + 12 <= icc.length; i++, at += 12) {
    const [offset, size] = [icc.readUInt32BE(at + 4), icc.readUInt32BE(at + 8)];
    tags.set(icc.toString('latin1', at, at + 4), icc.subarray(offset, offset + size));
  }
  return tags;
}

const fixed = (bytes: Buffer, at: number) => bytes.readInt32BE(at) / 65_536;

function isNear(tag: Buffer | undefined, expected: readonly number[]): boolean {
  if (!tag || tag.length < 20) return false;
  return expected.every((value, i) => Math.abs(fixed(tag, 8 + 4 * i) - value) <= PRIMARY_TOLERANCE);
}

function isSrgbCurve(curve: Curve | null): boolean {
  if (curve === null) return false;
  for (let step = 0; step <= CURVE_STEPS; step++) {
    const stored = step / CURVE_STEPS;
    if (!(Math.abs(encodeSrgb(curve(stored)) - stored) <= CURVE_TOLERANCE)) return false;
  }
  return true;
}

const encodeSrgb = (light: number) => (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055);

function curveOf(tag: Buffer | undefined): Curve | null {
  const type = tag?.toString('latin1', 0, 4);
  if (!tag || tag.length < 12) return null;
  if (type === 'para') return parametric(tag);
  return type === 'curv' ? sampled(tag) : null;
}

/** `curv`: no entry = linear, one = a gamma, more = a table. */
function sampled(tag: Buffer): Curve | null {
  const count = tag.readUInt32BE(8);
  if (count === 0) return (x) => x;
  if (tag.length < 12 + 2 * count) return null;
  if (count === 1) {
    const gamma = tag.readUInt16BE(12) / 256;
    return (x) => x ** gamma;
  }
  const entry = (i: number) => tag.readUInt16BE(12 + 2 * i) / 65_535;
  return (x) => {
    const place = x * (count - 1);
    const below = Math.min(Math.floor(place), count - 2);
    return entry(below) + (entry(below + 1) - entry(below)) * (place - below);
  };
}

/** How many parameters each function type of `para` has (ICC.1:2022, 10.18). */
const PARAMETERS = [1, 3, 4, 5, 7];

function parametric(tag: Buffer): Curve | null {
  const count = PARAMETERS[tag.readUInt16BE(8)];
  if (count === undefined || tag.length < 12 + 4 * count) return null;
  const [g = 1, a = 1, b = 0, c = 0, d = 0, e = 0, f = 0] = Array.from({ length: count }, (_, i) =>
    fixed(tag, 12 + 4 * i),
  );
  const power: Curve = (x) => Math.max(0, a * x + b) ** g;
  // Types 1 and 2 are constant below -b / a: nothing, or c.
  if (count <= 3) return (x) => (a * x + b >= 0 ? power(x) : 0);
  if (count === 4) return (x) => (a * x + b >= 0 ? power(x) : 0) + c;
  return (x) => (x >= d ? power(x) + e : c * x + f);
}
