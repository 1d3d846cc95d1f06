import { expect, it } from 'vitest';
import { findRuns } from '@/lib/imaging/runs';
import { squaredDistances } from './distance-transform';

/** The squared distance of every pixel to the nearest 0, by looking at all of them. */
function measureAll(data: Uint8Array, width: number, height: number): number[] {
  return Array.from(data, (value, i) => {
    if (value === 0) return 0;
    let nearest = (width + height) ** 2;
    for (let j = 0; j < data.length; j++)
      if (data[j] === 0)
        nearest = Math.min(
          nearest,
          (Math.floor(i / width) - Math.floor(j / width)) ** 2 + ((i % width) - (j % width)) ** 2,
        );
    return nearest;
  });
}

it.each([1, 7, 45, 46, 47, 48, 49, 60, 110])('is exact for runs of up to %i pixels, also at the border', (width) => {
  const height = 30;
  let state = width;
  const data = Uint8Array.from({ length: width * height }, () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state / 2 ** 31 < 0.985 ? 1 : 0;
  });
  expect([...squaredDistances(findRuns({ data, width, height }))]).toEqual(measureAll(data, width, height));
});

it('is the same everywhere without any background', () => {
  const data = new Uint8Array(12).fill(1);
  expect([...squaredDistances(findRuns({ data, width: 4, height: 3 }))]).toEqual(Array(12).fill(49));
});
