import { expect, test } from 'vitest';
import { frameOf } from './coordinate-frame';
import { areaInMm2, densityPerMm2, stateSummary } from './score-summary';

test('areas and densities follow the size of the pixels', () => {
  // 2000 x 1000 pixels of 0.5 µm are 1 mm x 0.5 mm.
  expect(areaInMm2(2_000_000, 0.5)).toBeCloseTo(0.5, 12);
  expect(densityPerMm2(700, 2_000_000, 0.5)).toBeCloseTo(1400, 9);
  expect(densityPerMm2(700, 2_000_000, 0.25)).toBeCloseTo(5600, 9);
  expect(densityPerMm2(0, 0, 0.5)).toBe(0);
});

test('a hot spot is told in the coordinates of the answer, with numbers of its own', () => {
  const summary = {
    areaPx: 1000,
    intensity: { twoPlus: 0.3, threePlus: 0.5 },
    bins: { negative: 1, onePlus: 1, twoPlus: 1, threePlus: 1 },
    hotSpot: { x0: 10, y0: 20, x1: 30, y1: 40, total: 3, positive: 2 },
  };
  const part = { level: 1, downsample: 4, region: { x: 400, y: 800, width: 400, height: 400 } };
  const told = (coordinates: 'image' | 'slide') =>
    stateSummary(summary, {
      frame: frameOf(coordinates, { width: 100, height: 100 }, part),
      micronsPerPixel: 0.5,
    });
  expect(told('image').hot_spot).toEqual({
    bbox: [10, 20, 30, 40],
    area_mm2: 0.0001,
    ...{ num_total: 3, num_pos: 2, num_neg: 1, percent_pos: 66.7, percent_pos_interval: [20.8, 93.9] },
  });
  expect(told('slide').hot_spot?.bbox).toEqual([440, 880, 520, 960]);
  expect(told('image')).toMatchObject({ h_score: 150, allred: { proportion: 5, intensity: 2, total: 7 } });
  const { hotSpot: _, ...plain } = summary;
  const frame = frameOf('image', { width: 100, height: 100 }, null);
  expect(stateSummary(plain, { frame, micronsPerPixel: 0.5 })).not.toHaveProperty('hot_spot');
  expect(stateSummary({ ...plain, hotSpot: null }, { frame, micronsPerPixel: 0.5 }).hot_spot).toBeNull();
});
