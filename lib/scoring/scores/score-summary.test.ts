import { describe, expect, it } from 'vitest';
import type { Polygon } from '@/lib/scoring/gate/roi';
import { INTENSITY_THRESHOLDS } from './h-score';
import { hotSpotWish, summariseScore } from './score-summary';

const square = (x: number, y: number, side: number): Polygon => [
  [
    [x, y],
    [x + side, y],
    [x + side, y + side],
    [x, y + side],
    [x, y],
  ],
];

/** Nuclei in a row, 10 px apart; those from 40 to 60 are positive, from 1+ to 3+. */
const count = 10;
const nuclei = {
  centroidX: Float64Array.from({ length: count }, (_, k) => 10 * k + 5),
  centroidY: new Float64Array(count).fill(5),
  odMean: Float32Array.from({ length: count }, (_, k) => (k === 4 ? 0.2 : k === 5 ? 0.35 : 0.5)),
};
const all = new Uint8Array(count).fill(1);
const positive = Uint8Array.from({ length: count }, (_, k) => (k >= 4 && k < 7 ? 1 : 0));
const gates = { kept: all, counted: all, positive };
const scene = { image: { width: 100, height: 20 }, micronsPerPixel: 0.5, exclude: [], areaPx: 2000 };
const summarise = (hotSpot: Parameters<typeof summariseScore>[3]['hotSpot'], more: Partial<typeof gates> = {}) =>
  summariseScore(nuclei, { ...gates, ...more }, scene, { intensity: INTENSITY_THRESHOLDS, hotSpot });

describe('the summary of a score', () => {
  it('grades what counts, and says nothing of a hot spot that nobody asked for', () => {
    const half = Uint8Array.from(all, (_, k) => (k < 6 ? 1 : 0));
    expect(summarise(null, { counted: half })).toEqual({
      areaPx: 2000,
      intensity: INTENSITY_THRESHOLDS,
      bins: { negative: 4, onePlus: 1, twoPlus: 1, threePlus: 0 },
    });
  });

  it('finds the hot spot of a number of nuclei, and of an area in mm²', () => {
    for (const size of [{ nuclei: 2 }, { mm2: (20 * 20 * 0.25) / 1e6 }]) {
      const { hotSpot } = summarise({ kind: 'find', size, within: [] });
      expect(hotSpot).toMatchObject({ total: 2, positive: 2 });
      expect(hotSpot!.x1 - hotSpot!.x0).toBeLessThanOrEqual(20);
    }
  });

  it('looks for it inside of what is drawn, and in no excluded region', () => {
    const right = square(70, 0, 30);
    expect(summarise({ kind: 'find', size: { nuclei: 2 }, within: [right] }).hotSpot).toMatchObject({ positive: 0 });
    expect(summarise({ kind: 'find', size: { nuclei: 11 }, within: [] }).hotSpot).toBeNull();
  });

  it('counts one that is drawn already, whatever the regions leave', () => {
    const wish = { kind: 'drawn', polygon: square(30, 0, 20) } as const;
    const none = new Uint8Array(count);
    expect(summarise(wish, { counted: none }).hotSpot).toEqual({
      x0: 30,
      y0: 0,
      x1: 50,
      y1: 20,
      total: 2,
      positive: 1,
    });
  });
});

describe('what is said of a hot spot', () => {
  const region = (shape: string, x: number, more: object = {}) => ({
    ...{ kind: 'include' as const, shape, enabled: true, rings: square(x, 0, 10) },
    ...more,
  });

  it('is that of a region that marks one, while none is asked for', () => {
    const regions = [region('polygon', 0), region('hotspot', 10, { enabled: false }), region('hotspot', 20)];
    expect(hotSpotWish(null, regions)).toEqual({ kind: 'drawn', polygon: square(20, 0, 10) });
    expect(hotSpotWish(null, [region('polygon', 0), region('hotspot', 20, { kind: 'exclude' })])).toBeNull();
  });

  it('is looked for in what was drawn by hand, not in an earlier hot spot', () => {
    expect(hotSpotWish({ mm2: 0.2 }, [region('freehand', 0), region('hotspot', 20)])).toEqual({
      ...{ kind: 'find', size: { mm2: 0.2 } },
      within: [square(0, 0, 10)],
    });
  });
});
