import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { raster } from '@/lib/imaging/raster';
import { describeStaining, type Staining } from './staining';

type Case = { image: number[][][]; gains: number[]; expected: number[] };
const golden: { steps: Staining; stainings: Record<string, Case> } = JSON.parse(
  readFileSync(new URL('../__fixtures__/kernels.json', import.meta.url), 'utf8'),
);

it.each(Object.entries(golden.stainings))('describes %s as NumPy does', (_, { image, gains, expected }) => {
  const pixels = raster(Uint8Array.from(image.flat(2)), image[0]!.length, image.length, 3);
  const described = describeStaining(pixels, gains, golden.steps);
  expect(described.length).toBe(expected.length);
  for (const [i, value] of described.entries()) expect(value).toBeCloseTo(expected[i]!, 5);
});

/** Brown tissue on `share` of the rows, the rest glass. */
function field(share: number, side: number) {
  const data = new Uint8Array(side * side * 3).fill(245);
  for (let i = 0; i < share * side * side; i++) data.set([150, 90, 40], 3 * i);
  return raster(data, side, side, 3);
}

it('describes a picture alike however much glass is in it and however large it is', () => {
  const expected = describeStaining(field(1, 100), [1, 1, 1], golden.steps);
  expect(describeStaining(field(0.1, 100), [1, 1, 1], golden.steps)).toEqual(expected);
  expect(describeStaining(field(0.5, 2500), [1, 1, 1], golden.steps)).toEqual(expected);
});
