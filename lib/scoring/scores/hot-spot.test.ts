import { expect, test } from 'vitest';
import { insideRoi } from '@/lib/scoring/gate/roi';
import { type FieldNuclei, findHotSpot } from './hot-spot';

const image = { width: 1000, height: 800 };

/** Nuclei every 10 px, one in ten of them positive; within the spot every second one. */
function scatter(spot = { x0: 600, y0: 200, x1: 800, y1: 400 }): FieldNuclei {
  const places: { x: number; y: number; isHot: boolean }[] = [];
  for (let y = 5; y < image.height; y += 10)
    for (let x = 5; x < image.width; x += 10)
      places.push({ x, y, isHot: x >= spot.x0 && x < spot.x1 && y >= spot.y0 && y < spot.y1 });
  return {
    centroidX: Float64Array.from(places, ({ x }) => x),
    centroidY: Float64Array.from(places, ({ y }) => y),
    counted: new Uint8Array(places.length).fill(1),
    positive: Uint8Array.from(places, ({ isHot }, k) => (isHot ? (k % 2 === 0 ? 1 : 0) : k % 10 === 0 ? 1 : 0)),
  };
}

test('the field of an area lies on the hot spot', () => {
  const spot = findHotSpot(scatter(), image, { kind: 'area', areaPx: 150 * 150 });
  expect(spot).not.toBeNull();
  expect(spot?.x0).toBeGreaterThanOrEqual(590);
  expect(spot?.x1).toBeLessThanOrEqual(810);
  expect(spot?.y0).toBeGreaterThanOrEqual(190);
  expect(spot?.y1).toBeLessThanOrEqual(410);
  expect((spot?.x1 ?? 0) - (spot?.x0 ?? 0)).toBe(150);
  expect(spot!.positive / spot!.total).toBeGreaterThan(0.4);
});

test('the field of so many nuclei holds them, and hardly more', () => {
  const spot = findHotSpot(scatter(), image, { kind: 'nuclei', nuclei: 200 });
  expect(spot?.total).toBeGreaterThanOrEqual(200);
  expect(spot?.total).toBeLessThan(240);
  expect(spot!.positive / spot!.total).toBeGreaterThan(0.4);
});

test('its numbers are those of the region drawn around it', () => {
  const nuclei = scatter();
  const spot = findHotSpot(nuclei, image, { kind: 'area', areaPx: 20_000 })!;
  const { x0, y0, x1, y1 } = spot;
  const ring = [
    [
      [x0, y0],
      [x1, y0],
      [x1, y1],
      [x0, y1],
      [x0, y0],
    ] as const,
  ];
  const isInside = insideRoi([ring]);
  const inside = Array.from(nuclei.counted.keys()).filter((k) =>
    isInside(nuclei.centroidX[k] + 0.5, nuclei.centroidY[k] + 0.5),
  );
  expect(inside).toHaveLength(spot.total);
  expect(inside.filter((k) => nuclei.positive[k])).toHaveLength(spot.positive);
});

test.each([
  ['comes first', 100, 500],
  ['comes last', 500, 100],
])('of two fields with the same index the one with more nuclei wins, where it %s', (_, many, few) => {
  const places = [many, many + 10, many + 20, many + 30, few, few + 10].map((x) => ({ x, y: 400 }));
  const nuclei = {
    centroidX: Float64Array.from(places, ({ x }) => x),
    centroidY: Float64Array.from(places, ({ y }) => y),
    counted: new Uint8Array(places.length).fill(1),
    positive: new Uint8Array(places.length).fill(1),
  };
  const spot = findHotSpot(nuclei, image, { kind: 'area', areaPx: 60 * 60 });
  expect([spot?.total, spot?.positive]).toEqual([4, 4]);
});

test('a lone positive nucleus is no hot spot', () => {
  const nuclei = scatter();
  const lonely = {
    centroidX: Float64Array.of(...nuclei.centroidX.filter((x) => x < 500), 950),
    centroidY: Float64Array.of(...nuclei.centroidY.filter((_, k) => nuclei.centroidX[k] < 500), 50),
  };
  const count = lonely.centroidX.length;
  const positive = Uint8Array.from({ length: count }, (_, k) => (k === count - 1 || k % 5 === 0 ? 1 : 0));
  const spot = findHotSpot({ ...lonely, counted: new Uint8Array(count).fill(1), positive }, image, {
    kind: 'area',
    areaPx: 100 * 100,
  });
  expect(spot?.total).toBeGreaterThan(30);
});

test('nothing is found where nothing counts, and in an image smaller than the field', () => {
  const nuclei = scatter();
  const none = { ...nuclei, counted: new Uint8Array(nuclei.counted.length) };
  expect(findHotSpot(none, image, { kind: 'area', areaPx: 10_000 })).toBeNull();
  expect(findHotSpot(nuclei, image, { kind: 'area', areaPx: 900 * 900 })).toBeNull();
  expect(findHotSpot(nuclei, image, { kind: 'nuclei', nuclei: 1_000_000 })).toBeNull();
});
