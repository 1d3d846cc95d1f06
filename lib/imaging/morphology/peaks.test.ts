import { expect, it } from 'vitest';
import { findPeaks, peakScratch } from './peaks';

const SIDE = 9;
const NEIGHBOURS = [-SIDE - 1, -SIDE, -SIDE + 1, -1, 1, SIDE - 1, SIDE, SIDE + 1];

/** By the definition: what rises at least so far over the best way to a higher pixel, or to an equal one before it. */
function peaksByDefinition(height: Uint16Array, minProminence: number): number[] {
  const reach = (start: number, level: number) => {
    const seen = new Set([start]);
    for (const i of seen) for (const step of NEIGHBOURS) if ((height[i + step] ?? 0) >= level) seen.add(i + step);
    return [...seen];
  };
  const isProminent = (p: number) => {
    for (let level = height[p]; level > Math.max(0, height[p] - minProminence); level--)
      if (reach(p, level).some((q) => height[q] > height[p] || (height[q] === height[p] && q < p))) return false;
    return true;
  };
  return [...height.keys()].filter((p) => height[p] > 0 && isProminent(p));
}

it('finds the peaks of the definition in rough landscapes with plateaus, pits and gaps', () => {
  let state = 5;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const scratch = peakScratch(SIDE * SIDE);
  let found = 0;
  for (let round = 0; round < 400; round++) {
    const levels = 2 + (round % 9);
    const height = Uint16Array.from({ length: SIDE * SIDE }, (_, i) => {
      const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
      return x === 0 || y === 0 || x === SIDE - 1 || y === SIDE - 1 ? 0 : random(levels);
    });
    const pixels = Int32Array.from([...height.keys()].filter((i) => height[i] > 0));
    for (const minProminence of [1, 2, 4]) {
      const peaks = findPeaks(height, SIDE, pixels, pixels.length, minProminence, scratch);
      expect(peaks).toEqual(peaksByDefinition(height, minProminence));
      found += peaks.length;
    }
  }
  expect(found).toBeGreaterThan(1000);
});
