import { describe, expect, it } from 'vitest';
import { scatterNuclei } from './__fixtures__/draw-nuclei';
import { countHeat, heatLegend, heatMapSideFor, heatMapSideUm, heatValues, paintHeat } from './heat-map';

const SLIDE = { width: 1000, height: 700, micronsPerPixel: 0.5 };
const nuclei = scatterNuclei(5000, 1000, 700);
const grades = nuclei.positive.map((positive, k) => (k % 5 === 0 ? 0 : 1 + positive));
/** Of a colour on a screen, from 0 to 1. @see WCAG 2.2, relative luminance */
const luminance = (colour: readonly number[]) => {
  const [r, g, b] = colour.map((value) => (value <= 10 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

describe('a heat map', () => {
  it('counts each nucleus in one square', () => {
    const map = countHeat(nuclei, grades, SLIDE, 100);
    expect(map).toMatchObject({ side: 200, columns: 5, rows: 4 });
    expect(map.total.reduce((a, b) => a + b)).toBe(4000);
    expect(map.positive.reduce((a, b) => a + b)).toBe(grades.filter((grade) => grade > 1).length);
    const inSquare = Array.from(grades.keys()).filter(
      (k) =>
        grades[k] > 0 &&
        Math.floor((nuclei.centroidX[k] + 0.5) / 200) === 2 &&
        Math.floor((nuclei.centroidY[k] + 0.5) / 200) === 1,
    );
    expect(map.total[7]).toBe(inSquare.length);
  });

  it('counts the nuclei of a zone alone', () => {
    const map = countHeat(nuclei, grades, SLIDE, 100, Int32Array.of(1, 2, 3, 5));
    expect(map.total.reduce((a, b) => a + b)).toBe(3);
  });

  it('has an index where there are enough nuclei, and a density by the area on the slide', () => {
    const map = { side: 200, columns: 1, rows: 2, total: Uint32Array.of(40, 9), positive: Uint32Array.of(10, 9) };
    const slide = { width: 200, height: 250, micronsPerPixel: 0.5 };
    expect(Array.from(heatValues(map, 'index', slide))).toEqual([25, Number.NaN]);
    // 100 x 100 µm, and 100 x 25 µm.
    expect(Array.from(heatValues(map, 'density', slide))).toEqual([4000, 3600]);
  });

  it('has squares that suit the zoom', () => {
    expect([1, 4, 16, 64, 10_000].map((downsample) => heatMapSideUm(downsample, 0.25))).toEqual([
      25, 25, 50, 200, 3200,
    ]);
  });

  it('has a limited number of squares', () => {
    const map = countHeat(
      scatterNuclei(1, 100_000, 100_000),
      Uint8Array.of(1),
      { width: 100_000, height: 100_000, micronsPerPixel: 0.25 },
      1,
    );
    expect(map.columns * map.rows).toBeLessThanOrEqual(4_000_000);
  });

  it.each(['index', 'density'] as const)('has the colour of the step that holds a value (%s)', (kind) => {
    const legend = heatLegend(kind);
    const values = legend.flatMap(({ from, to }) => [from, (to ?? from + 2) - 0.01]);
    const pixels = paintHeat(Float32Array.from(values), kind);
    for (const [i] of values.entries())
      expect(Array.from(pixels.subarray(4 * i, 4 * i + 4))).toEqual([...legend[Math.floor(i / 2)].colour, 255]);
    expect(Array.from(paintHeat(Float32Array.of(Number.NaN), kind))).toEqual([0, 0, 0, 0]);
  });

  it('has steps that grow brighter, for eyes that see no colours', () => {
    const steps = heatLegend('index').map(({ colour }) => luminance(colour));
    for (let i = 1; i < steps.length; i++) expect(steps[i]).toBeGreaterThan(1.2 * steps[i - 1]);
  });
});

it('chooses squares for a single picture by its nuclei, so that an index can be made of most', () => {
  // 20 nuclei in a square: at 2,000 per mm² it is 100 µm wide, at 2,001 and at 8,000 no wider than it must be.
  expect([2000, 2001, 8000, 32_000].map((nuclei) => heatMapSideFor(nuclei, 1))).toEqual([100, 100, 50, 25]);
  expect(heatMapSideFor(1999, 1)).toBe(200);
  expect(heatMapSideFor(0, 1)).toBe(3200);
});
