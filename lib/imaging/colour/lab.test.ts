import { describe, expect, it } from 'vitest';
import { labToRgb } from './lab';

describe('labToRgb', () => {
  it('turns white, black, grey and pure red into what they are in sRGB', () => {
    const samples = Uint8Array.from([255, 0, 0, 0, 0, 0, 137, 0, 0, 139, 81, 70]);
    labToRgb(samples, 8);
    // Red is L 54.3, a 80.8, b 69.9 under D50.
    expect([...samples]).toEqual([
      255,
      255,
      255,
      0,
      0,
      0,
      128,
      128,
      128,
      expect.closeTo(255, -1),
      expect.closeTo(0, -1),
      expect.closeTo(0, -1),
    ]);
  });
});
