import 'server-only';

/** Full-range YCbCr as JPEG (JFIF 1.02) and DICOM (YBR_FULL) define it, over BT.601: turns samples into RGB in place. */
export function yccToRgb(samples: Uint8Array): void {
  const byte = (value: number) => Math.min(255, Math.max(0, Math.round(value)));
  for (let i = 0; i < samples.length; i += 3) {
    const [y, cb, cr] = [samples[i], samples[i + 1] - 128, samples[i + 2] - 128];
    samples[i] = byte(y + 1.402 * cr);
    samples[i + 1] = byte(y - 0.344136 * cb - 0.714136 * cr);
    samples[i + 2] = byte(y + 1.772 * cb);
  }
}
