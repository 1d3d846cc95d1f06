/** How YCbCr samples are coded, as TIFF states it (6.0, section 21). */
export type YccCoding = {
  /** Shares of red, green and blue in the brightness. */
  luma: readonly number[];
  /** For each component the sample value of zero (for chroma: of no difference) and that of the maximum. */
  reference: readonly number[];
};

/** As JPEG (JFIF 1.02) and DICOM (YBR_FULL) define it, with BT.601; also the default of TIFF. */
export const FULL_RANGE: YccCoding = { luma: [0.299, 0.587, 0.114], reference: [0, 255, 128, 255, 128, 255] };

/** Turns samples into RGB in place. */
export function yccToRgb(samples: Uint8Array, { luma, reference }: YccCoding): void {
  const byte = (value: number) => Math.min(255, Math.max(0, Math.round(value)));
  const [red, green, blue] = luma;
  const [black, white, noBlue, mostBlue, noRed, mostRed] = reference;
  const [scale, blueScale, redScale] = [255 / (white - black), 127 / (mostBlue - noBlue), 127 / (mostRed - noRed)];
  for (let i = 0; i < samples.length; i += 3) {
    const y = (samples[i] - black) * scale;
    const b = y + (samples[i + 1] - noBlue) * blueScale * (2 - 2 * blue);
    const r = y + (samples[i + 2] - noRed) * redScale * (2 - 2 * red);
    samples[i] = byte(r);
    samples[i + 1] = byte((y - red * r - blue * b) / green);
    samples[i + 2] = byte(b);
  }
}
