import { expect, it } from 'vitest';
import { dabDensities, MOST_CENTI_DAB } from './dab-density';

const PLAIN = [1, 1, 1];
const unit = (v: readonly number[]) => v.map((x) => x / Math.hypot(...v));
const HEMATOXYLIN = unit([0.65, 0.7, 0.29]);
const DAB = unit([0.27, 0.57, 0.78]);

const pixels = (...densities: (readonly number[])[]) => ({
  data: Uint8Array.from(densities.flatMap((of) => of.map((od) => Math.round(255 * 10 ** -od)))),
  ...{ width: densities.length, height: 1, channels: 3 as const },
});
const times = (v: readonly number[], amount: number) => v.map((x) => x * amount);

it('is the amount of DAB, whatever the hematoxylin', () => {
  const found = dabDensities(
    pixels(
      times(DAB, 0.5),
      times(HEMATOXYLIN, 0.6),
      DAB.map((of, c) => 0.5 * of + 0.6 * HEMATOXYLIN[c]),
      [0, 0, 0],
    ),
    PLAIN,
    0,
    1,
  );
  for (const [n, expected] of [50, 0, 50, 0].entries()) expect(Math.abs(found[n] - expected)).toBeLessThanOrEqual(2);
});

it('never passes its ends', () => {
  const black = { data: new Uint8Array(6), width: 2, height: 1, channels: 3 as const };
  expect(dabDensities(black, PLAIN, 0, 1)[0]).toBeLessThanOrEqual(MOST_CENTI_DAB);
  const blue = dabDensities(pixels([2, 0.2, 0], [0, 0.5, 2.4]), PLAIN, 0, 1);
  expect([...blue]).toEqual([0, expect.any(Number)]);
  expect(blue[1]).toBeGreaterThan(150);
});

it('reads some rows, and balances the lamp', () => {
  const data = Uint8Array.from([255, 255, 255, 240, 240, 200, 120, 90, 60]);
  const image = { data, width: 1, height: 3, channels: 3 as const };
  expect([...dabDensities(image, PLAIN, 1, 3)]).toEqual([...dabDensities(image, PLAIN, 0, 3)].slice(1));
  expect(dabDensities(image, [255 / 240, 255 / 240, 255 / 200], 1, 2)[0]).toBe(0);
  expect(dabDensities(image, PLAIN, 1, 2)[0]).toBeGreaterThan(5);
});
