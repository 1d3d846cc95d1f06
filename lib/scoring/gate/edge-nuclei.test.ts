import { expect, it } from 'vitest';
import { judgeEdges } from './edge-nuclei';

/** In a picture of 10 x 8 pixels: touches left, top, right, bottom; one pixel away from each; deleted at the edge. */
const bbox = Int32Array.from([
  [0, 3, 2, 5],
  [4, 0, 6, 2],
  [8, 3, 10, 5],
  [4, 6, 6, 8],
  [1, 1, 9, 7],
  [0, 0, 10, 8],
].flat()); // biome-ignore format: a table
const gated = { kept: Uint8Array.of(1, 1, 1, 1, 1, 0), positive: Uint8Array.of(1, 0, 0, 0, 1, 1) };
const picture = { width: 10, height: 8 };

it('counts nuclei at the edges among the others by default, and says how many they are', () => {
  const { counted, onEdges } = judgeEdges({ bbox }, gated, picture, false);
  expect([counted, onEdges]).toEqual([gated, 4]);
});

it('leaves them out where that is asked for, and changes nothing that it was given', () => {
  const { counted, onEdges } = judgeEdges({ bbox }, gated, picture, true);
  expect(counted).toEqual({ kept: Uint8Array.of(0, 0, 0, 0, 1, 0), positive: gated.positive });
  expect(onEdges).toBe(4);
  expect(gated.kept).toEqual(Uint8Array.of(1, 1, 1, 1, 1, 0));
});
