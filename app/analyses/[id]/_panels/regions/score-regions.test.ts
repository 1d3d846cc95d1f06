import { expect, test } from 'vitest';
import type { Region } from '@/lib/contracts/analysis';
import type { LiveScore } from '../../_preview/live-protocol';
import { rectangleRing } from '../../_preview/rectangle-ring';
import { areasOf, findIn, fittingField, scoreRegions } from './score-regions';

/** Four nuclei in a row, 10 px apart, of which the first two are positive. */
const score = {
  found: { centroidX: Float64Array.of(5, 15, 25, 35), centroidY: Float64Array.of(5, 5, 5, 5) },
  gated: { kept: Uint8Array.of(1, 1, 1, 1), positive: Uint8Array.of(1, 1, 0, 0) },
} as unknown as LiveScore;

/** A region from one column to another. */
const region = (x0: number, x1: number, rest: Partial<Region> = {}): Region => ({
  id: `${x0}-${x1}`,
  name: '',
  kind: 'include',
  shape: 'rectangle',
  enabled: true,
  rings: [rectangleRing({ x0, y0: 0, x1, y1: 10 })],
  ...rest,
});
const picture = { image: { width: 40, height: 40 }, micronsPerPixel: 0.5 };
/** How many nuclei a hot spot can hold at most. */
const most = (regions: Region[]) => [4, 3, 2, 1].find((nuclei) => findIn(score, picture, regions, { nuclei }, 1)[0]);

test('a hot spot is looked for in what was drawn, of whatever shape, and not in the hot spot found before', () => {
  const before = region(20, 30, { shape: 'hotspot' });
  expect(most([])).toBe(4);
  expect(most([before])).toBe(4);
  expect(most([region(0, 10), before])).toBe(1);
  expect(most([region(0, 10, { shape: 'freehand' }), region(30, 40, { shape: 'polygon' })])).toBe(2);
});

test('a region that is switched off neither holds a hot spot nor keeps one away', () => {
  expect(most([region(0, 10, { enabled: false })])).toBe(4);
  expect(most([region(0, 10, { kind: 'exclude' })])).toBe(3);
  expect(most([region(0, 10, { kind: 'exclude', enabled: false })])).toBe(4);
});

test('each region has its own index, less what is excluded', () => {
  const regions = [region(0, 30), region(30, 40), region(0, 10, { kind: 'exclude' }), region(50, 60)];
  expect(scoreRegions(score, regions)).toEqual(['50.0 %, 1 of 2', '0.0 %, 0 of 1', 'no nuclei', 'no nuclei']);
});

test('the area of a region is what counts of it, as in the report; that of an excluded one is its own', () => {
  const regions = [region(0, 30), region(30, 40, { enabled: false }), region(0, 10, { kind: 'exclude' })];
  expect(areasOf(regions, picture.image)).toEqual([200, 100, 100]);
  expect(areasOf([region(30, 60)], picture.image)).toEqual([100]);
});

test('the field to begin with is that of the guidelines, where the image holds it', () => {
  expect(fittingField({ width: 2000, height: 1800 }, 0.25)).toBe(0.2);
  expect(fittingField({ width: 1228, height: 1228 }, 0.25)).toBe(0.02);
  expect(fittingField({ width: 40, height: 40 }, 0.25)).toBe(0.001);
});

test('the best three fields come the hottest first, and do not overlap', () => {
  const spots = findIn(score, picture, [], { nuclei: 1 }, 3);
  expect(spots.map(({ positive, total }) => [positive, total])).toEqual([
    [1, 1],
    [1, 1],
    [0, 1],
  ]);
  const isApart = spots.every((a, i) => spots.slice(i + 1).every((b) => a.x1 <= b.x0 || b.x1 <= a.x0 || a.y1 <= b.y0));
  expect(isApart).toBe(true);
  expect(findIn(score, picture, [region(0, 10)], { nuclei: 1 }, 3)).toHaveLength(1);
});
