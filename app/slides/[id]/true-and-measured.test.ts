import { expect, it } from 'vitest';
import { findSlideSample, type SlideSample } from '@/lib/samples';
import { compareWithTruth } from './true-and-measured';

const sampleOf = (name: string) => findSlideSample(name) as SlideSample;
const counted = (total: number, percentPositive: number, isComplete = true) => ({ total, percentPositive, isComplete });
const numbersOf = (part: Partial<NonNullable<Parameters<typeof compareWithTruth>[1]['numbers']>>) => ({
  ...{ slide: counted(0, 0), tumour: null, areas: new Map<string, ReturnType<typeof counted>>() },
  ...part,
});

it('knows the truth before anything is scored', () => {
  const parts = compareWithTruth(sampleOf('slide-ki67'), { numbers: null, spots: null, annotations: [] });
  expect(parts.map(({ what, truth, measured }) => [what, truth.percentPositive, measured])).toEqual([
    ['slide', 8.72, null],
    ['tumour', 15.64, null],
    ['hot-spot', 39.94, null],
  ]);
});

it('sets whole numbers beside it, and no provisional ones', () => {
  const numbers = numbersOf({ slide: counted(15_800, 8.9), tumour: counted(900, 14, false) });
  const [slide, tumour] = compareWithTruth(sampleOf('slide-ki67'), { numbers, spots: null, annotations: [] });
  expect(slide?.measured).toMatchObject({ total: 15_800, percentPositive: 8.9 });
  expect(tumour?.measured).toBeNull();
});

it('says how far from the true hot spot the hottest field lies', () => {
  const { hotSpot } = sampleOf('slide-ki67');
  const { x = 0, y = 0 } = hotSpot ?? {};
  const square = (left: number, top: number) => [
    [left, top],
    [left + 200, top],
    [left + 200, top + 200],
    [left, top + 200],
  ];
  // 300 px to the right and 400 px down: 500 px of 0.25 µm.
  const polygon = [square(x + 200, y + 300)] as never;
  const spots = [{ polygon, numbers: counted(2000, 38.5) }];
  const spot = compareWithTruth(sampleOf('slide-ki67'), { numbers: null, spots, annotations: [] })[2];
  expect(spot).toMatchObject({ what: 'hot-spot', measured: { percentPositive: 38.5 }, away: 125 });
});

it('matches cores by their addresses', () => {
  const annotations = [
    { id: 'second', core: { row: 0, column: 1 } },
    { id: 'no-core', core: null },
  ];
  const numbers = numbersOf({ areas: new Map([['second', counted(1700, 0.5)]]) });
  const cores = compareWithTruth(sampleOf('slide-array'), { numbers, spots: null, annotations }).slice(2);
  expect(cores).toHaveLength(8);
  expect(cores[0]).toMatchObject({ what: { row: 0, column: 0 }, truth: { total: 1495 }, measured: null });
  expect(cores[1]).toMatchObject({ what: { row: 0, column: 1 }, measured: { total: 1700 } });
});
