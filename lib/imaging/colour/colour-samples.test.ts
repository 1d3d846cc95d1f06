import { describe, expect, it } from 'vitest';
import { copyColours, isUniform } from './colour-samples';

describe('copyColours', () => {
  it('leaves out what is beyond the colours', () => {
    const out = new Uint8Array(6);
    copyColours(Uint8Array.of(1, 2, 3, 99, 4, 5, 6, 98), 4, out, 3, 0, 2);
    expect([...out]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('repeats grey in RGB, and keeps it where the target is grey', () => {
    const [rgb, grey] = [new Uint8Array(6), new Uint16Array(2)];
    copyColours(Uint8Array.of(7, 99, 8, 98), 2, rgb, 3, 0, 2);
    copyColours(Uint8Array.of(7, 99, 8, 98), 2, grey, 1, 0, 2);
    expect([[...rgb], [...grey]]).toEqual([
      [7, 7, 7, 8, 8, 8],
      [7, 8],
    ]);
  });

  it('writes the given pixels alone', () => {
    const out = new Uint8Array(9);
    copyColours(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), 3, out, 3, 1, 2);
    expect([...out]).toEqual([0, 0, 0, 4, 5, 6, 0, 0, 0]);
  });
});

describe('isUniform', () => {
  it('looks at one channel', () => {
    expect(isUniform(Uint8Array.of(1, 255, 2, 255), 1, 2)).toBe(true);
    expect(isUniform(Uint8Array.of(1, 255, 2, 254), 1, 2)).toBe(false);
  });
});
