/** CIE standard illuminant D50, the reference white of ICC profiles. */
const WHITE = [0.9642, 1, 0.8249];
/** XYZ under D50 to linear sRGB, Bradford-adapted (brucelindbloom.com, "RGB/XYZ matrices"). */
const TO_RGB = [
  [3.1338561, -1.6168667, -0.4906146],
  [-0.9787684, 1.9161415, 0.033454],
  [0.0719453, -0.2289914, 1.4052427],
];

/**
 * Turns 8-bit CIE Lab samples, as a TIFF stores them, into sRGB in place.
 *
 * @param samples - L, a, b interleaved.
 * @param photometric - how a and b are stored: 8 = signed (TIFF 6.0, section 23), 9 = 128 is zero (ICC).
 */
export function labToRgb(samples: Uint8Array, photometric: 8 | 9): void {
  const signed = (byte: number) => (photometric === 9 ? byte - 128 : byte > 127 ? byte - 256 : byte);
  for (let i = 0; i < samples.length; i += 3) {
    const fy = ((samples[i] / 255) * 100 + 16) / 116;
    const x = WHITE[0] * fromLab(fy + signed(samples[i + 1]) / 500);
    const y = WHITE[1] * fromLab(fy);
    const z = WHITE[2] * fromLab(fy - signed(samples[i + 2]) / 200);
    for (let c = 0; c < 3; c++)
      samples[i + c] = Math.round(255 * toGamma(TO_RGB[c][0] * x + TO_RGB[c][1] * y + TO_RGB[c][2] * z));
  }
}

/** Inverse of CIE Lab's f: a cube, linear near zero (CIE 15). */
const fromLab = (t: number) => (t > 6 / 29 ? t ** 3 : 3 * (6 / 29) ** 2 * (t - 4 / 29));

/** Linear light to sRGB's curve (IEC 61966-2-1), clamped to 0 to 1. */
function toGamma(linear: number): number {
  const light = Math.min(1, Math.max(0, linear));
  return light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055;
}
